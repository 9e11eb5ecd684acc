"""What a call of somebody's model gives, whatever it is packed in, as named tensors.

Tuples, lists, dictionaries, dataclasses, distributions and objects with attributes are opened;
arrays of other libraries become tensors.
"""

import contextlib
import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Distribution

from vae_explorer.errors import CheckpointError

MAX_DEPTH = 4
MAX_PARTS = 64
ATTRIBUTES = (  # of objects that are no containers, in the order they are looked for
    *("mean", "mu", "loc", "embedding", "logvar", "log_var", "log_variance", "log_covariance"),
    *("std", "stddev", "scale", "sigma", "var", "variance", "logits", "probs"),
    *("latent_dist", "latents", "latent", "sample", "reconstruction", "recon_x", "recon", "x_hat"),
)
SECOND = (  # of names: what a second head is called, and what it then is
    (r"log_?sigma|log_?std|log_?scale|log_?dev", "log_standard_deviation"),
    (r"log_?(var|cov)|lv$|_var$|fc_?var", "log_variance"),
    (r"sigma|std|scale|stdev|deviation", "standard_deviation"),
    (r"var", "variance"),
)
MEAN = r"(^|[._])(mu|mean|means|loc|mode|embedding|z_mean|z_mu|m)\d*$"


class Named(NamedTuple):
    """A tensor and the way to it."""

    path: str  # such as "[1]", ".latent_dist.mean", "logvar"
    value: Tensor


def parts(output: Any) -> list[Named]:
    """All tensors in an output, in order."""
    found: list[Named] = []
    for part in _walk(output, "", 0):
        found.append(part)
        if len(found) == MAX_PARTS:
            break
    return found


def at(output: Any, path: str) -> Tensor:
    """The tensor at a path that `parts` has given; CheckpointError where it is gone."""
    for part in parts(output):
        if part.path == path:
            return part.value
    raise CheckpointError(f"the model no longer gives {path}.")


def as_tensor(value: Any) -> Tensor | None:
    """A tensor of numbers as it is, an array as a tensor, anything else None."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, np.ndarray) or hasattr(value, "__array__"):
        try:
            array = np.asarray(value)
        except Exception:  # of any library
            return None
        return torch.from_numpy(np.array(array)) if array.dtype.kind in "fiu" else None
    return None


def second_kind(path: str) -> str:
    """What a head of this name is, a `SecondHead`; "" where the name does not say."""
    name = path.lower()
    return next((kind for pattern, kind in SECOND if re.search(pattern, name)), "")


def is_mean(path: str) -> bool:
    """Whether a head of this name is the mean."""
    return bool(re.search(MEAN, path.lower()))


def _walk(value: Any, path: str, depth: int) -> Iterator[Named]:
    if depth > MAX_DEPTH or value is None or isinstance(value, str | bytes | int | float):
        return
    tensor = as_tensor(value)
    if tensor is not None:
        yield Named(path or ".", tensor)
    elif isinstance(value, Distribution):
        yield from _of_distribution(value, path)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _walk(item, f"{path}.{key}", depth + 1)
    elif hasattr(value, "_fields") or dataclasses.is_dataclass(value):
        names = getattr(value, "_fields", None) or [f.name for f in dataclasses.fields(value)]
        for name in names:
            yield from _walk(getattr(value, name), f"{path}.{name}", depth + 1)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _walk(item, f"{path}[{index}]", depth + 1)
    else:
        yield from _of_object(value, path, depth)


def _of_distribution(value: Distribution, path: str) -> Iterator[Named]:
    inner = getattr(value, "base_dist", value)
    if isinstance(logits := inner.__dict__.get("logits"), Tensor):
        yield Named(f"{path}.logits", logits)
        return
    for name in ("mean", "stddev"):  # some have neither
        with contextlib.suppress(NotImplementedError, AttributeError):
            yield Named(f"{path}.{name}", getattr(value, name))


def _of_object(value: Any, path: str, depth: int) -> Iterator[Named]:
    for name in ATTRIBUTES:
        try:
            item = getattr(value, name, None)
        except Exception:  # a property of somebody's object may raise anything
            continue
        if item is not None and not callable(item):
            yield from _walk(item, f"{path}.{name}", depth + 1)
