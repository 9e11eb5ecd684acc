"""What visitors of a public server may use of it: settings of the operator, in one TOML file.

Without a file the defaults hold. In personal mode there are no limits and nobody asks for these.
"""

import functools
import os
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from typing_extensions import Doc

from vae_explorer.access import mode
from vae_explorer.errors import ConfigError

FILE = "VAE_EXPLORER_LIMITS"  # of the environment: path of the operator's file
_UPPER = 10**9  # of every number: what is more is a slip of the pen


@dataclass(frozen=True)
class Limits:
    """What a public server allows. ConfigError where a value makes no sense."""

    training: Annotated[bool, Doc("visitors may train; false: only teachers may")] = True
    trainings_at_once: Annotated[int, Doc("trainings under way at the same time")] = 2
    trainings_per_visitor: Annotated[int, Doc("of those, of one visitor")] = 1
    queue_length: Annotated[int, Doc("runs that wait for their turn")] = 20
    queue_per_visitor: Annotated[int, Doc("of those, of one visitor")] = 2
    work_millions: Annotated[
        int, Doc("epochs × parameters × points decoded a picture of one training, in millions")
    ] = 500
    parameters_millions: Annotated[int, Doc("parameters of one model, in millions")] = 10
    batch_size: Annotated[int, Doc("pictures in one update")] = 1024
    runs_mb: Annotated[
        int, Doc("disk for runs in MB; over it the oldest finished runs of visitors are removed")
    ] = 2000
    uploads_mb: Annotated[
        int, Doc("disk for uploaded data in MB; over it the oldest uploads are removed")
    ] = 2000
    upload_mb: Annotated[int, Doc("MB of one uploaded file")] = 50
    session_mb: Annotated[int, Doc("MB of all files that one open page holds in memory")] = 150
    workers: Annotated[
        int, Doc("processes for heavy computations, at most one a processor; 0: the server's own")
    ] = 2
    cache_mb: Annotated[int, Doc("MB of what is kept in memory for all visitors")] = 1500
    worker_mb: Annotated[int, Doc("MB that a computation may take there; 0: any")] = 1500
    teachers: Annotated[
        tuple[str, ...],
        Doc("e-mail addresses, as the sign-in gives them, of who may change all runs"),
    ] = ()

    def __post_init__(self):
        for name, hint in get_type_hints(type(self)).items():
            value = getattr(self, name)
            if hint is bool and type(value) is not bool:
                raise ConfigError(f"{name} must be true or false, got {value!r}.")
            if hint is int and (type(value) is not int or not 0 <= value <= _UPPER):
                raise ConfigError(f"{name} must be a whole number from 0 on, got {value!r}.")
        if not isinstance(self.teachers, tuple) or not all(
            isinstance(address, str) and "@" in address for address in self.teachers
        ):
            raise ConfigError("teachers must be e-mail addresses.")

    def is_teacher(self, address: str) -> bool:
        """Whether a signed-in person is a teacher."""
        return address.casefold() in {teacher.casefold() for teacher in self.teachers}


def current() -> Limits:
    """The limits of this server; ConfigError, one sentence, where the file is none."""
    path = os.environ.get(FILE)
    if not path:
        return Limits()
    try:
        return _read(path, Path(path).stat().st_mtime_ns)
    except OSError as error:
        raise ConfigError(f"the limits {path} cannot be read: {error.strerror}.") from error


def turns() -> tuple[int, int]:
    """How many trainings `run_queue` may have under way at once, and of one owner.

    One where a single person's queue is worked off.
    """
    if not mode.is_public():
        return 1, 1
    limits = current()
    return limits.trainings_at_once, limits.trainings_per_visitor


@functools.lru_cache(maxsize=4)
def _read(path: str, modified: int) -> Limits:
    return read(Path(path))


def read(path: Path) -> Limits:
    """The limits in a file; ConfigError where it cannot be read or says what is not known."""
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"the limits {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:  # of TOML, or of UTF-8
        raise ConfigError(f"the limits {path} are no TOML: {error}.") from error
    known = [field.name for field in fields(Limits)]
    if unknown := sorted(set(values) - set(known)):
        raise ConfigError(
            f"the limits {path} have an unknown setting, {unknown[0]}: use {', '.join(known)}."
        )
    if isinstance(values.get("teachers"), list):
        values["teachers"] = tuple(values["teachers"])
    try:
        return Limits(**values)
    except ConfigError as error:
        raise ConfigError(f"the limits {path}: {error}") from error
