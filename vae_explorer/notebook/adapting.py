"""`vae_explorer.adapt`: somebody's object as a model of ours, on pictures as they are at hand."""

from typing import Any

from vae_explorer.data import datasets, given
from vae_explorer.models.foreign.live import adapt as live
from vae_explorer.models.foreign.live.live_model import LiveModel

MAX_PICTURES = 5_000  # that are read, of which some are measured on


def adapt(model: Any, images: Any = None, labels: Any = None, **hints: Any) -> LiveModel:
    """A live object with `encode`, `decode`, `latent_dim`, `image_shape` and its `card`.

    Pictures are what `explore` takes; without any, nothing is measured and `card` is None. For the
    rest see `vae_explorer.models.foreign.live.adapt.adapt`.
    """
    if images is None:
        return live.adapt(model, **hints)
    raw = given.raw_data(*given.as_arrays(images, labels))
    split, _ = given.in_order(raw, None, MAX_PICTURES)
    told = split.labels if len(raw.classes) > 1 else None
    return live.adapt(model, datasets.to_unit(split.images), told, **hints)
