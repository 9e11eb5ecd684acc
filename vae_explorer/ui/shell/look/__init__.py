"""What the theme cannot say of Streamlit's own parts, and what the menu does when narrow."""

from pathlib import Path

import streamlit as st

FOLDER = Path(__file__).parent
STYLE = f"<style>{(FOLDER / 'page.css').read_text('utf-8')}</style>"
MENU = (FOLDER / "menu.js").read_text("utf-8")  # which the policy of scripts knows by its digest


def show() -> None:
    """Put both on the page; the script is last in the sidebar, where it moves nothing."""
    st.html(STYLE)
    with st.sidebar:
        st.html(f"<script>{MENU}</script>", unsafe_allow_javascript=True)
