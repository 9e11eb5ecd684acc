"""Tabs of the browser for tests: what goes wrong on a page, or leaves this machine, fails them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

HERE = ("127.0.0.1", "localhost")
NETWORK = ("http", "https", "ws", "wss")  # others, as data, blobs and files, do not leave
OPENED: list = []  # pages of the tests that run


def leaves(url: str) -> bool:
    """Whether a request for it goes to another machine."""
    parts = urlsplit(url)
    return parts.scheme in NETWORK and parts.hostname not in HERE


class Contexts:
    """Contexts of one browser, of which tests use one after the other as if it were new.

    What pages have stored goes; what the browser has fetched and compiled stays, the app's scripts
    above all.
    """

    def __init__(self, browser: Any):
        self._browser = browser
        self._left: dict[tuple, list] = {}  # by what tells them apart

    @contextmanager
    def one(self, url: str, **settings: Any) -> Iterator:
        """A context to open a server's pages in, nobody else's for the block."""
        left = self._left.setdefault(tuple(sorted(settings.items())), [])
        context = left.pop() if left else self._browser.new_context(**settings)
        yield context
        _forget(context, url)
        left.append(context)


def _forget(context: Any, url: str) -> None:
    """Close its pages, and let go of what they have stored and been allowed."""
    for page in context.pages:
        page.close()
    context.clear_cookies()
    context.clear_permissions()
    context.set_offline(False)
    parts = urlsplit(url)
    if parts.hostname in HERE:
        page = context.new_page()
        origin = f"{parts.scheme}://{parts.netloc}"
        stored = {"origin": origin, "storageTypes": "local_storage,indexeddb,cache_storage"}
        context.new_cdp_session(page).send("Storage.clearDataForOrigin", stored)
        page.close()


@contextmanager
def tabs(contexts: Contexts) -> Iterator[Callable]:
    """open_page(url, width=1280, height=900, dark=False, **what a context of Playwright takes).

    All pages are closed at the end: AssertionError then if one had an error, or asked another
    machine for anything.
    """
    errors, elsewhere = [], []

    def asked(what: Any) -> None:
        if leaves(what.url):
            elsewhere.append(what.url)

    def opened(page: Any) -> None:
        page.on("websocket", asked)

    with ExitStack() as used:

        def opener(url: str, width: int = 1280, height: int = 900, dark: bool = False, **more):
            context = used.enter_context(contexts.one(url, has_touch=width < 500, **more))
            for event, hear in {"request": asked, "page": opened}.items():
                context.on(event, hear)
                used.callback(context.remove_listener, event, hear)
            page = context.new_page()
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme="dark" if dark else "light")
            OPENED.append(page)
            used.callback(OPENED.remove, page)
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda said: said.type == "error" and errors.append(said.text))
            page.goto(url)
            return page

        yield opener
    assert not elsewhere, "asked another machine for " + ", ".join(sorted(set(elsewhere)))
    # The browser words every failed download alike; those are the server's, not the page's.
    uncaught = [text for text in errors if not text.startswith("Failed to load resource")]
    assert not uncaught, "\n".join(uncaught)
