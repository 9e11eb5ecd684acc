"""What the browser is sent of a model: encoder and decoder as plain operations, and the weights."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.latent_model import LOGVAR_RANGE
from vae_explorer.models.operations.description import describe
from vae_explorer.models.operations.kinds import Linear, Operation
from vae_explorer.models.operations.modules import build
from vae_explorer.models.vae import VAE, decoder_operations, encoder_operations
from vae_explorer.ui.session import model_cache

MOST_WEIGHTS = 6_000_000  # beyond, a page takes too long to load
MOST_COST = 500_000_000  # of one picture: beyond, it takes too long for a hand that moves


class NotInBrowserError(ValueError):
    """The browser cannot run this part; the message is one sentence for the person."""


class BrowserPart(NamedTuple):
    """What decoder.js or encoder.js takes: `makeDecoder(spec, arrays)`, `makeEncoder(…)`."""

    spec: dict[str, Any]  # operations, latent, classes, shape (C, H, W), cost
    arrays: dict[str, np.ndarray]  # by state_dict name behind "decoder." or "encoder."


def browser_decoder(model: VAE) -> BrowserPart:
    """The decoder of a model, as exact as it is; NotInBrowserError says why there is none.

    Weights are half precision where every one of them is such a number (shipped models), else
    float32.
    """
    weights, config = model.decoder.state_dict(prefix="decoder."), model.config
    shape = (config.latent_dim + config.classes,)
    return _part("decoder", model, decoder_operations(config), shape, weights)


def browser_encoder(model: VAE) -> BrowserPart:
    """The encoder with its heads as last operation, mu before logvar; otherwise as the decoder.

    The specification further has the `logvar` range, None for a plain autoencoder.
    """
    operations, config = encoder_operations(model.config), model.config
    heads = [model.mean_layer, *([model.log_variance_layer] if config.variational else [])]
    last = Linear(heads[0].in_features, len(heads) * config.latent_dim)
    weights = model.encoder.state_dict(prefix="encoder.")
    for name in ("weight", "bias"):
        both = torch.cat([getattr(head, name).detach() for head in heads])
        weights[f"encoder.{len(operations)}.{name}"] = both
    shape = config.image_shape if config.convolutions else (config.pixels + config.classes,)
    spec, arrays = _part("encoder", model, [*operations, last], shape, weights)
    return BrowserPart(spec | {"logvar": LOGVAR_RANGE if config.variational else None}, arrays)


@st.cache_resource(show_spinner=False, max_entries=12, hash_funcs=model_cache.BY_CONTENT)
def decoder_or_reason(checkpoint: Checkpoint) -> BrowserPart | str:
    """The decoder for the browser, or the sentence that says why it has to run on the server."""
    try:
        return browser_decoder(checkpoint.model)
    except NotInBrowserError as error:
        return str(error)


def cost(described: Sequence[Mapping[str, Any]]) -> int:
    """Multiplications of one run of the operations that `describe` gives, as PyTorch does them.

    Of pooling what is looked at; what is done once a value (activations, scales) is left out.
    """
    return sum(_cost(**operation) for operation in described)


def _cost(kind: str, **settings: Any) -> int:
    match kind:
        case "linear":
            return settings["inputs"] * settings["outputs"]
        case "fourier":
            return settings["inputs"] * settings["features"]
        case "residual":
            return cost(settings["operations"])
        case "upsample" if settings["mode"] == "bilinear":
            return 4 * settings["factor"] ** 2 * _values(settings)
        case "transposed_convolve":
            return settings["outputs"] * settings["kernel"] ** 2 * _values(settings)
        case "convolve" | "max_pool" | "average_pool":
            seen = settings["channels"] * settings["kernel"] ** 2  # for one output pixel
            seen *= settings.get("outputs", 1)
            places = math.prod(_windows(settings[side], settings) for side in ("height", "width"))
            return seen // settings.get("groups", 1) * places
    return 0


def _values(settings: Mapping[str, Any]) -> int:
    """Of the picture that an operation takes."""
    return settings["channels"] * settings["height"] * settings["width"]


def _windows(side: int, settings: Mapping[str, Any]) -> int:
    """How many places a kernel has along a side."""
    seen = settings.get("dilation", 1) * (settings["kernel"] - 1) + 1
    return (side + 2 * settings["padding"] - seen) // settings["stride"] + 1


def _part(
    name: str,
    model: VAE,
    operations: list[Operation],
    shape: tuple[int, ...],
    weights: Mapping[str, Tensor],
) -> BrowserPart:
    try:
        described = describe(operations, shape)
    except ValueError:
        described = None
    if described is None or _shapes(weights) != _shapes_of(operations, name):
        raise NotInBrowserError(
            f"The browser cannot run this model: its {name} is not a list of known operations."
        )
    count = sum(weight.numel() for weight in weights.values())
    for much, most, what in (
        (count, MOST_WEIGHTS, "weights"),
        (cost(described), MOST_COST, "multiplications a picture"),
    ):
        if much > most:
            raise NotInBrowserError(
                f"The browser would be too slow for this model: its {name} has {much:,} {what}, "
                f"more than {most:,}."
            )
    if not all(weight.isfinite().all() for weight in weights.values()):
        raise NotInBrowserError(
            f"The browser cannot run this model: its {name} has weights that are not finite."
        )
    config = model.config
    spec = {
        "operations": described,
        "latent": config.latent_dim,
        "classes": config.classes,
        "shape": config.image_shape,
        "cost": cost(described),
    }
    needed = {name: w for name, w in weights.items() if not name.endswith("num_batches_tracked")}
    return BrowserPart(spec, _arrays(needed))


def _arrays(weights: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    single = {name: weight.float().cpu().numpy() for name, weight in weights.items()}
    with np.errstate(over="ignore"):  # to infinity, which then differs
        half = {name: array.astype(np.float16) for name, array in single.items()}
    exact = all(np.array_equal(half[name], array) for name, array in single.items())
    return half if exact else single


def _shapes(weights: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: weight.shape for name, weight in weights.items()}


def _shapes_of(operations: list[Operation], name: str) -> dict[str, torch.Size]:
    """The shapes that weights of these operations must have."""
    with torch.device("meta"):
        return _shapes(build(operations).state_dict(prefix=f"{name}."))
