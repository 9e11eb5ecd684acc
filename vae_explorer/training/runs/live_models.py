"""Models that somebody handed over in Python, in this process: by name, newest first.

Nothing is written or pickled: what is handed out is the very object. Of the same name only the
latest is kept.
"""

import dataclasses
import hashlib
import threading
import uuid

from vae_explorer.models.checkpoints import Checkpoint

PREFIX = "live:"  # of the keys of such models among others

_kept: dict[str, Checkpoint] = {}  # by name, the oldest first
_lock = threading.Lock()


def fresh(checkpoint: Checkpoint) -> Checkpoint:
    """The same model with a hash of its own: no cache shall answer with what it once was."""
    return dataclasses.replace(checkpoint, sha256=hashlib.sha256(uuid.uuid4().bytes).hexdigest())


def keep(name: str, checkpoint: Checkpoint) -> Checkpoint:
    """Keep a model under a name; what comes back is called so and is `fresh`."""
    kept = fresh(dataclasses.replace(checkpoint, name=name))
    with _lock:
        _kept.pop(name, None)
        _kept[name] = kept
    return kept


def get(name: str) -> Checkpoint | None:
    """The model of a name; None where there is none."""
    return _kept.get(name)


def of_key(key: str) -> Checkpoint | None:
    """The model of a key among others, "live:NAME"; None where it is none of these."""
    return get(key.removeprefix(PREFIX)) if key.startswith(PREFIX) else None


def names() -> list[str]:
    """Of all that are kept, the newest first."""
    with _lock:
        return list(reversed(_kept))


def forget(name: str) -> None:
    """Let go of a model, if it is kept."""
    with _lock:
        _kept.pop(name, None)
