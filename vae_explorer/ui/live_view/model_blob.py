"""What the browser is sent of a model: its decoder as plain operations, and the weights."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...model import VAE, decoder_operations
from ...operations import Operation, build, describe

MOST_WEIGHTS = 6_000_000  # beyond, one picture takes too long for a hand that moves


class NotInBrowserError(ValueError):
    """The browser cannot run this decoder; the message is one sentence for the person."""


class BrowserDecoder(NamedTuple):
    """What decoder.js takes: `makeDecoder(spec, arrays)`."""

    spec: dict[str, Any]  # operations, latent, classes, side
    arrays: dict[str, np.ndarray]  # by state_dict name behind "decoder."


def browser_decoder(model: VAE) -> BrowserDecoder:
    """The decoder of a model, as exact as it is; NotInBrowserError says why there is none.

    Weights are half precision where every one of them is such a number (shipped models), else
    float32.
    """
    weights = model.decoder.state_dict(prefix="decoder.")
    operations = decoder_operations(model.config)
    try:
        described = describe(operations)
    except ValueError:
        described = None
    if described is None or _shapes(weights) != _shapes_of(operations):
        raise NotInBrowserError(
            "The browser cannot run this model: its decoder is not a list of known operations."
        )
    count = sum(weight.numel() for weight in weights.values())
    if count > MOST_WEIGHTS:
        raise NotInBrowserError(
            f"The browser would be too slow for this model: its decoder has {count:,} weights, "
            f"more than {MOST_WEIGHTS:,}."
        )
    if not all(weight.isfinite().all() for weight in weights.values()):
        raise NotInBrowserError(
            "The browser cannot run this model: its decoder has weights that are not finite."
        )
    config = model.config
    spec = {
        "operations": described,
        "latent": config.latent_dim,
        "classes": config.classes,
        "side": config.image_size,
    }
    return BrowserDecoder(spec, _arrays(weights))


def _arrays(weights: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    single = {name: weight.float().cpu().numpy() for name, weight in weights.items()}
    with np.errstate(over="ignore"):  # to infinity, which then differs
        half = {name: array.astype(np.float16) for name, array in single.items()}
    exact = all(np.array_equal(half[name], array) for name, array in single.items())
    return half if exact else single


def _shapes(weights: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: weight.shape for name, weight in weights.items()}


def _shapes_of(operations: list[Operation]) -> dict[str, torch.Size]:
    """The shapes that weights of these operations must have."""
    with torch.device("meta"):
        return _shapes(build(operations).state_dict(prefix="decoder."))
