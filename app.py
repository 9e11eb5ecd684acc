"""VAE Explorer: page config and navigation. Run it with `streamlit run app.py`.

Streamlit imports this file once, when the server starts, and finds `app`; then it runs the file as
a script for each visitor.
"""

import streamlit as st

from vae_explorer.ui.shell import logo, startup

if __name__ != "__main__":
    app = st.App(__file__, lifespan=startup.ready, routes=startup.ROUTES)
else:
    st.set_page_config("VAE Explorer", page_icon=logo.ICON, layout="wide")
    startup.navigate().run()
