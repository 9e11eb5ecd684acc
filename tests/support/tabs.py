"""Tabs of the browser for tests: what goes wrong on a page, or leaves this machine, fails them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

HERE = ("127.0.0.1", "localhost")
NETWORK = ("http", "https", "ws", "wss")  # others, as data, blobs and files, do not leave
OPENED: list = []  # pages of the tests that run


def leaves(url: str) -> bool:
    """Whether a request for it goes to another machine."""
    parts = urlsplit(url)
    return parts.scheme in NETWORK and parts.hostname not in HERE


@contextmanager
def tabs(chromium) -> Iterator[Callable]:
    """open_page(url, width=1280, height=900, dark=False, **what a context of Playwright takes).

    All pages are closed at the end: AssertionError then if one had an error, or asked another
    machine for anything.
    """
    contexts, errors, elsewhere = [], [], []

    def asked(url: str) -> None:
        if leaves(url):
            elsewhere.append(url)

    def opener(url: str, width: int = 1280, height: int = 900, dark: bool = False, **more):
        size = {"width": width, "height": height}
        scheme = "dark" if dark else "light"
        context = chromium.new_context(
            viewport=size, color_scheme=scheme, has_touch=width < 500, **more
        )
        contexts.append(context)
        context.on("request", lambda request: asked(request.url))
        context.on("page", lambda page: page.on("websocket", lambda socket: asked(socket.url)))
        page = context.new_page()
        OPENED.append(page)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: said.type == "error" and errors.append(said.text))
        page.goto(url)
        return page

    yield opener
    for context in contexts:
        OPENED[:] = [page for page in OPENED if page.context is not context]
        context.close()
    assert not elsewhere, "asked another machine for " + ", ".join(sorted(set(elsewhere)))
    # The browser words every failed download alike; those are the server's, not the page's.
    uncaught = [text for text in errors if not text.startswith("Failed to load resource")]
    assert not uncaught, "\n".join(uncaught)
