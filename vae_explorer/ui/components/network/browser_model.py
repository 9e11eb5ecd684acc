"""What the browser is sent of a model: encoder and decoder as plain operations, and the weights."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.foreign.adapter import WIDEST_LOGVAR, ForeignModel, ValueReading
from vae_explorer.models.latent_model import LOGVAR_RANGE, LatentModel, Part
from vae_explorer.models.operations.description import describe
from vae_explorer.models.operations.kinds import Operation
from vae_explorer.models.operations.modules import build
from vae_explorer.ui.session.work.kept import kept

MOST_WEIGHTS = 6_000_000  # beyond, a page takes too long to load
MOST_COST = 500_000_000  # of one picture: beyond, it takes too long for a hand that moves


class NotInBrowserError(ValueError):
    """The browser cannot run this part; the message is one sentence for the person."""


class BrowserPart(NamedTuple):
    """What decoder.js or encoder.js takes: `makeDecoder(spec, arrays)`, `makeEncoder(…)`."""

    spec: dict[str, Any]  # operations, latent, classes, shape (C, H, W), cost
    arrays: dict[str, np.ndarray]  # by state_dict name behind "decoder." or "encoder."


def browser_decoder(model: LatentModel) -> BrowserPart:
    """The decoder of a model, as exact as it is; NotInBrowserError says why there is none.

    Weights are half precision where every one of them is such a number (shipped models), else
    float32.
    """
    part = _part("decoder", model, model.decoder_part())
    if not isinstance(model, ForeignModel):
        return part
    reading = model.config.reading
    output: dict[str, Any] = _order(reading)
    if reading.output == "values":
        output |= {"kind": "affine", "factor": reading.output_std, "shift": reading.output_mean}
    return part._replace(spec=part.spec | {"output": output})


def browser_encoder(model: LatentModel) -> BrowserPart:
    """The encoder with its heads as last operation, mu before logvar; otherwise as the decoder.

    The specification further has the `logvar` range, None for a plain autoencoder; and of a model
    made elsewhere how its `input` and its `heads` are read.
    """
    part = _part("encoder", model, model.encoder_part())
    if not isinstance(model, ForeignModel):
        logvar = LOGVAR_RANGE if model.config.variational else None
        return part._replace(spec=part.spec | {"logvar": logvar})
    reading = model.config.reading
    pairs = list(zip(reading.input_mean, reading.input_std, strict=True))
    taken = {
        "factor": [1 / std for _, std in pairs],
        "shift": [-mean / std for mean, std in pairs],
        "flat": reading.pixel_layout.startswith("flat"),
    }
    single = reading.second_head == "none"
    heads = {
        "first": int(reading.head_order == "mean_second"),
        "second": None if single else reading.second_head,
    }
    given = {"input": taken | _order(reading), "heads": heads}
    logvar = WIDEST_LOGVAR if model.config.variational else None
    return part._replace(spec=part.spec | given | {"logvar": logvar})


def _order(reading: ValueReading) -> dict[str, Any]:
    """Of pixels and colours, as the browser is told."""
    last = reading.pixel_layout.endswith("channels_last")
    return {
        "order": "channels_last" if last else "image",
        "colours": reading.channel_order,
    }


@kept(12)
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


def _part(name: str, model: LatentModel, part: Part | None) -> BrowserPart:
    unknown = f"The browser cannot run this model: its {name} is not a list of known operations."
    if part is None:
        raise NotInBrowserError(unknown)
    try:
        described = describe(part.operations, part.shape)
    except ValueError:
        raise NotInBrowserError(unknown) from None
    weights = {f"{name}.{key}": weight for key, weight in part.weights.items()}
    if _shapes(weights) != _shapes_of(part.operations, name):
        raise NotInBrowserError(unknown)
    _check_size(name, described, weights)
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


def _check_size(
    name: str, described: Sequence[Mapping[str, Any]], weights: Mapping[str, Tensor]
) -> None:
    """NotInBrowserError where a hand that moves would have to wait, or numbers are none."""
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


def _arrays(weights: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    single = {name: weight.float().cpu().numpy() for name, weight in weights.items()}
    with np.errstate(over="ignore"):  # to infinity, which then differs
        half = {name: array.astype(np.float16) for name, array in single.items()}
    exact = all(np.array_equal(half[name], array) for name, array in single.items())
    return half if exact else single


def _shapes(weights: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: weight.shape for name, weight in weights.items()}


def _shapes_of(operations: Sequence[Operation], name: str) -> dict[str, torch.Size]:
    """The shapes that weights of these operations must have."""
    with torch.device("meta"):
        return _shapes(build(operations).state_dict(prefix=f"{name}."))
