"""The command that serves the app."""

import os
import socket
import sys
from typing import Annotated

from typing_extensions import Doc

from vae_explorer import shipped
from vae_explorer.errors import ExplorerError


def app(
    *,
    port: Annotated[int | None, Doc("to listen on; else 8501, or the next that is free")] = None,
    address: Annotated[
        str | None, Doc("to listen on; else localhost; 0.0.0.0 lets other machines in")
    ] = None,
    browser: Annotated[bool, Doc("open the app in a browser")] = True,
) -> None:
    """Serve the app, from any folder, until Ctrl-C.

    Runs lie in runs/ and data sets in data/ of the folder it is started in, or where
    VAE_EXPLORER_RUNS and VAE_EXPLORER_DATA say.
    """
    # The app's own, like the offline page: only asked for when called
    from vae_explorer.ui.shell import streamlit_version

    streamlit_version.require(streamlit_version.installed())
    _check_free(address or "localhost", port)
    flags = [] if port is None else [f"--server.port={port}"]
    flags += [f"--server.address={address}"] if address else []
    flags += [] if browser else ["--server.headless=true"]
    # In this process's place, as signals are to reach the server, and Streamlit has to load torch
    # its own way. -P: a file in the user's folder may have the name of a module.
    command = [sys.executable, "-P", "-m", "streamlit", "run", str(shipped.SCRIPT), *flags]
    os.execv(sys.executable, command)


def _check_free(address: str, port: int | None) -> None:
    """ExplorerError where nothing can listen: Streamlit has no sentence for it."""
    if port is not None and not 1 <= port <= 65_535:
        raise ExplorerError(f"port must be between 1 and 65535, got {port}.")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Streamlit has it
        try:
            trial.bind((address, port or 0))
        except OSError as error:
            where = address if port is None else f"{address}, port {port}"
            raise ExplorerError(f"the app cannot listen on {where}: {error.strerror}.") from error
