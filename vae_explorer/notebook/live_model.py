"""What `explore` and `LiveView` take as a model -> a checkpoint, with the data that came with it.

Weights of ours are shared, not copied: a model that is trained on decodes as it is by then.
"""

import dataclasses
import importlib
from collections.abc import Mapping
from typing import Any

from numpy import ndarray
from torch import nn

from vae_explorer.data import datasets, given
from vae_explorer.data.forms.raw_data import RawData
from vae_explorer.data.reading import Reading
from vae_explorer.errors import CheckpointError, ConfigError, DataError
from vae_explorer.models import live_models
from vae_explorer.models.checkpoints import GIVEN, Checkpoint, encode_split, frozen_model
from vae_explorer.models.vae import VAE

MAX_POINTS = 20_000  # pictures that the widget encodes


def kept(
    model: Any, images: Any, labels: Any, name: str, hints: Mapping[str, Any]
) -> tuple[str, Checkpoint]:
    """Keep a model and its data among the app's; the name it is kept under, and the checkpoint."""
    raw, values, codes = _data(images, labels)
    checkpoint = _checkpoint_of(model, values, codes, name, hints)
    name = name or checkpoint.name
    if raw is not None:
        dataset = given.keep(name, raw, checkpoint.reading or datasets.FOUND)
        checkpoint = _with_reading(checkpoint, dataset.reading)
        checkpoint = dataclasses.replace(
            checkpoint, dataset=dataset.name, classes=dataset.classes, encoded=None, detector=None
        )
    return name, live_models.keep(name, checkpoint)


def encoded(model: Any, images: Any, labels: Any, hints: Mapping[str, Any]) -> Checkpoint:
    """The model with all pictures as its encoded ones, in their order: item i is picture i.

    Of more than MAX_POINTS the first. Without pictures it has those that its file brought.
    """
    raw, values, codes = _data(images, labels)
    checkpoint = _checkpoint_of(model, values, codes, "", hints)
    if raw is None:
        return checkpoint
    split, reading = given.in_order(raw, checkpoint.reading, MAX_POINTS)
    checkpoint = _with_reading(checkpoint, reading)
    pictures = datasets.to_unit(split.images)
    codes_of = encode_split(checkpoint.model, pictures, split.labels, GIVEN)
    return dataclasses.replace(
        checkpoint, dataset="", classes=raw.classes, encoded=codes_of, detector=None
    )


def _data(images: Any, labels: Any) -> tuple[RawData | None, ndarray | None, ndarray | None]:
    """Raw data, and the arrays it is of; a loader is gone through once."""
    if images is None:
        if labels is not None:
            raise DataError("there are labels but no pictures: give both.")
        return None, None, None
    values, codes = given.as_arrays(images, labels)
    return given.raw_data(values, codes), values, codes


def _checkpoint_of(
    model: Any,
    images: ndarray | None,
    labels: ndarray | None,
    name: str,
    hints: Mapping[str, Any],
) -> Checkpoint:
    """A checkpoint that shares the model's weights; CheckpointError where it cannot be read.

    images, labels : as they were handed over; None where there are none
    hints : of how the values of a model that is not ours are to be read
    """
    if isinstance(model, Checkpoint | VAE):
        if hints:
            raise ConfigError(f"{next(iter(hints))} is known of a model of ours: leave it out.")
        return model if isinstance(model, Checkpoint) else _of_vae(model, name)
    if not isinstance(model, nn.Module) and not callable(model):
        raise CheckpointError(
            f"a {type(model).__name__} is no model: give a torch module, or a Checkpoint."
        )
    try:  # only where it is needed
        live_object = importlib.import_module("vae_explorer.models.foreign.live_object")
    except ImportError as error:
        raise CheckpointError("only a Checkpoint or a VAE can be opened so far.") from error
    return live_object.adapt(model, images, labels, **hints).checkpoint


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
