"""All that the app changes in private parts of Streamlit and of Python's asyncio.

Each patch is made only where what it changes looks as it did when it was written: in the tested
version of Streamlit, with the parameters that it relies on. Elsewhere it is left out, with a line
in the log; the app works without them, less well.
"""

import asyncio
import functools
import inspect
import logging
import pkgutil
import socket
import sys
from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from typing import Any, NamedTuple

from vae_explorer import logs
from vae_explorer.access import mode
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.work import turns
from vae_explorer.ui.shell import streamlit_version

_CLEARS = logs.Seldom("clear_refused")


class Patch(NamedTuple):
    """A private function or name, and what is put in its place."""

    target: str  # the function or the name, "module:name.name"
    relies_on: Mapping[str, tuple[str, ...]]  # "module:name" -> parameters; of a property, none
    replacement: Callable[[Any], Any]  # given what was there
    otherwise: str  # what happens without the patch


def answer_at_once(original: Callable[..., Any]) -> Callable[..., Any]:
    """Let a message leave before the browser has acknowledged the last one: TCP_NODELAY.

    asyncio sees to that only for sockets made with an explicit protocol number, and Streamlit makes
    its own without: the rest of each answer would wait for a delayed acknowledgement.
    """

    def set_no_delay(sock: socket.socket) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type == socket.SOCK_STREAM:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    return set_no_delay


def run_in_order(original: Callable[..., Any]) -> Callable[..., Any]:
    """Let long runs take turns on a public server, and no fragment run of a page that was left.

    Such a one is asked for where a fragment reports, or is due by `run_every`, while another one
    switches the page. Streamlit runs it afterwards and tells the browser of the old page, which
    would empty the page that came after.
    """

    def run(self: Any, rerun_data: Any) -> None:
        fragments, page = rerun_data.fragment_id_queue, rerun_data.page_script_hash
        if not fragments or page == self._pages_manager.current_page_script_hash:
            kind, crowd = (page, *fragments), mode.is_public()
            with turns.RUNS.run(kind, long=not fragments) if crowd else nullcontext():
                original(self, rerun_data)

    return run


def give_way(original: Callable[..., Any]) -> Callable[..., Any]:
    """Let short runs go before long ones wherever Streamlit asks whether to go on with a run."""

    def ask(self: Any) -> None:
        turns.RUNS.give_way()
        original(self)

    return ask


def tell_of_history(original: Callable[..., Any]) -> Callable[..., Any]:
    """Let pages know that Back or Forward has asked for a run, in whose thread this is called.

    Streamlit then lets the address tell its widgets; what else the address says is ours to follow.
    """

    def reset(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        registry.led_back.set(self.is_history_navigation)

    return reset


def forget_in_time(original: Callable[..., Any]) -> Callable[..., Any]:
    """Let go of a session that has left for good, with the files that its visitor added.

    Streamlit keeps those that have left for two minutes, should they come back, but looks at its
    watch only when another one leaves: what the last ones of a class had added stayed for days.
    """

    def save(self: Any, session_info: Any) -> None:
        original(self, session_info)
        with suppress(RuntimeError):  # without a server there is no loop
            asyncio.get_running_loop().call_later(self._cache.ttl + 1, self._cache.expire)

    return save


def clear_no_cache(original: Callable[..., Any]) -> Callable[..., Any]:
    """Leave caches alone when a visitor asks for them to be emptied: they are everybody's."""

    def refuse(self: Any) -> None:
        _CLEARS.tell("A visitor asked for the caches to be emptied, which was refused.")

    return refuse


def log_as_one(original: Callable[..., Any]) -> Callable[..., Any]:
    """Leave what Streamlit and uvicorn tell to the log of this process, in its format.

    Streamlit gives each of its loggers a handler of its own, whose format cannot be JSON.
    """

    def have_no_handler(logger: logging.Logger) -> None:
        logger.handlers.clear()
        logger.propagate = True

    return have_no_handler


class _Apart:
    """`sys` for one module of Streamlit: what it puts among the modules, nobody else sees."""

    def __init__(self) -> None:
        self.modules = ChainMap({}, sys.modules)

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


def keep_main_apart(original: Any) -> _Apart:
    """Leave `__main__` to the process: Streamlit takes that name for the script of each run.

    Whoever called from a notebook or a script could not pickle the classes written there any more.
    """
    return _Apart()


PATCHES = (
    Patch(
        target="asyncio:base_events._set_nodelay",
        relies_on={"asyncio:base_events._set_nodelay": ("sock",)},
        replacement=answer_at_once,
        otherwise="answers may come 40 ms later",
    ),
    Patch(
        target="streamlit.runtime.scriptrunner:ScriptRunner._run_script",
        relies_on={
            "streamlit.runtime.scriptrunner:ScriptRunner._run_script": ("self", "rerun_data"),
            "streamlit.runtime.scriptrunner:ScriptRunner": ("pages_manager",),
            "streamlit.runtime.scriptrunner:RerunData": ("fragment_id_queue", "page_script_hash"),
            "streamlit.runtime.pages_manager:PagesManager.current_page_script_hash": (),
        },
        replacement=run_in_order,
        otherwise="a page that is opened while another one is at work may stay empty; many "
        "pages made at once hold up short steps",
    ),
    Patch(
        target="streamlit.runtime.scriptrunner_utils.script_run_context:ScriptRunContext.reset",
        relies_on={
            "streamlit.runtime.scriptrunner_utils.script_run_context:ScriptRunContext.reset": (
                *("self", "query_string", "page_script_hash", "fragment_ids_this_run"),
                *("cached_message_hashes", "context_info", "is_history_navigation", "yield_check"),
            ),
        },
        replacement=tell_of_history,
        otherwise="Back brings back what widgets show, but neither places nor seeds",
    ),
    Patch(
        target="streamlit.runtime.memory_session_storage:MemorySessionStorage.save",
        relies_on={
            "streamlit.runtime.memory_session_storage:MemorySessionStorage.save": (
                "self",
                "session_info",
            ),
            "streamlit.runtime.memory_session_storage:TTLCache.expire": ("self", "at_time"),
            "streamlit.runtime.memory_session_storage:TTLCache.ttl": (),
        },
        replacement=forget_in_time,
        otherwise="what the last visitors have added stays in memory until others leave",
    ),
)


LOG_PATCHES = (  # where the log is the app's own
    Patch(
        target="streamlit:logger.setup_formatter",
        relies_on={
            "streamlit:logger.setup_formatter": ("logger",),
            "streamlit:logger.update_formatter": (),
        },
        replacement=log_as_one,
        otherwise="lines of Streamlit's own have another format than those of the app",
    ),
)


PUBLIC_PATCHES = (  # where strangers speak to the server
    Patch(
        target="streamlit.runtime.scriptrunner:"
        "ScriptRunner._maybe_handle_execution_control_request",
        relies_on={
            "streamlit.runtime.scriptrunner:ScriptRunner._maybe_handle_execution_control_request": (
                "self",
            )
        },
        replacement=give_way,
        otherwise="slider steps wait longer while others open pages",
    ),
    Patch(
        target="streamlit.runtime.app_session:AppSession._handle_clear_cache_request",
        relies_on={
            "streamlit.runtime.app_session:AppSession._handle_clear_cache_request": ("self",)
        },
        replacement=clear_no_cache,
        otherwise="any visitor can empty the caches of all",
    ),
)


GUEST_PATCHES = (  # where the process is somebody else's
    Patch(
        target="streamlit.runtime.scriptrunner:script_runner.sys",
        relies_on={"streamlit.runtime.scriptrunner:script_runner.sys.modules": ()},
        replacement=keep_main_apart,
        otherwise="classes written in the notebook or script cannot be pickled any more",
    ),
)


def apply(streamlit: str, patches: Sequence[Patch] = PATCHES) -> None:
    """Make each patch, unless it is made already; `streamlit` is the version that runs."""
    for patch in patches:
        if obstacle := hindrance(patch, streamlit):
            sentence = f"{patch.target} is not patched, {obstacle}: {patch.otherwise}."
            logs.tell("patch_left_out", sentence, level=logs.WARNING, target=patch.target)
        elif not _is_made(patch):
            owner, _, name = patch.target.rpartition(".")
            original = pkgutil.resolve_name(patch.target)
            made = patch.replacement(original)
            if callable(original):
                functools.update_wrapper(made, original, assigned=())
            setattr(pkgutil.resolve_name(owner), name, made)


def hindrance(patch: Patch, streamlit: str) -> str:
    """What is other than the patch expects, "" where nothing is."""
    if not streamlit_version.is_tested(streamlit):
        return f"as Streamlit {streamlit} is not the tested one"
    for name, parameters in patch.relies_on.items():
        try:
            part = pkgutil.resolve_name(name)
            known = tuple(inspect.signature(part).parameters) if parameters else ()
        except (ImportError, AttributeError, TypeError, ValueError):
            return f"as there is no {name}"
        if not set(parameters) <= set(known) or (name == patch.target and parameters != known):
            return f"as {name} takes ({', '.join(known)})"
    return ""


def _is_made(patch: Patch) -> bool:
    return getattr(pkgutil.resolve_name(patch.target), "__module__", "") == __name__
