"""The page with a model of molecules."""

import streamlit as st


def page() -> None:
    """To be written."""
    st.info("to come")
