"""Work on an upload that a visitor cancels, in a page of its own."""

from streamlit.testing.v1 import AppTest

SCRIPT = """
import streamlit as st

from vae_explorer.ui.session.work.progress_cache import once_unless_cancelled

def work(progress):
    if "begun" not in st.session_state:
        st.session_state.begun = True
        st.session_state.work_cancelled = "key"  # as the click on Cancel does, in the next run
        st.rerun()
    return "done"

st.text(once_unless_cancelled("kind", "key", "Reading", work))
"""


def test_cancelled_work_is_not_begun_again_before_the_visitor_says_so():
    page = AppTest.from_string(SCRIPT).run()
    assert page.text[0].value == "None" and "Cancelled." in page.caption[0].value
    page.run()
    assert page.text[0].value == "None"
    (again,) = page.button
    assert again.label == "Begin again"
    again.click().run()
    assert page.text[0].value == "done" and not page.button and not page.caption
