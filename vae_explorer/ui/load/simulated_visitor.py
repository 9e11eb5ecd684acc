"""Simulated visitors, many in one process: what browsers send and get, over websockets.

One remembers, as a browser does, its cookies, the widgets of its page, their values, and which
large messages it holds already. It fetches no scripts and no pictures. Seconds are from sending to
the end of the run that the server does.
"""

import asyncio
import contextlib
import time
import urllib.error
import urllib.request
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.util import calc_hash

from vae_explorer.errors import ExplorerError

PATIENCE_SECONDS = 300.0
ASK_SECONDS = 30.0  # for a page alone


@dataclass
class Journal:
    """What all visitors have met."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    broken: int = 0  # connections


class Widget(NamedTuple):
    """One that was drawn: its id, the fragment that it belongs to, and how it was described."""

    id: str
    fragment: str
    described: Any


class SimulatedVisitor:
    """One open page, and all that was drawn on it."""

    def __init__(self, url: str, journal: Journal):
        self.url, self.journal = url, journal
        self.page, self.link = "", ""
        self.widgets: dict[str, Widget] = {}  # by the key that the app gives it
        self._values: dict[str, tuple[str, Any]] = {}  # by id: field of WidgetState, value
        self._held: set[str] = set()  # hashes of messages that need not be sent again
        self._socket: Any = None

    async def connect(self, page: str) -> None:
        """Fetch the page as a browser does, and open its websocket.

        ExplorerError where the server gives no page, or no websocket.
        """
        cookies = await asyncio.to_thread(cookies_of, f"{self.url}/{page}")
        parts = self.url.split("/")
        try:
            self._socket = await websockets.connect(
                f"{self.url.replace('http', 'ws', 1)}/_stcore/stream",
                origin=websockets.Origin("/".join(parts[:3])),
                max_size=None,
                compression=None,
                open_timeout=PATIENCE_SECONDS,
                ping_timeout=None,
                additional_headers={"Cookie": cookies} if cookies else {},
            )
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            raise ExplorerError(
                f"{self.url} gives pages, but opens no websocket ({error}): a proxy has to hand "
                "them on, with the Host that the browser said."
            ) from error

    async def close(self) -> None:
        """Leave."""
        if self._socket is not None:
            await self._socket.close()

    async def open(self, what: str, page: str, link: str = "") -> None:
        """Go to a page by a link; `what` is the action's name in the journal."""
        self.page, self.link, self.widgets, self._values = page, link, {}, {}
        await self._run(what, "", {})

    async def set(self, what: str, key: str, kind: str, value: Any) -> None:
        """Change a widget; `kind` is a field of WidgetState, such as "string_value"."""
        if (widget := self.widgets.get(key)) is not None:
            self._values[widget.id] = kind, value
            await self._run(what, widget.fragment, {})

    async def press(self, what: str, key: str) -> None:
        """Press a button."""
        if (widget := self.widgets.get(key)) is not None:
            await self._run(what, widget.fragment, {widget.id: ("trigger_value", True)})

    async def step(self, what: str, key: str) -> None:
        """Move a slider by one step, at its end back to its begin."""
        if (widget := self.widgets.get(key)) is not None:
            slider = widget.described
            _, (value,) = self._values.get(widget.id, ("", list(slider.default)))
            value = round(value + slider.step, 6)
            await self.set(
                what, key, "double_array_value", [value if value <= slider.max else slider.min]
            )

    async def _run(self, what: str, fragment: str, pressed: dict[str, tuple[str, Any]]) -> None:
        message = BackMsg()
        message.rerun_script.query_string = self.link
        message.rerun_script.page_script_hash = calc_hash(self.page)
        message.rerun_script.fragment_id = fragment
        message.rerun_script.cached_message_hashes.extend(self._held)
        for id, (kind, value) in (self._values | pressed).items():
            state = message.rerun_script.widget_states.widgets.add(id=id)
            if kind.endswith("array_value"):
                getattr(state, kind).data.extend(value)
            else:
                setattr(state, kind, value)
        start = time.perf_counter()
        try:
            await self._socket.send(message.SerializeToString())
            await asyncio.wait_for(self._take_all(what), PATIENCE_SECONDS)
        except websockets.ConnectionClosed:
            self.journal.broken += 1
            raise
        except TimeoutError:
            self.journal.errors.append(f"{what}: no answer in {PATIENCE_SECONDS:.0f} s")
        self.journal.seconds[what].append(time.perf_counter() - start)

    async def _take_all(self, what: str) -> None:
        while True:
            answer = ForwardMsg.FromString(await self._socket.recv())
            if answer.metadata.cacheable:
                self._held.add(answer.hash)
            kind = answer.WhichOneof("type")
            if kind == "delta":
                self._notice(what, answer.delta)
            early = answer.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
            if kind == "script_finished" and not early:
                return

    def _notice(self, what: str, delta: Any) -> None:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind is None:
            return
        described = getattr(element, kind)
        if kind == "exception":
            self.journal.errors.append(f"{what}: {described.message}")
        if kind == "alert" and described.format == described.ERROR:
            self.journal.errors.append(f"{what}: {described.body}")
        if id := getattr(described, "id", ""):
            with contextlib.suppress(IndexError):
                self.widgets[id.split("-", 2)[-1]] = Widget(id, delta.fragment_id, described)


def cookies_of(url: str) -> str:
    """What a page's cookies say, as a browser sends them back; "" where it brings none.

    ExplorerError where there is no page at that address.
    """
    try:
        with urllib.request.urlopen(url, timeout=ASK_SECONDS) as answer:
            brought = answer.headers.get_all("Set-Cookie", [])
    except urllib.error.HTTPError as error:
        raise ExplorerError(f"{url} answers {error.code} {error.reason}.") from error
    except (OSError, ValueError) as error:
        raise ExplorerError(f"{url} does not answer: {getattr(error, 'reason', error)}.") from error
    return "; ".join(cookie.partition(";")[0] for cookie in brought)
