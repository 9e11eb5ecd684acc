"""What `explore` and `LiveView` take as a model -> a checkpoint, with the data that came with it.

Weights of ours are shared, not copied: a model that is trained on decodes as it is by then.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from vae_explorer.data import datasets, given
from vae_explorer.data.forms.raw_data import RawData
from vae_explorer.data.reading import Reading
from vae_explorer.errors import CheckpointError, ConfigError, DataError
from vae_explorer.evaluation.opened_models import measuring_pictures
from vae_explorer.models.checkpoints import GIVEN, Checkpoint, encode_split
from vae_explorer.models.foreign.live.adapt import adapt
from vae_explorer.models.foreign.live.live_model import checkpoint_of
from vae_explorer.models.frozen_models import frozen_model
from vae_explorer.models.latent_model import LatentModel
from vae_explorer.models.vae import VAE
from vae_explorer.training.runs import live_models

MAX_POINTS = 20_000  # pictures that the widget encodes
UNMEASURED = "as is most common: without pictures nothing was measured."


def kept(
    model: Any, images: Any, labels: Any, name: str, hints: Mapping[str, Any]
) -> tuple[str, Checkpoint]:
    """Keep a model and its data among the app's; the name it is kept under, and the checkpoint."""
    raw = _raw(images, labels)
    ours = _of_ours(model, name, hints)
    name = name or (ours.name if ours else _name_of(model))
    if raw is None:
        return name, live_models.keep(name, ours or _adapted(model, None, None, name, hints))
    dataset = given.made(name, raw, (ours and ours.reading) or datasets.FOUND)
    ours = ours or _adapted(model, *measuring_pictures(dataset), name, hints)
    checkpoint = dataclasses.replace(
        _with_reading(ours, dataset.reading),
        dataset=dataset.name,
        classes=dataset.classes,
        encoded=None,
        detector=None,
    )
    given.keep(dataset, raw)  # now that nothing can fail: those of an earlier model are let go of
    return name, live_models.keep(name, checkpoint)


def encoded(model: Any, images: Any, labels: Any, hints: Mapping[str, Any]) -> Checkpoint:
    """The model with all pictures as its encoded ones, in their order: item i is picture i.

    Of more than MAX_POINTS the first. Without pictures it has those that its file brought.
    """
    raw = _raw(images, labels)
    ours = _of_ours(model, "", hints)
    if raw is None:
        return ours or _adapted(model, None, None, _name_of(model), hints)
    split, reading = given.in_order(raw, ours.reading if ours else None, MAX_POINTS)
    pictures = datasets.to_unit(split.images)
    if ours is None:
        several = split.labels if len(raw.classes) > 1 else None
        ours = _adapted(model, pictures, several, _name_of(model), hints)
    checkpoint = _with_reading(ours, reading)
    codes_of = encode_split(checkpoint.model, pictures, split.labels, GIVEN)
    return dataclasses.replace(
        checkpoint, dataset="", classes=raw.classes, encoded=codes_of, detector=None
    )


def _raw(images: Any, labels: Any) -> RawData | None:
    """What was handed over, as raw data; a loader is gone through once."""
    if images is None:
        if labels is not None:
            raise DataError("there are labels but no pictures: give both.")
        return None
    return given.raw_data(*given.as_arrays(images, labels))


def _of_ours(model: Any, name: str, hints: Mapping[str, Any]) -> Checkpoint | None:
    """A checkpoint that shares the model's weights; None for a model that is not ours.

    CheckpointError for what is no model, ConfigError for hints that a model of ours needs none of.
    """
    if isinstance(model, Checkpoint | LatentModel):
        if hints:
            raise ConfigError(f"{next(iter(hints))} is known of a model of ours: leave it out.")
        if isinstance(model, Checkpoint):
            return model
        return _of_vae(model, name) if isinstance(model, VAE) else _of_latent_model(model, name)
    functions = {"encode", "decode"} <= set(hints)
    if functions or isinstance(model, nn.Module) or callable(model) or _has_ways(model):
        return None
    raise CheckpointError(
        f"a {type(model).__name__} is no model: give a torch module, an object with encode and "
        "decode, or a Checkpoint; or None, with two functions as encode= and decode=."
    )


def _has_ways(model: Any) -> bool:
    names = (("encode", "encoder"), ("decode", "decoder"))
    return all(any(callable(getattr(model, name, None)) for name in pair) for pair in names)


def _name_of(model: Any) -> str:
    return "model" if model is None else type(model).__name__


def _adapted(
    model: Any, x: Tensor | None, y: Tensor | None, name: str, hints: Mapping[str, Any]
) -> Checkpoint:
    """Somebody's object, read on pictures; how it was read is printed."""
    adapted = adapt(model, x, y, **hints)
    lines = adapted.card.sentences() if adapted.card else [UNMEASURED]
    print("\n".join((f"{name} is read so:", *(f"  {line}" for line in lines))))
    return checkpoint_of(adapted, name)


def _of_latent_model(model: LatentModel, name: str) -> Checkpoint:
    return Checkpoint(model, model.config, name or type(model).__name__)


def _of_vae(model: VAE, name: str) -> Checkpoint:
    """A frozen twin with the same weights: neither its mode nor its gradients touch the model."""
    weights = {key: value.detach().cpu() for key, value in model.state_dict().items()}
    return Checkpoint(frozen_model(model.config, weights), model.config, name or "VAE")


def _with_reading(checkpoint: Checkpoint, reading: Reading) -> Checkpoint:
    if reading.image_shape != checkpoint.config.image_shape:
        raise DataError(
            f"the pictures are read as {reading.image_shape} (channels, height, width), but the "
            f"model takes {checkpoint.config.image_shape}: give pictures of that size."
        )
    return dataclasses.replace(checkpoint, reading=reading)
