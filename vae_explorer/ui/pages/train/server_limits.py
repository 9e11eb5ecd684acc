"""What a public server allows a visitor, and signing in where the operator has set it up."""

import streamlit as st

from vae_explorer.access import admission, limits, mode
from vae_explorer.ui import messages, visitor


def show() -> bool:
    """State the limits; whether the visitor may train at all. A personal server has none."""
    if not mode.is_public():
        return True
    _sign_in()
    lines = admission.sentences(limits.current())
    if not may_train():
        messages.note(" ".join(lines))
        return False
    with st.expander("What this server allows", icon=":material/groups:"):
        st.markdown("\n".join(f"- {line}" for line in lines))
    return True


def may_train() -> bool:
    """Whether the visitor may start trainings at all."""
    return not mode.is_public() or limits.current().training or visitor.current().role != "visitor"


def _sign_in() -> None:
    """Who is signed in, or the offer to, where there is a provider."""
    if not visitor.can_sign_in():
        return
    if address := visitor.signed_in():
        role = "a teacher" if visitor.current().role == "teacher" else "a visitor"
        messages.note(f"Signed in as {messages.plain(address)}, {role}.")
        st.button("Sign out", icon=":material/logout:", key="sign_out", on_click=st.logout)
    else:
        st.button("Sign in", icon=":material/login:", key="sign_in", on_click=st.login)
