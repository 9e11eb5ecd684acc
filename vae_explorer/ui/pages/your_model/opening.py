"""A model that a visitor asked to read: opened once for each set of answers, shown, handed on."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import streamlit as st

from vae_explorer.data.datasets import Dataset
from vae_explorer.errors import CheckpointError
from vae_explorer.evaluation import opened_models
from vae_explorer.evaluation.doctor.finding import Finding
from vae_explorer.models.foreign import model_door
from vae_explorer.models.foreign.opened import Opened
from vae_explorer.ui import messages
from vae_explorer.ui.pages.your_model import answers, conformance_card, layer_roles, model_actions
from vae_explorer.ui.pages.your_model.reading_pictures import Source
from vae_explorer.ui.session import dataset_cache, registry

T = TypeVar("T")
MAX_KEPT = 6  # models that a session remembers as they were read


class Request(NamedTuple):
    """What a visitor asked to read."""

    files: Mapping[str, bytes]
    source: Source | None  # None: a file of ours, which needs no pictures
    roles: tuple[tuple[str, str], ...] = ()  # (layer, role) where somebody has said them
    digests: tuple[tuple[str, str], ...] = ()  # (name, sha256) of the files, once it has begun

    @property
    def key(self) -> tuple:
        """What tells it from others that have begun."""
        return (*self.digests, repr(self.source), self.roles)


class Result(NamedTuple):
    """A model that was read, and what is wrong with it."""

    opened: Opened
    findings: list[Finding]


def begin(request: Request) -> None:
    """Ask for a model to be read, with nothing decided yet."""
    answers.forget()
    registry.LAST_OPENED.take()
    digests = ((name, hashlib.sha256(data).hexdigest()) for name, data in request.files.items())
    registry.MODEL_REQUEST.put(request._replace(digests=tuple(sorted(digests))))


def show(request: Request) -> None:
    """The model as it is read, or why it cannot be; what can be decided stays within reach."""
    if request.source is None:
        _show_ours(request)
        return
    dataset = dataset_cache.load(request.source.name, request.source.choice)
    try:
        registry.LAST_OPENED.put(_read(request, dataset))
    except CheckpointError as error:
        messages.failed(str(error))
        if not registry.LAST_OPENED.is_set:
            _offer_roles(request, dataset)
            return
    result: Result = registry.LAST_OPENED.get()
    conformance_card.show(result.opened)
    model_actions.show(result.opened, dataset)
    conformance_card.show_findings(result.findings)
    conformance_card.show_decisions(result.opened)


def _read(request: Request, dataset: Dataset) -> Result:
    """The model with all that was decided, read once, or refused once: CheckpointError."""
    given = answers.given(_last_card())
    key = (request.key, repr(sorted(given.items())))
    return _once(key, lambda: _read_anew(request, dataset, given))


def _read_anew(request: Request, dataset: Dataset, given: dict[str, Any]) -> Result:
    with st.spinner("Reading the model on training pictures …", show_time=True):
        roles = dict(request.roles) or None
        opened = opened_models.open_on(request.files, dataset, given=given, roles=roles)
    with st.spinner("Examining it …", show_time=True):
        return Result(opened, opened_models.findings(opened, dataset))


def _once(key: Any, make: Callable[[], T]) -> T:
    """What was made under a key in this session, its CheckpointError too; the latest few."""
    results: dict[Any, Any] = registry.OPENED_MODELS.start(dict)
    if key not in results:
        try:
            results[key] = make()
        except CheckpointError as error:
            results[key] = error
        while len(results) > MAX_KEPT:
            del results[next(iter(results))]
    if isinstance(results[key], CheckpointError):
        raise results[key]
    return results[key]


def _last_card():
    result: Result | None = registry.LAST_OPENED.get()
    return None if result is None else result.opened.card


def _show_ours(request: Request) -> None:
    ((name, data),) = request.files.items()
    checkpoint = _once(request.key, lambda: model_door.read_model(data, name))
    st.header(messages.plain(checkpoint.name))
    st.markdown("It says itself how it is read, and brings its scores and encoded pictures.")
    model_actions.offer_explore(lambda: checkpoint)


def _offer_roles(request: Request, dataset: Dataset) -> None:
    roles = layer_roles.ask(request.files, dataset, dict(request.roles))
    if roles:
        begin(request._replace(roles=roles))
        st.rerun()
