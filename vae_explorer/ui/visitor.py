"""Who is at the page: on a public server a browser or a signed-in person, else the operator.

A leaf: pages and what they share ask it; it knows nothing of them.
"""

import streamlit as st

from vae_explorer.access import limits, mode, owners, visitors
from vae_explorer.access.visitors import OPERATOR, Visitor
from vae_explorer.data import datasets


def current() -> Visitor:
    """The visitor of this session; everybody is the operator where the server is not public."""
    if not mode.is_public():
        return OPERATOR
    if address := signed_in():
        return visitors.of_person(address, is_teacher=limits.current().is_teacher(address))
    return visitors.of_browser(st.context.cookies.get(visitors.COOKIE, ""))


def signed_in() -> str:
    """The e-mail address that a visitor has signed in with; "" where they have not.

    One that the provider calls unverified is none: it could be anybody's.
    """
    user = st.user.to_dict()
    address = user.get("email")
    if not isinstance(address, str) or user.get("email_verified") is False:
        return ""
    return address if user.get("is_logged_in", True) else ""


def can_sign_in() -> bool:
    """Whether the operator has set up a provider: `[auth]` in Streamlit's secrets."""
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def may_read(dataset: str) -> bool:
    """Whether a data set, by its name or path, may be read for this session."""
    return dataset in datasets.NAMES or owners.may_read(current(), dataset)


def upload_megabytes(most: int) -> int:
    """The size of a file that a visitor may upload, where the app takes `most` MB."""
    return min(most, limits.current().upload_mb) if mode.is_public() else most
