"""The names by which what sessions share was asked for before it was parted."""

from vae_explorer.ui.session.dataset_cache import at_hand
from vae_explorer.ui.session.dataset_cache import load as dataset
from vae_explorer.ui.session.latent_pictures import decoded_slice as plane
from vae_explorer.ui.session.latent_pictures import encoded_pictures as pictures
from vae_explorer.ui.session.latent_pictures import originals
from vae_explorer.ui.session.latent_space import (
    AXES_SHOWN,
    Space,
    drawable,
    project,
    spread_first,
    tsne,
)
from vae_explorer.ui.session.latent_space import of as space
from vae_explorer.ui.session.model_cache import BY_CONTENT, load, summary

__all__ = [
    "AXES_SHOWN",
    "BY_CONTENT",
    "Space",
    "at_hand",
    "dataset",
    "drawable",
    "load",
    "originals",
    "pictures",
    "plane",
    "project",
    "space",
    "spread_first",
    "summary",
    "tsne",
]
