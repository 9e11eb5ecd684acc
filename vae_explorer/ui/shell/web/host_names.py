"""Refuses requests under a name that is not the server's: DNS rebinding.

Streamlit does so for websockets alone; pictures and epochs of runs come without one. Here both are
refused, as Streamlit would write the name into the log.
"""

from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from vae_explorer import logs

POLICY_VIOLATION = 1008  # of RFC 6455
REFUSED = (
    "This server does not answer to that name: open it as localhost, or start it with --host NAME."
)


_REFUSALS = logs.Seldom("host_refused")


class HostNames:
    """Lets in requests whose Host is among `server.allowedHosts`; an empty list lets all in."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        kind = scope["type"]
        if kind not in ("http", "websocket") or is_allowed(
            Headers(scope=scope).get("host", ""), st.get_option("server.allowedHosts")
        ):
            await self.app(scope, receive, send)
            return
        _REFUSALS.tell("A request under a foreign name was refused.", kind=kind)
        if kind == "http":
            await PlainTextResponse(REFUSED, 421)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})


def is_allowed(host: str, allowed: list[str]) -> bool:
    """Whether a Host header names one of the allowed; "*.name" stands for all below a name."""
    if not allowed or "*" in allowed:
        return True
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    patterns = [pattern.strip().lower().rstrip(".") for pattern in allowed]
    return any(
        name.endswith(pattern[1:]) if pattern.startswith("*.") else name == pattern
        for pattern in patterns
    )
