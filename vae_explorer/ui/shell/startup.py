"""What happens once, when the server starts, before the first visitor comes."""

import contextlib
import gc
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import NoReturn

import streamlit as st
from streamlit import config
from streamlit import logger as streamlit_logs

from vae_explorer import __version__, logs
from vae_explorer.access import limits, mode
from vae_explorer.errors import ExplorerError
from vae_explorer.ui.navigation import PAGES
from vae_explorer.ui.shell import streamlit_patches, streamlit_version

_LOADED = time.monotonic()
SWITCH_SECONDS = 0.0005  # Python's 5 ms let one visitor's page hold up the messages of all others


def keep_log() -> None:
    """Have all lines of this process in one format, before there are any."""
    st.secrets.load_if_toml_exists()  # the mode may stand there
    try:
        logs.begin("info" if mode.is_public() else "warning")
        as_json = logs.settings().as_json
    except ExplorerError as error:
        _give_up(error)
    if as_json:
        st.set_option("logger.enableRich", False)  # it would draw tracebacks over many lines
    streamlit_patches.apply(st.__version__, streamlit_patches.LOG_PATCHES)
    streamlit_logs.update_formatter()


@asynccontextmanager
async def ready(app: "st.App") -> AsyncIterator[None]:
    """Open the doors once the default model can answer: the first visitor does not wait for it.

    Freezing afterwards takes the heavy libraries out of the full garbage collection that Streamlit
    does after each script run, which would hold up every visitor for 0.1 s each time.
    """
    _keep_to_mode()
    _patch(streamlit_patches.PATCHES)
    sys.setswitchinterval(SWITCH_SECONDS)
    _import_torch_for_one_thread()
    warm_up()
    gc.collect()
    gc.freeze()
    _keep_house()
    _tell_start()
    yield
    seconds = time.monotonic() - _LOADED
    logs.tell("server_stopped", f"The server stops after {seconds:,.0f} s.", seconds=seconds)


@asynccontextmanager
async def ready_as_guest(app: "st.App") -> AsyncIterator[None]:
    """The same in a process of somebody else, a notebook's say, which is left as it is.

    Its threads, its garbage collection and its way of switching between threads are its own: it may
    be training a model. One visitor does not miss what the app's own process is tuned for.
    """
    _patch((*streamlit_patches.PATCHES, *streamlit_patches.GUEST_PATCHES))
    warm_up()
    yield


def _keep_to_mode() -> None:
    """Refuse to let others in unless the server is public, and then show them no inner parts.

    Ends the process with a sentence where it must not go on.
    """
    address = st.get_option("server.address") or "0.0.0.0"  # Streamlit's own way without one
    try:
        if sentence := mode.refusal(address):
            raise ExplorerError(sentence)
        if not mode.is_public():
            return
        limits.current()
    except ExplorerError as error:
        _give_up(error)
    st.set_option("client.showErrorDetails", "none")
    if set(st.get_option("server.allowedHosts")) <= set(mode.LOCAL_NAMES):  # the project's settings
        config.set_option("server.allowedHosts", ["*"])
    _patch(streamlit_patches.PUBLIC_PATCHES)


def _give_up(error: ExplorerError) -> NoReturn:
    """End the process with a sentence: the server would log the way to here as well."""
    with contextlib.suppress(ExplorerError):
        if logs.settings().as_json:
            logs.tell("not_started", str(error), level=logs.ERROR)
            os._exit(1)
    sys.stderr.write(f"error: {error}\n")
    sys.stderr.flush()
    os._exit(1)


def _tell_start() -> None:
    """That the doors are open, and what limits hold; who the teachers are is not told."""
    public, seconds = mode.is_public(), time.monotonic() - _LOADED
    allowed = asdict(limits.current()) if public else {}
    teachers = {"teachers": len(allowed.pop("teachers"))} if public else {}
    name = "public" if public else "personal"
    logs.tell(
        "server_started",
        f"VAE Explorer {__version__} is ready after {seconds:.1f} s, in {name} mode.",
        version=__version__,
        mode=name,
        port=st.get_option("server.port"),
        seconds=seconds,
        **allowed,
        **teachers,
    )


def _keep_house() -> None:
    """Have workers at hand on a public server, and its memory given back."""
    from vae_explorer.ui.session.work import run_watch, upkeep, workers

    if mode.is_public():
        upkeep.begin()
        run_watch.begin()
        workers.start()


def _patch(patches: Sequence[streamlit_patches.Patch]) -> None:
    if remark := streamlit_version.remark(st.__version__):
        logs.tell("streamlit_version", remark, level=logs.WARNING)
    streamlit_patches.apply(st.__version__, patches)


def warm_up() -> None:
    """Import what pages need, as nothing imported later is frozen, and decode once."""
    import altair  # noqa: F401, with pandas what Streamlit's charts and tables are made with
    import pandas  # noqa: F401

    from vae_explorer.models import inference
    from vae_explorer.training.runs.model_library import list_models
    from vae_explorer.ui.components.network import browser_model
    from vae_explorer.ui.pages.explore.neighbourhood import VIEW
    from vae_explorer.ui.session import latent_space, model_cache
    from vae_explorer.ui.shared import live_view_payload, projection_view

    for entry in PAGES:
        entry.load()
    for entry in [entry for entry in list_models() if entry.path is not None][:1]:
        with contextlib.suppress(ExplorerError):  # a damaged model is reported where it is shown
            space = latent_space.of(model_cache.load(entry))
            inference.decode(space.checkpoint, space.centre)
            if space.encoded is not None and not isinstance(
                browser_model.decoder_or_reason(space.checkpoint), str
            ):
                live_view_payload.blob(
                    space,
                    projection_view.project(space, projection_view.default_view(space)),
                    VIEW,
                )


def _import_torch_for_one_thread() -> None:
    """A decode is 0.1 ms of work: waking and awaiting other threads for it took up to 8 ms.

    Each run of a page has a new thread, which does not heed torch.set_num_threads here but what
    OpenMP found in the environment when it was loaded. Training processes shall not inherit that.
    """
    unset = "OMP_NUM_THREADS" not in os.environ
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    import torch

    torch.set_num_threads(1)
    if unset:
        del os.environ["OMP_NUM_THREADS"]
