"""Styles as every class, by one model: a row for each style, a column for each class."""

import torch
from torch import Tensor

from vae_explorer import figures
from vae_explorer.errors import DataError
from vae_explorer.evaluation.classes.class_judge import Classifier
from vae_explorer.latent import generation, geometry
from vae_explorer.latent.generation import Generated, class_name
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui import messages
from vae_explorer.ui.components.wall import OTHER_CLASS, SOURCE_CLASS, Tile, wall
from vae_explorer.ui.pages.generate.model_pair import PairedModel
from vae_explorer.ui.pages.generate.style_sources import Styles
from vae_explorer.ui.shared import page_links

MOST_CLASSES = 12  # columns that can still be told apart


def show(model: PairedModel, styles: Styles, classifier: Classifier | None) -> None:
    """The wall; DataError where the model cannot take these styles."""
    z = _codes(model, styles)
    if z is None:
        messages.note("A random style has no class of its own to start from.")
        return
    space = model.space
    made = generation.in_every_class(space.checkpoint, space.encoded, z, styles.labels)
    count = min(made.pictures.shape[1], MOST_CLASSES)
    first = 0 if styles.images is None else 1  # the style itself stands before its classes
    alone = len(styles.names) == 1  # a single row may wrap: what stands above goes below
    wall(
        _tiles(space.checkpoint, styles, made.pictures[:, :count], classifier, captions=alone),
        key=f"styles_{model.kind}",
        label=f"Styles as every class by {model.title}; Enter opens one on Explore",
        on_open=lambda tile: _open(model, styles, made, *divmod(tile, first + count), first),
        columns=None if alone else first + count,
        heads=() if alone else [*["style"][:first], *space.classes[:count]],
        size=72,
    )


def _open(
    model: PairedModel, styles: Styles, made: Generated, row: int, column: int, first: int
) -> None:
    """Show a tile on Explore; the style itself as its own class."""
    label = column - first
    if label < 0 and styles.labels is not None:
        label = int(styles.labels[row])
    page_links.at(model.space, made.z[row, label].nan_to_num(), label, model.key)


def _codes(model: PairedModel, styles: Styles) -> Tensor | None:
    """The styles as a model codes them, (n, D); None where it cannot start from a random z."""
    checkpoint, encoded = model.space.checkpoint, model.space.encoded
    if styles.seeds is not None:
        dims = checkpoint.config.latent_dim
        return geometry.prior_samples(styles.seeds, dims) if model.conditional else None
    assert styles.images is not None and styles.labels is not None
    count = checkpoint.config.classes or len(model.space.classes)
    if styles.labels.max() >= count:
        raise DataError(f"{model.title} has {count} classes, and a style is of another.")
    if styles.items is None:
        labels = styles.labels if model.conditional else 0
        return inference.reconstruct(checkpoint, styles.images, labels).mu
    if encoded is None:
        raise DataError(f"{model.title} carries no encoded pictures to take styles from.")
    if not torch.equal(encoded.labels[styles.items], styles.labels):
        raise DataError(f"{model.title} carries other pictures than the model it is compared with.")
    return encoded.mu[styles.items]


def _tiles(
    checkpoint: Checkpoint,
    styles: Styles,
    made: Tensor,
    classifier: Classifier | None,
    captions: bool,
) -> list[Tile]:
    """Row by row the style, where it has a picture, and pictures (n, classes, C, H, W) of all."""
    classes = _classified(made, classifier)
    pictures, tiles = figures.to_bytes(made), []
    for row, style in enumerate(styles.names):
        if styles.images is not None:
            picture = figures.to_bytes(styles.images[row])
            tiles.append(Tile(picture, "style" if captions else "", style))
        own_class = None if styles.labels is None else int(styles.labels[row])
        for label, shown in enumerate(classes[row]):
            name = class_name(checkpoint, label)
            about, tone = f"{style} as {name}", ""
            if shown != label:
                about, tone = f"{about}, classified as {class_name(checkpoint, shown)}", OTHER_CLASS
            elif label == own_class:
                tone = SOURCE_CLASS
            tiles.append(Tile(pictures[row, label], name if captions else "", about, tone))
    return tiles


def _classified(made: Tensor, classifier: Classifier | None) -> list[list[int]]:
    """What pictures (n, classes, C, H, W) show; without a classifier, the class that was meant."""
    rows, count = made.shape[:2]
    if classifier is None:
        return [list(range(count))] * rows
    return classifier.classify(made.flatten(0, 1)).view(rows, count).tolist()
