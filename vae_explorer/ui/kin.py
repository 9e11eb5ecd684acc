"""Other models of the same pictures: those that judge a model, and those it is held beside."""

import streamlit as st

from .. import judging, peers
from ..checkpoints import Checkpoint, load_checkpoint
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
        try:
            stat = entry.path.stat()
            found.append(_facts(entry.key, str(entry.path), stat.st_mtime_ns, stat.st_size))
        except (OSError, CheckpointError):
            continue  # a damaged or deleted one is reported where it is chosen
    return found


@st.cache_data(show_spinner=False, max_entries=500)
def _facts(key: str, path: str, modified: int, size: int) -> Facts:
    """Read once a file: the model itself is let go of again."""
    return peers.facts(key, load_checkpoint(path))


def _open(key: str) -> Checkpoint:
    entry: ModelEntry | None = next((e for e in list_models() if e.key == key), None)
    if entry is None:
        raise CheckpointError("a model that was held beside this one is gone: choose another.")
    return cache.load(entry)


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs=cache.BY_CONTENT)
def _judge(checkpoint: Checkpoint) -> Judge:
    return judging.judge(checkpoint)
