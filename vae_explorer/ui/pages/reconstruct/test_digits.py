"""Ten test digits above their reconstructions."""

import streamlit as st
from torch import Tensor

from vae_explorer import figures
from vae_explorer.data import datasets
from vae_explorer.models import inference
from vae_explorer.ui import messages
from vae_explorer.ui.components import picker
from vae_explorer.ui.session import latent_pictures, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import neighbours, pictures, widgets

PER_ROW = 10


def show(space: Space) -> Tensor | None:
    """A row of them, the next ones on request, and the one that was picked, (C, H, W)."""
    if space.encoded is None:
        st.info(widgets.nothing_encoded(space))
        return None
    if st.button("Ten others", icon=":material/refresh:", key="other_ten"):
        registry.TEST_DIGITS.put(registry.TEST_DIGITS.counter() + 1)
    first = registry.TEST_DIGITS.counter() * PER_ROW % len(space.encoded.mu)
    indices = list(range(first, min(first + PER_ROW, len(space.encoded.mu))))
    tiles, original = latent_pictures.encoded_pictures(space, indices)
    encoded = space.encoded
    decoded = inference.decode(space.checkpoint, encoded.mu[indices], encoded.labels[indices])
    if original:
        pictures.strips(
            [tiles, decoded],
            ["original", "reconstruction"],
            f"ten test {space.noun}s above their reconstructions",
        )
    else:
        pictures.strips([decoded], ["reconstruction"], f"ten reconstructed test {space.noun}s")
        dataset = messages.plain(datasets.title(space.checkpoint.dataset)) or "the data set"
        messages.note(
            f"The original pictures of {dataset} are not on "
            "this disk, so only their reconstructions can be shown. The Train page downloads them."
        )
    sheet = figures.contact_sheet([tiles, decoded] if original else [decoded])
    widgets.download(
        "As PNG", lambda: figures.png(sheet, 4), "reconstructions.png", "image/png", "save_ten"
    )
    return _picked(space, indices, tiles)


def _picked(space: Space, indices: list[int], tiles: Tensor) -> Tensor | None:
    """One of the ten to look at closely; None until one was picked."""
    looked_at = registry.TEST_DIGIT_CHOSEN
    looked_at.start_over_for(space.pictures, None)
    chosen = looked_at.start(looked_at.linked_number)
    looked_at.write_link(None if chosen is None else str(chosen))
    picker.pick(
        tiles,
        [neighbours.class_name(space, index) for index in indices],
        key="test_digit_picker",
        label=f"Test {space.noun}s",
        title="Pick one to look at it closely",
        chosen=indices.index(chosen) if chosen in indices else None,
        size=44,
        on_pick=lambda position: looked_at.put(indices[position]),
    )
    return tiles[indices.index(chosen)] if chosen in indices else None
