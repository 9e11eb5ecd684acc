"""Codes alone, added by a visitor: shown on Explore, and refused in a sentence elsewhere."""

import code_files
import numpy as np
import pytest
from visible import assert_fine, coordinates, pictures, place

from vae_explorer.ui.navigation import PAGES

NETWORK_PAGES = [entry.name for entry in PAGES if entry.needs]


def add(at, data: bytes, name: str):
    """Put a file into the sidebar's uploader."""
    return at.file_uploader(key="add_model").upload(name, data, "application/octet-stream").run()


def shown(at) -> str:
    """All that the sidebar says."""
    return "\n".join([text.value for text in at.sidebar.markdown])


def captions(at) -> list[str]:
    return [caption.value for caption in at.main.caption]


def test_codes_with_pictures_are_explored(visit):
    values = code_files.arrays()
    at = add(visit(), code_files.npz(**values), "insects.npz")
    assert_fine(at)
    text = shown(at)
    assert "60 codes of 3 coordinates" in text and "3 classes, with their pictures" in text
    assert "codes (z), labels (labels), pictures (images)" in text and "VAE" not in text
    assert at.selectbox(key="jump").options == ["ant", "bee", "cat"]
    (picture,) = pictures(at)
    assert picture.startswith("picture of the code nearest to z")
    at.selectbox(key="jump").set_value(2).run()
    assert_fine(at)
    distances = np.abs(values["z"][2::3] - place(at)).max(axis=1)
    assert distances.min() < 0.01
    at.button[0].click().run()
    assert_fine(at)
    distances = np.abs(values["z"] - place(at)).max(axis=1)
    assert distances.min() < 0.01


def test_codes_without_pictures_are_explored_and_projected(visit):
    values = code_files.arrays(coordinates=7, pictures=False)
    at = add(visit(), code_files.csv_of(values), "insects.csv")
    assert_fine(at)
    assert len(coordinates(at)) == 7 and not pictures(at)
    assert "without pictures" in shown(at)
    assert any("principal components of 7 coordinates" in said for said in captions(at))
    assert any(said.startswith("The nearest code (a") for said in captions(at))
    at.segmented_control(key="view").set_value("t-SNE").run()
    assert_fine(at)


@pytest.mark.parametrize("pictured", [True, False])
def test_live_view_of_codes_alone_is_packed(visit, pictured):
    data = code_files.npz(**code_files.arrays(pictures=pictured))
    assert_fine(add(visit(mode="Live"), data, "codes.npz"))


@pytest.mark.parametrize("page", NETWORK_PAGES)
def test_page_that_needs_a_network_says_so_once(visit, switch, page):
    at = add(visit(), code_files.npz(**code_files.arrays()), "codes.npz")
    switch(at, page)
    assert_fine(at)
    (said,) = at.main.info
    assert said.value.startswith("These are codes alone: without the network that made them")
    assert not at.main.selectbox and not at.main.slider
    assert_fine(switch(at, "train"))
    assert_fine(switch(at, ""))


def test_codes_are_not_among_the_models_to_compare(visit, switch):
    at = add(visit(), code_files.npz(**code_files.arrays()), "codes.npz")
    at.selectbox(key="model").set_value("digits-3d").run()
    switch(at, "compare")
    assert_fine(at)
    assert not [title for title in at.multiselect(key="models").options if "codes" in title]


def test_file_without_codes_is_refused_in_a_sentence(visit):
    at = add(visit(), code_files.npz(a=np.zeros((3, 3)), b=np.zeros((3, 3))), "codes.npz")
    (error,) = at.error
    assert "does not say which array holds codes" in error.value


def test_small_codes_are_gone_to_as_exactly_as_they_are_small(visit):
    values = code_files.arrays()
    values["z"] = values["z"] / 500
    at = add(visit(), code_files.npz(**values), "small.npz")
    at.selectbox(key="jump").set_value(1).run()
    assert_fine(at)
    distances = np.abs(values["z"][1::3] - place(at)).max(axis=1)
    assert distances.min() < 1e-4
    at.slider(key="z1").set_value(coordinates(at)[0].max).run()
    assert_fine(at)
