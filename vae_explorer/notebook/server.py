"""The app's server in a thread of this very process, so that it can show objects of it.

One a process, as Streamlit has one runtime. It listens on this machine alone, handles no signals,
and leaves the process as it is: see `startup.ready_as_guest`. Streamlit has no public way to be
started so, so this uses its inner parts, as the tested version has them.
"""

import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
import uvicorn
from streamlit import config, runtime
from streamlit.runtime import Runtime
from streamlit.web import bootstrap
from streamlit.web.server.starlette import starlette_server

from vae_explorer import shipped
from vae_explorer.errors import ExplorerError
from vae_explorer.ui.components.browser import bundle
from vae_explorer.ui.shell import startup, streamlit_version
from vae_explorer.ui.shell.web import http_routes

ADDRESS = "localhost"
STOP_SECONDS = 5  # after which a page that is still being made is given up
SETTINGS = {  # over those of .streamlit/config.toml, which apply whatever the working folder is
    "server.address": ADDRESS,
    "server.headless": True,
    "logger.hideWelcomeMessage": True,
}
_lock = threading.Lock()
_running: "Server | None" = None


class Server:
    """A server that is starting or answers."""

    def __init__(self, port: int | None):
        if not streamlit_version.is_tested(st.__version__):  # whose inner parts start it
            raise ExplorerError(f"explore needs another Streamlit: {streamlit_version.INSTALL}.")
        if runtime.exists():
            raise ExplorerError(
                "a Streamlit app runs in this process already: call explore from another one."
            )
        self._socket = _listening(port)
        self.port: int = self._socket.getsockname()[1]
        self._error: BaseException | None = None
        self._told = threading.Event()  # it answers, or never will
        _configure(self.port)
        app = st.App(shipped.SCRIPT, lifespan=self._ready, routes=http_routes.ROUTES)
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=ADDRESS,
                port=self.port,
                lifespan="on",
                log_config=None,  # the process may have its own
                log_level="warning",
                timeout_graceful_shutdown=STOP_SECONDS,
                **starlette_server._get_uvicorn_config_kwargs(),
            )
        )
        # A daemon: whoever does not wait for it may end the process at any time
        self._thread = threading.Thread(target=self._serve, name="VAE Explorer", daemon=True)

    @property
    def url(self) -> str:
        """Of its first page."""
        return f"http://{ADDRESS}:{self.port}"

    @property
    def answers(self) -> bool:
        """Whether it has not been stopped."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start it and return once it answers; ExplorerError where it cannot."""
        self._thread.start()
        self._told.wait()
        if self._error is not None or not self._thread.is_alive():
            raise ExplorerError(f"the app could not be started: {self._error}.") from self._error

    def stop(self) -> None:
        """End it and return once it has ended; pages in browsers say that they are cut off."""
        self._server.should_exit = True
        self._thread.join(2 * STOP_SECONDS)

    def wait(self, seconds: float) -> None:
        """Return when it has been stopped, or after so many seconds."""
        self._thread.join(seconds)

    @asynccontextmanager
    async def _ready(self, app: st.App) -> AsyncIterator[None]:
        try:
            async with startup.ready_as_guest(app):
                self._told.set()  # its socket listens already: whoever comes now is heard
                yield
        except Exception as error:  # the server below logs it and ends
            self._error = error
            raise

    def _serve(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        except BaseException as error:
            self._error = error
            raise
        finally:
            self._socket.close()
            _forget_runtime()
            self._told.set()


def running(port: int | None) -> Server:
    """The server of this process, started where none answers."""
    global _running
    with _lock:
        if _running is None or not _running.answers:
            server = Server(port)
            server.start()
            _running = server
        elif port not in (None, _running.port):
            where = f"the app answers on port {_running.port} already"
            raise ExplorerError(f"{where}: stop it first, or leave the port out.")
        return _running


def _listening(port: int | None) -> socket.socket:
    """A socket of this machine alone, on that port or a free one; ExplorerError where taken."""
    if port is not None and not 1 <= port <= 65_535:
        raise ExplorerError(f"port must be between 1 and 65535, got {port}.")
    listening = socket.socket()
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Streamlit has it
        listening.bind(("127.0.0.1", port or 0))
        listening.listen(128)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise ExplorerError(f"the app cannot listen on port {port}: {error.strerror}.") from error
    return listening


def _configure(port: int) -> None:
    """Read Streamlit's settings anew, as if it had been started with the app's script."""
    config._main_script_path = str(shipped.SCRIPT)
    config._config_options = None  # nobody has to be told that a server's settings have changed
    bootstrap.load_config_options(SETTINGS | {"server.port": port})


def _forget_runtime() -> None:
    """Let another server be started: Streamlit allows one runtime, and keeps it after its end."""
    Runtime._instance = None
    bundle.component.cache_clear()  # components are declared to a runtime
