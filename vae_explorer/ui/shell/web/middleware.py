"""The layers around the app, the outermost first: what each mode of the server has."""

import streamlit as st
from starlette.middleware import Middleware

from vae_explorer.access import mode
from vae_explorer.ui.shell.web.host_names import HostNames
from vae_explorer.ui.shell.web.public_doors import PublicDoors
from vae_explorer.ui.shell.web.security_headers import SecurityHeaders
from vae_explorer.ui.shell.web.visitor_cookie import VisitorCookie


def layers() -> list[Middleware]:
    """Those of this server's mode, which may stand among Streamlit's secrets.

    Where only these can be set, as on its Community Cloud, they are the environment: Streamlit puts
    texts and numbers there, but later than this is asked.
    """
    st.secrets.load_if_toml_exists()
    always = [
        Middleware(SecurityHeaders, embedding=mode.embedding_pages()),
        Middleware(HostNames),
    ]
    return (
        [*always, Middleware(PublicDoors), Middleware(VisitorCookie)]
        if mode.is_public()
        else always
    )
