"""Two pages: a fragment of the first may report while another one switches to the second."""

import time

import streamlit as st

from vae_explorer.ui.shell import streamlit_patches

streamlit_patches.apply(st.__version__)


@st.fragment
def report() -> None:
    """What a visitor does last on this page."""
    clicked = st.button("Report")
    st.session_state.reports = st.session_state.get("reports", 0) + clicked
    st.text(f"reports: {st.session_state.reports}")


@st.fragment
def leave() -> None:
    """Goes on to the second page."""
    if st.button("Leave"):
        st.switch_page(second_page)


def first() -> None:
    """The page that is left."""
    report()
    leave()


def second() -> None:
    """Takes long enough for a late report to come meanwhile."""
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    st.text("arriving")
    time.sleep(1)
    st.text("arrived")
    st.text(f"runs: {st.session_state.runs}")
    st.button("Rerun")


second_page = st.Page(second, title="Second")
st.navigation([st.Page(first, title="First", default=True), second_page]).run()
