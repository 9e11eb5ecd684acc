"""Headers with which a browser keeps a page to itself: no other host is asked for anything.

A class called like a picture of Markdown cannot load one then, whatever puts it on a page.
"""

import base64
import hashlib
import re
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vae_explorer.ui.shell import look

INDEX = Path(streamlit.__file__).parent / "static" / "index.html"
POLICY = "; ".join(
    (
        "default-src 'self'",
        # Components are modules from blobs, the live view compiles a kernel, pages have a script
        "script-src 'self' 'wasm-unsafe-eval' blob:{scripts}",
        "worker-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "frame-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "frame-ancestors {frames}",
    )
)


class SecurityHeaders:
    """Adds them to all answers; `embedding` are origins that may show pages in a frame."""

    def __init__(self, app: ASGIApp, embedding: tuple[str, ...] = ()):
        self.app = app
        scripts = "".join(f" 'sha256-{digest}'" for digest in inline_scripts())
        self.headers = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Content-Security-Policy": POLICY.format(
                scripts=scripts, frames=" ".join(("'self'", *embedding))
            ),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def inline_scripts() -> list[str]:
    """Digests that a policy names scripts by: of Streamlit's page, which may differ, and ours."""
    scripts = re.findall(r"<script>(.*?)</script>", INDEX.read_text("utf-8"), re.DOTALL)
    scripts.append(look.MENU)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return [base64.b64encode(digest).decode() for digest in digests]
