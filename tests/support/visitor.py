"""A visitor of a real server without a browser: HTTP, and Streamlit's messages over a websocket.

Knows widgets by the keys that the app gives them, and remembers their values as a browser would.
"""

import asyncio
import contextlib
import threading
import urllib.error
import urllib.request
from typing import Any, NamedTuple

import websockets
from google.protobuf.json_format import MessageToDict
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.util import calc_hash

ANSWER_SECONDS = 60
COOKIE = "vae_explorer_visitor"


class Answer(NamedTuple):
    """What a server answers over HTTP."""

    status: int
    headers: Any
    text: str


def request(url: str, method: str = "GET", data: bytes | None = None, **headers: str) -> Answer:
    """Ask for an address; underscores in the names of headers are hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    asked = urllib.request.Request(url, data, named, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=ANSWER_SECONDS) as answer:
            return Answer(answer.status, answer.headers, answer.read().decode(errors="replace"))
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read().decode(errors="replace"))


def secret_of(answer: Answer) -> str:
    """The secret that a page's cookie brings; "" where it brings none."""
    cookies = [c for c in answer.headers.get_all("Set-Cookie", []) if c.startswith(COOKIE)]
    return cookies[0].partition("=")[2].partition(";")[0] if cookies else ""


class Visitor:
    """One open page. Everything it does waits until the server has drawn what came of it."""

    def __init__(self, url: str, page: str = "", secret: str | None = None):
        self.url, self.page = url, page
        self.secret = secret_of(request(f"{url}/{page}")) if secret is None else secret
        self._loop = asyncio.new_event_loop()  # in a thread: a browser's driver has this one's
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._values: dict[str, tuple[str, Any]] = {}  # by id: field of WidgetState, value
        self.session = ""
        self.elements: list[dict[str, Any]] = []
        self._socket = self._wait(self._connected())

    def open(self, link: str = "") -> "Visitor":
        """Run the page anew; `link` is what its address says behind the question mark."""
        self._wait(self._run(link, {}))
        return self

    def set(self, key: str, field: str, value: Any) -> None:
        """Change a widget of a key; `field` is that of WidgetState, such as "string_value"."""
        self._values[self.widget(key)] = field, value

    def press(self, key: str, link: str = "") -> str:
        """Press the button of a key; all that the page then says."""
        self._wait(self._run(link, {self.widget(key): ("trigger_value", True)}))
        return self.said

    def forge(self, id: str, field: str = "trigger_value", value: Any = True) -> str:
        """Report a widget that the page has not drawn; all that the page then says."""
        self._wait(self._run("", {id: (field, value)}))
        return self.said

    def clear_cache(self) -> None:
        """Ask for all caches to be emptied, as Streamlit's own menu does."""
        message = BackMsg()
        message.clear_cache = True
        self._wait(self._socket.send(message.SerializeToString()))

    def close(self) -> None:
        """Leave."""
        self._wait(self._socket.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def widget(self, key: str) -> str:
        """The id of the widget of a key, as it was drawn last."""
        found = [id for id in _values_of("id", self.elements) if id.endswith(f"-{key}")]
        if not found:
            raise LookupError(f"no widget {key} is on the page: {self.said}")
        return found[0]

    def has(self, key: str) -> bool:
        """Whether a widget of that key is on the page."""
        with contextlib.suppress(LookupError):
            return bool(self.widget(key))
        return False

    @property
    def said(self) -> str:
        """All texts of the page, one a line."""
        return "\n".join(_texts(self.elements))

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(ANSWER_SECONDS)

    async def _connected(self) -> websockets.ClientConnection:
        address = f"{self.url.replace('http', 'ws', 1)}/_stcore/stream"
        cookie = {"Cookie": f"{COOKIE}={self.secret}"} if self.secret else {}
        return await websockets.connect(
            address, max_size=None, compression=None, additional_headers=cookie
        )

    async def _run(self, link: str, pressed: dict[str, tuple[str, Any]]) -> None:
        message = BackMsg()
        message.rerun_script.query_string = link
        message.rerun_script.page_script_hash = calc_hash(self.page)
        for id, (field, value) in (self._values | pressed).items():
            setattr(message.rerun_script.widget_states.widgets.add(id=id), field, value)
        self.elements = []
        await self._socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg.FromString(await self._socket.recv())
            kind = answer.WhichOneof("type")
            if kind == "new_session":
                self.elements = []  # a rerun draws all of it anew
                self.session = answer.new_session.initialize.session_id or self.session
            if kind == "delta":
                self.elements.append(MessageToDict(answer.delta, preserving_proto_field_name=True))
            if kind == "script_finished" and not self._goes_on(answer):
                return

    @staticmethod
    def _goes_on(answer: ForwardMsg) -> bool:
        """Whether the script was only stopped to be run anew."""
        return answer.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in _texts(part)]


def _values_of(name: str, value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for part in value for found in _values_of(name, part)]
    if not isinstance(value, dict):
        return []
    own = [value[name]] if isinstance(value.get(name), str) else []
    return own + [found for part in value.values() for found in _values_of(name, part)]
