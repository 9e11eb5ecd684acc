"""The command that serves the app."""

import os
import re
import socket
import sys
from pathlib import Path
from typing import Annotated

from typing_extensions import Doc

from vae_explorer import logs, shipped
from vae_explorer.access import limits as limit_settings
from vae_explorer.access import mode
from vae_explorer.errors import ExplorerError

_PREFIX = re.compile(r"(/[A-Za-z0-9_-]+)+/?|/?")


def app(
    *,
    port: Annotated[int | None, Doc("to listen on; else 8501, or the next that is free")] = None,
    address: Annotated[
        str | None, Doc("to listen on; else localhost; 0.0.0.0, with public, lets others in")
    ] = None,
    browser: Annotated[bool, Doc("open the app in a browser")] = True,
    public: Annotated[
        bool, Doc("strangers use it: with limits, each one's runs and uploads their own")
    ] = False,
    host: Annotated[
        tuple[str, ...], Doc("names under which browsers reach it; others are refused")
    ] = (),
    limits: Annotated[
        Path | None, Doc("TOML file of what visitors of a public server may use")
    ] = None,
    embed: Annotated[
        tuple[str, ...], Doc("origins whose pages may show it in a frame, like https://example.org")
    ] = (),
    log_format: Annotated[
        str | None, Doc(f"of the log: {' or '.join(logs.FORMATS)}, an object a line; else text")
    ] = None,
    log_level: Annotated[
        str | None, Doc(f"of the log: {', '.join(logs.LEVELS)}; else info with public, or warning")
    ] = None,
    base_path: Annotated[
        str, Doc("under which a proxy has it, like /vae, where it does not have a name to itself")
    ] = "",
) -> None:
    """Serve the app, from any folder, until Ctrl-C.

    Runs lie in runs/ and data sets in data/ of the folder it is started in, or where
    VAE_EXPLORER_RUNS and VAE_EXPLORER_DATA say. The same switches can be set by
    VAE_EXPLORER_PUBLIC, VAE_EXPLORER_LIMITS, VAE_EXPLORER_EMBED, VAE_EXPLORER_LOG_FORMAT and
    VAE_EXPLORER_LOG_LEVEL.
    """
    # The app's own, like the offline page: only asked for when called
    from vae_explorer.ui.shell import streamlit_version

    streamlit_version.require(streamlit_version.installed())
    _set_mode(public, limits, embed)
    log_flags = _log_flags(log_format, log_level)
    check_free(address or "localhost", port)
    if sentence := mode.refusal(address):
        raise ExplorerError(sentence)
    flags = [] if port is None else [f"--server.port={port}"]
    flags += [f"--server.address={address}"] if address else []
    flags += [] if browser else ["--server.headless=true"]
    flags += _host_flags(host) + _prefix_flags(base_path) + log_flags
    # In this process's place, as signals are to reach the server, and Streamlit has to load torch
    # its own way. -P: a file in the user's folder may have the name of a module.
    command = [sys.executable, "-P", "-m", "streamlit", "run", str(shipped.SCRIPT), *flags]
    os.execv(sys.executable, command)


def _set_mode(public: bool, limits_file: Path | None, embed: tuple[str, ...]) -> None:
    """Put the mode where the server and its trainings find it. ConfigError for bad limits."""
    if public:
        os.environ[mode.PUBLIC] = "1"
    if limits_file is not None:
        os.environ[limit_settings.FILE] = str(limits_file.resolve())
    if embed:
        os.environ[mode.EMBED] = " ".join(embed)
    if limits_file is not None and not mode.is_public():
        raise ExplorerError("limits are for visitors: add --public, or leave them out.")
    if mode.is_public():
        limit_settings.current()


def _log_flags(log_format: str | None, level: str | None) -> list[str]:
    """Put how the log is written where the server finds it; ExplorerError where that is unknown.

    As JSON there is no greeting, which Streamlit would print.
    """
    for name, value in ((logs.FORMAT, log_format), (logs.LEVEL, level)):
        if value is not None:
            os.environ[name] = value
    return ["--logger.hideWelcomeMessage=true"] if logs.settings().as_json else []


def _host_flags(hosts: tuple[str, ...]) -> list[str]:
    """The names that browsers may use: beside those given, this machine's own, as monitors do.

    Without any, a personal server has those of the project's settings, and a public one takes all.
    """
    if hosts:
        hosts = (*hosts, *mode.LOCAL_NAMES)
    elif mode.is_public():
        hosts = ("*",)
    return [f"--server.allowedHosts={name}" for name in hosts]


def _prefix_flags(base_path: str) -> list[str]:
    """What stands before all paths; ExplorerError where that can be no part of an address."""
    if not _PREFIX.fullmatch(f"/{base_path.lstrip('/')}"):
        raise ExplorerError(
            f"base-path must be like /vae, of letters, digits, - and _, got {base_path}."
        )
    prefix = base_path.strip("/")
    return [f"--server.baseUrlPath={prefix}"] if prefix else []


def check_free(address: str, port: int | None) -> None:
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
