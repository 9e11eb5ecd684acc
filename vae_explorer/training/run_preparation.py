"""What has to agree before a run: a model's shape with the pictures, as they are read.

Reads the data set, changes settings, and says what it changed. Makes no folder.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from vae_explorer.config import ModelConfig, TrainConfig, shape_text
from vae_explorer.data.datasets import Dataset, Split, load_dataset
from vae_explorer.molecule_config import MoleculeTrainConfig
from vae_explorer.molecules import molecule_sets
from vae_explorer.presets import PRESETS
from vae_explorer.training import engine
from vae_explorer.training.engine import check_fit

BATCHES_MEASURED = 4  # of an estimate: some tenths of a second by a small model
NEARLY = 0.1  # of white: how far from black or white a pixel is that counts as either
BINARY_SHARE = 0.8  # of pixels near black or white, from which a picture is nearly binary
FEW, SMALL_BATCH = 1_000, 16  # pictures: of fewer, batches are that small
PICTURES_SEEN, MAX_EPOCHS = 100_000, 400  # in all epochs together, but of very few
BERNOULLI_COLOUR = (
    "The pixels are taken for Bernoulli, which suits black and white: for colour choose the "
    "likelihood gaussian, with pixel scale 0 to learn it."
)
PRESET_SIDES = {"conv-28": 40, "conv-64": 90, "conv-128": 256}  # longest side that each suits


class Preparation(NamedTuple):
    """A run that can begin, and what there is to say of it."""

    config: TrainConfig
    dataset: Dataset
    notes: tuple[str, ...]  # sentences: how the data is read, and what that changed in the model


def prepare(
    config: TrainConfig,
    dataset: Dataset | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Preparation:
    """The settings with the model's shape made that of the data; DataError, ConfigError.

    `dataset` is what the settings name, where it has been read already; `progress` is told of the
    reading of molecules.
    """
    if isinstance(config, MoleculeTrainConfig):
        of_molecules, dataset = molecule_sets.load(config, progress=progress)
        return Preparation(replace(config, model=of_molecules), dataset, dataset.notes)
    dataset = dataset or dataset_of(config)
    model, note = fit_to_pictures(config.model, dataset.train.image_shape)
    check_fit(model, dataset.train)
    notes = [note] if note else []
    if model.channels == 3 and model.likelihood == "bernoulli":
        notes.append(BERNOULLI_COLOUR)
    return Preparation(replace(config, model=model), dataset, (*dataset.notes, *notes))


def is_open(config: TrainConfig) -> bool:
    """Whether settings leave open what only the data says: the tokens of molecules."""
    return isinstance(config, MoleculeTrainConfig) and not (
        config.model.tokens and config.model.length
    )


def dataset_of(config: TrainConfig) -> Dataset:
    """The data set that settings name, as they say that it is read; DataError."""
    if isinstance(config, MoleculeTrainConfig):
        return molecule_sets.load(config)[1]
    return load_dataset(config.dataset, choice=config.reading)


def fit_to_pictures(model: ModelConfig, shape: tuple[int, int, int]) -> tuple[ModelConfig, str]:
    """A model of pictures (channels, height, width), and the sentence that says so.

    Nothing is said where it was one already. ConfigError where its layers do not fit them.
    """
    if model.image_shape == shape:
        return model, ""
    channels, height, width = shape
    fitted = replace(
        model,
        channels=channels,
        image_size=height,
        image_width=0 if width == height else width,
    )
    return fitted, f"The model is made for the pictures: {shape_text(fitted.image_shape)}."


def suggested_settings(split: Split) -> tuple[str, dict[str, Any]]:
    """A preset that suits training pictures of this shape, and settings that suit the set.

    Bernoulli pixels where pictures are nearly black and white, else Gaussian ones with a learned
    scale; of few pictures more epochs, in smaller batches.
    """
    longer = max(split.image_shape[1:])
    preset = next(name for name, most in PRESET_SIDES.items() if longer <= most)
    few, least = len(split) < FEW, PRESETS[preset].epochs
    settings: dict[str, Any] = {
        "epochs": min(MAX_EPOCHS, max(least, PICTURES_SEEN // len(split))),
        "batch_size": SMALL_BATCH if few else PRESETS[preset].batch_size,
    }
    if is_nearly_binary(split):
        return preset, settings | {"likelihood": "bernoulli", "pixel_scale": 1.0}
    return preset, settings | {"likelihood": "gaussian", "pixel_scale": 0.0}


def is_nearly_binary(split: Split) -> bool:
    """Whether nearly all pixels of grey pictures are near black or white."""
    if split.image_shape[0] != 1:
        return False
    away = 255 * NEARLY
    pixels = split.images[:1000].float()
    return bool(((pixels < away) | (pixels > 255 - away)).float().mean() >= BINARY_SHARE)


def seconds_to_train(config: TrainConfig, images: Split) -> float:
    """How long a run on these pictures would take by the threads of this process, in seconds.

    Measured by an epoch on a few of them, behind one that warms up.
    """
    few = images.images[: BATCHES_MEASURED * config.batch_size]
    some = Split(few, images.labels[: len(few)])
    short = replace(config, epochs=2, polish_epochs=0, encoder_epochs=0, limit=0)
    *_, last = engine.train(short, some, Split(few[:1], images.labels[:1]))
    learned = min(config.limit, len(images)) if config.limit else len(images)
    return config.total_epochs * learned / last.images_per_second
