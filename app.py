"""VAE Explorer: page config and navigation. Run it with `streamlit run app.py`.

Streamlit imports this file once, when the server starts, and finds `app`; then it runs the file as
a script for each visitor.
"""

import streamlit as st

from vae_explorer.ui.shell import page_frame, startup
from vae_explorer.ui.shell.look import logo
from vae_explorer.ui.shell.web import http_routes, middleware

if __name__ != "__main__":
    startup.keep_log()
    app = st.App(
        __file__,
        lifespan=startup.ready,
        routes=http_routes.ROUTES,
        middleware=middleware.layers(),
    )
else:
    st.set_page_config("VAE Explorer", page_icon=logo.ICON, layout="wide")
    page_frame.navigate().run()
