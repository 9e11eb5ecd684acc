"""Ten test digits above their reconstructions."""

import streamlit as st

from vae_explorer import figures
from vae_explorer.data import datasets
from vae_explorer.models import inference
from vae_explorer.ui import messages
from vae_explorer.ui.session import latent_pictures, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import pictures, widgets

PER_ROW = 10


def show(space: Space) -> None:
    """A row of them, and the next ones on request."""
    if space.encoded is None:
        st.info(widgets.nothing_encoded(space))
        return
    if st.button("Ten others", icon=":material/refresh:", key="other_ten"):
        registry.TEST_DIGITS.put(registry.TEST_DIGITS.get(0) + 1)
    first = registry.TEST_DIGITS.get(0) * PER_ROW % len(space.encoded.mu)
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
