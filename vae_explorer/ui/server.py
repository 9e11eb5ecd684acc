"""What happens once, when the server starts, and what every page has around it."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st

# What the theme cannot say: less empty space around a page that is looked at as a whole
STYLE = """<style>
.stMainBlockContainer { padding: 4.2rem 2.5rem 3rem; max-width: 1500px; }
@media (max-width: 640px) { .stMainBlockContainer { padding: 4rem 1rem 2rem; } }
</style>"""


@asynccontextmanager
async def ready(app: st.App) -> AsyncIterator[None]:
    """Open the doors once the default model can answer: the first visitor does not wait for it.

    Freezing afterwards takes the heavy libraries out of the full garbage collection that Streamlit
    does after each script run, which would hold up every visitor for 0.1 s each time.
    """
    warm_up()
    gc.collect()
    gc.freeze()
    yield


def warm_up() -> None:
    """Import what the default page needs, and decode once."""
    import torch

    from .. import inference
    from ..library import list_models
    from . import cache
    from .pages import explore  # noqa: F401

    torch.set_num_threads(1)  # a decode is 0.1 ms of work: threads would only get in the way
    for entry in list_models()[:1]:
        space = cache.space(cache.load(entry))
        inference.decode(space.checkpoint, space.centre)


def navigate():
    """The page to run: navigation and the model chooser, the same on every page."""
    from . import sidebar
    from .pages import explore, interpolate, reconstruct, train

    page = st.navigation(
        [
            st.Page(explore.page, title="Explore", icon=":material/explore:", default=True),
            st.Page(
                interpolate.page,
                title="Interpolate",
                icon=":material/conversion_path:",
                url_path="interpolate",
            ),
            st.Page(
                reconstruct.page,
                title="Reconstruct",
                icon=":material/compare:",
                url_path="reconstruct",
            ),
            st.Page(train.page, title="Train", icon=":material/model_training:", url_path="train"),
        ],
        position="top",
    )
    st.logo(Path(__file__).with_name("logo.svg"), size="large")
    st.html(STYLE)
    sidebar.show()
    return page
