"""The door of a run folder: its status, its epochs' figures and codes, with nothing taken on trust.

Other processes, other versions and hands write these files too. What is not as it should be is one
sentence that names the file, so that a page can show that run's row and go on with the others.
"""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from vae_explorer.config import MAX_CLASSES
from vae_explorer.data.datasets import Split
from vae_explorer.errors import RunError
from vae_explorer.files import read_json

MAX_TEXT = 64 * 2**20  # bytes of metrics.jsonl: 60,000 epochs of a model of 64 coordinates
MAX_EPOCH_BYTES = 256 * 2**20  # of one epoch's codes and reconstructions
MAX_EPOCHS = 10**7
STATES = ("queued", "starting", "running", "stopping", "stopped", "finished", "failed", "lost")
MEANS = ("loss", "reconstruction", "kl")


class RawStatus(NamedTuple):
    """What `status.json` says, as far as it can be read."""

    state: str = "lost"
    message: str = ""
    pid: int = 0  # of the process that wrote it
    host: str = ""  # the machine or container that this process is on; of older runs not known
    heartbeat: float = 0.0  # time.time() when it was written
    epoch: int = 0
    epochs: int = 0


class Snapshot(NamedTuple):
    """Validation pictures as encoded and reconstructed after one epoch."""

    mu: Tensor  # (N, D) float32; a diverged model's may be infinite
    reconstructions: Tensor  # uint8, (n, H, W) or (n, 3, H, W)


def read_status(path: Path) -> RawStatus:
    """The status of a run; one that cannot be read is that of a lost run, and says why."""
    raw = read_json(path)
    if not isinstance(raw, dict):
        return RawStatus(message="its status cannot be read.")
    status = RawStatus(**{name: raw[name] for name in RawStatus._fields if name in raw})
    wrong = [name for name, sound in _STATUS.items() if not sound(getattr(status, name))]
    if wrong:
        named = f"{wrong[0]} {str(getattr(status, wrong[0]))[:40]!r}"
        return RawStatus(message=f"its status cannot be read: status.json has {named}.")
    return status


def read_epochs(path: Path) -> list[dict[str, Any]]:
    """The lines of `metrics.jsonl`, one an epoch, in order; none where there is no such file.

    A last line that was not finished is left out. RunError for a line that is no epoch's, by its
    number, and for a file larger than 64 MB.
    """
    try:
        if path.stat().st_size > MAX_TEXT:
            raise RunError(f"metrics.jsonl is larger than {MAX_TEXT // 2**20} MB.")
        lines = path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(f"metrics.jsonl cannot be read: {error.strerror}.") from error
    return [_epoch(line, number) for number, line in enumerate(lines, start=1)]


def read_snapshot(path: Path) -> Snapshot | None:
    """Codes and reconstructions of an epoch, or None where they are missing, damaged or others."""
    tensors = _some_tensors(path)
    mu, pictures = tensors.get("mu"), tensors.get("reconstructions")
    if mu is None or pictures is None or not mu.dtype.is_floating_point:
        return None
    if mu.ndim != 2 or not mu.shape[1] or not _are_pictures(pictures):
        return None
    return Snapshot(mu.float(), pictures)


def read_pictures(path: Path) -> Split | None:
    """What snapshots are of: pictures as they are stored, and the labels (N,) of the codes.

    None where they are missing, damaged or others.
    """
    tensors = _some_tensors(path)
    images, labels = tensors.get("images"), tensors.get("labels")
    if images is None or labels is None or not _are_pictures(images) or labels.ndim != 1:
        return None
    whole = not (labels.dtype.is_floating_point or labels.dtype.is_complex)
    if not (whole and len(labels) and 0 <= int(labels.min()) <= int(labels.max()) < MAX_CLASSES):
        return None
    return Split(images, labels.long())


def load_tensors(path: Path) -> dict[str, Tensor] | None:
    """The tensors of a safetensors file, or None where it is missing or damaged."""
    try:
        return safetensors.torch.load(path.read_bytes())
    except (OSError, SafetensorError, RuntimeError, ValueError, KeyError):
        return None


def _some_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a file of one epoch; none where it is missing, damaged or too large."""
    try:
        if path.stat().st_size > MAX_EPOCH_BYTES:
            return {}
    except OSError:
        return {}
    return load_tensors(path) or {}


def _are_pictures(pictures: Tensor) -> bool:
    grey, colour = pictures.ndim == 3, pictures.ndim == 4 and pictures.shape[1] == 3
    return (grey or colour) and pictures.dtype == torch.uint8 and 0 not in pictures.shape[1:]


def _epoch(line: bytes, number: int) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RunError(f"line {number} of metrics.jsonl is no JSON.") from error
    if not isinstance(values, dict):
        raise RunError(f"line {number} of metrics.jsonl is no object of named figures.")
    if wrong := _wrong(values):
        raise RunError(f"line {number} of metrics.jsonl has no readable {wrong}.")
    return values


def _wrong(values: Mapping[str, Any]) -> str:
    """The name of the first figure of an epoch that is missing or is none; "" if all are well."""
    for split in ("train", "validation"):
        means = values.get(split)
        if not isinstance(means, dict):
            return split
        if unread := [name for name in MEANS if not _is_number(means.get(name))]:
            return f"{unread[0]} of {split}"
    for name, sound in _EPOCH.items():
        if not sound(values.get(name)):
            return name
    return next((n for n, sound in _LATER.items() if n in values and not sound(values[n])), "")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer of more than 308 digits
        return False


def _counts(low: int) -> Callable[[Any], bool]:
    return lambda v: type(v) is int and low <= v <= MAX_EPOCHS


def _is_not_negative(value: Any) -> bool:
    return _is_number(value) and value >= 0


def _are_numbers(values: Any) -> bool:
    return isinstance(values, list) and bool(values) and all(map(_is_number, values))


_STATUS: dict[str, Callable[[Any], bool]] = {
    "state": lambda v: v in STATES,
    "message": lambda v: isinstance(v, str),
    "pid": lambda v: type(v) is int,
    "host": lambda v: isinstance(v, str),
    "heartbeat": _is_number,
    "epoch": _counts(0),
    "epochs": _counts(0),
}
_EPOCH: dict[str, Callable[[Any], bool]] = {
    "epoch": _counts(1),
    "epochs": _counts(1),
    "kl_per_dimension": _are_numbers,
    "beta": _is_not_negative,
    "seconds": _is_not_negative,
    "images_per_second": _is_not_negative,
}
_LATER: dict[str, Callable[[Any], bool]] = {  # which runs of earlier versions did not note
    "best": lambda v: isinstance(v, bool),
    "phase": lambda v: isinstance(v, str),
    "lattice_nll": lambda v: v is None or _is_number(v),
    "learning_rate": _is_not_negative,
    "threads": _counts(1),
}
