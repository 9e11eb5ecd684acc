"""Gives each browser of a public server a secret of its own, by which its runs are known again."""

from http.cookies import CookieError, SimpleCookie

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vae_explorer.access import visitors
from vae_explorer.ui.session.work import attendance

MAX_AGE_SECONDS = 365 * 24 * 3600


class VisitorCookie:
    """Sets the cookie with a page where the browser sends none: out of the reach of scripts."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "websocket":
            with attendance.SERVER.page(_secret(Headers(scope=scope))):
                await self.app(scope, receive, send)
            return
        if scope["type"] != "http" or _secret(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("Set-Cookie", _cookie(scope))
                    headers["Cache-Control"] = "no-store"  # nobody else shall get this secret
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def _secret(headers: Headers) -> str:
    """What a browser sends; "" where that is no secret of ours."""
    try:
        kept = SimpleCookie(headers.get("cookie", "")).get(visitors.COOKIE)
    except CookieError:
        return ""
    return kept.value if kept is not None and visitors.is_secret(kept.value) else ""


def _cookie(scope: Scope) -> str:
    proxy = Headers(scope=scope).get("x-forwarded-proto", "")
    secure = "; Secure" if "https" in (scope.get("scheme"), proxy.split(",")[0].strip()) else ""
    path = "/" + st.get_option("server.baseUrlPath").strip("/")
    return (
        f"{visitors.COOKIE}={visitors.new_secret()}; Path={path}; "
        f"Max-Age={MAX_AGE_SECONDS}; HttpOnly; SameSite=Lax{secure}"
    )
