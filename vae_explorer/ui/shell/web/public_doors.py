"""What a public server shuts: its measurements, and uploads beyond what a page may hold.

The browser's own widgets refuse too large files as well; whoever speaks HTTP meets this.
"""

from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime

from vae_explorer import logs
from vae_explorer.access import limits

METRICS = "/_stcore/metrics"
UPLOADS = "/_stcore/upload_file/"
FRAMING_BYTES = 100_000  # what a form adds to a file
HEARD_BYTES = 50_000_000  # of a file that is refused: before, a sender hears no answer
_REFUSALS = logs.Seldom("upload_refused")
NO_METRICS = "This server keeps its measurements to itself."


class TooMuchError(Exception):
    """More comes than was announced."""


class Allowance(NamedTuple):
    """What an upload may have."""

    size: int  # bytes
    limit: str  # the setting by which it has no more
    sentence: str  # what is said of more


class PublicDoors:
    """Answers in place of the app what visitors may not have."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        path = scope.get("path", "")
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif METRICS in path:
            await PlainTextResponse(NO_METRICS, 403)(scope, receive, send)
        elif UPLOADS in path and scope["method"] in ("PUT", "POST"):
            await self._upload(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a file in as far as it and all others of its page stay within the limits."""
        allowed = _allowance(scope["path"].partition(UPLOADS)[2].split("/")[0])
        announced = Headers(scope=scope).get("content-length", "")
        size = int(announced[:15]) if announced.isascii() and announced.isdigit() else 0
        if size > allowed.size:
            await _refuse(allowed, size, scope, receive, send)
            return
        came, answered = 0, False

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > allowed.size:
                raise TooMuchError
            return message

        async def noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self.app(scope, counted, noted)
        except TooMuchError:
            if not answered:
                await _refuse(allowed, came, scope, receive, send)


async def _refuse(
    allowed: Allowance, size: int, scope: Scope, receive: Receive, send: Send
) -> None:
    said = f"An upload was refused: {allowed.sentence}"
    _REFUSALS.tell(said, limit=allowed.limit, megabytes=size / 1e6)
    await _hear_out(receive)
    await PlainTextResponse(allowed.sentence, 413)(scope, receive, send)


async def _hear_out(receive: Receive) -> None:
    """Let what is being sent pass by, kept nowhere, up to a bound."""
    heard = 0
    while heard < HEARD_BYTES:
        message = await receive()
        heard += len(message.get("body", b""))
        if not message.get("more_body", False):
            return


def _allowance(session: str) -> Allowance:
    """What an upload to a page's session may have."""
    allowed = limits.current()
    held = getattr(runtime.get_instance().uploaded_file_mgr, "file_storage", {}).get(session, {})
    left = allowed.session_mb * 1_000_000 - sum(len(file.data) for file in list(held.values()))
    if left < allowed.upload_mb * 1_000_000:
        sentence = (
            f"All files of a page have {allowed.session_mb:,} MB here: remove some, or load the "
            "page again."
        )
        return Allowance(max(left, 0) + FRAMING_BYTES, "session_mb", sentence)
    sentence = f"A file has at most {allowed.upload_mb:,} MB here: send a smaller one."
    return Allowance(allowed.upload_mb * 1_000_000 + FRAMING_BYTES, "upload_mb", sentence)
