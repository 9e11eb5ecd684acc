"""Other models of the same pictures: those that judge a model, and those it is held beside."""

import contextlib

import streamlit as st

from .. import judging, peers
from ..checkpoints import Checkpoint
from ..errors import CheckpointError
from ..judging import Judge
from ..library import ModelEntry, list_models
from ..peers import Facts
from . import cache
from .cache import Space


def judge(space: Space) -> Judge | None:
    """The best of the other models that can judge this one's pictures; None where there is none."""
    found = peers.judges(_own(space), _at_hand())
    return _judge(_open(found[0].key)) if found else None


def counterparts(space: Space) -> list[Facts]:
    """Conditional models for an unconditional one, and the other way round."""
    return peers.counterparts(_own(space), _at_hand())


def companions(space: Space) -> list[Facts]:
    """Unconditional models of the same pictures, those of the other kind first."""
    return peers.companions(_own(space), _at_hand())


def space_of(chosen: Facts) -> Space:
    """The latent space of one of them; CheckpointError where its file has just gone."""
    return cache.space(_open(chosen.key))


def _own(space: Space) -> Facts:
    return peers.facts("", space.checkpoint)


def _at_hand() -> list[Facts]:
    """Of all models that can be opened."""
    found = []
    for entry in list_models():
        with contextlib.suppress(CheckpointError):  # reported where it is chosen
            found.append(cache.summary(entry).facts)
    return found


def _open(key: str) -> Checkpoint:
    entry: ModelEntry | None = next((e for e in list_models() if e.key == key), None)
    if entry is None:
        raise CheckpointError("a model that was held beside this one is gone: choose another.")
    return cache.load(entry)


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs=cache.BY_CONTENT)
def _judge(checkpoint: Checkpoint) -> Judge:
    return judging.judge(checkpoint)
