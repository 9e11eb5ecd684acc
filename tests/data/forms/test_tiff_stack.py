"""TIFF files of many pages: what is read, and how much of it."""

import data_forms
import hostile_files
import numpy as np
import pytest
from PIL import Image

from vae_explorer.data.datasets import load_dataset
from vae_explorer.data.forms import tiff_stack
from vae_explorer.errors import DataError

CHANCE = np.random.default_rng(0)


def stack(path, pages, **options):
    """A TIFF of these pages."""
    first, *others = [Image.fromarray(page) for page in pages]
    first.save(path, "TIFF", save_all=True, append_images=others, **options)
    return path


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_deflate"])
@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32", "colour"])
def test_pages_are_pictures_in_their_order(kind, compression, tmp_path):
    shape = (25, 12, 16, 3) if kind == "colour" else (25, 12, 16)
    dtype = np.uint8 if kind == "colour" else np.dtype(kind)
    pages = (CHANCE.integers(0, 256, shape) * (200 if kind == "uint16" else 1)).astype(dtype)
    options = {"compression": compression} if compression else {}
    dataset = load_dataset(str(stack(tmp_path / "set.tif", pages, **options)))
    assert dataset.reading.channels == (3 if kind == "colour" else 1)
    assert dataset.classes == ("set",) and dataset.names["train"][0].startswith("page ")
    read = dataset.reading
    for name, image in zip(dataset.names["test"], dataset.test.images.numpy(), strict=True):
        page = pages[data_forms.picture_number(name)]
        assert np.array_equal(image, read.apply(page))


def test_pages_of_several_sizes_are_fitted(tmp_path):
    pages = [np.full((20 + i % 3, 30), i * 8, np.uint8) for i in range(30)]
    dataset = load_dataset(str(stack(tmp_path / "set.tiff", pages)))
    assert any("are not of 30 × 2" in note for note in dataset.notes)


def test_ten_thousand_pages_are_refused_before_any_is_read(tmp_path):
    page = hostile_files.encode(Image.new("L", (8, 8)), "TIFF")
    first = int.from_bytes(page[4:8], "little")
    entries = int.from_bytes(page[first : first + 2], "little")
    directory = page[first : first + 2 + 12 * entries]
    size = len(directory) + 4
    data = bytearray(page[: first + len(directory)] + len(page).to_bytes(4, "little"))
    data += page[len(data) :]
    for _ in range(10_000):  # each directory names the next
        data += directory + (len(data) + size).to_bytes(4, "little")
    (tmp_path / "long.tif").write_bytes(data)
    with pytest.raises(DataError, match=r"long.tif has more than 5,000 pages"):
        load_dataset(str(tmp_path / "long.tif"))


def test_pages_in_a_circle_are_refused(tmp_path):
    data = bytearray(stack(tmp_path / "set.tif", [np.zeros((9, 9), np.uint8)] * 3).read_bytes())
    first = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[first : first + 2], "little")
    after = first + 2 + 12 * count
    data[after : after + 4] = data[4:8]
    (tmp_path / "circle.tif").write_bytes(data)
    with pytest.raises(DataError, match="is damaged after page 1"):
        load_dataset(str(tmp_path / "circle.tif"))


def test_pages_of_too_many_pixels_together_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tiff_stack, "MAX_STACK_MEGAPIXELS", 0.001)
    path = stack(tmp_path / "set.tif", [np.zeros((10, 10), np.uint8)] * 30)
    with pytest.raises(DataError, match="in its 30 pages"):
        load_dataset(str(path))


def test_damaged_stacks_are_one_sentence(tmp_path):
    whole = stack(tmp_path / "set.tif", CHANCE.integers(0, 256, (25, 9, 9), np.uint8)).read_bytes()
    for _ in range(150):
        data = np.frombuffer(whole, np.uint8).copy()
        data[CHANCE.integers(4, len(data), 6)] = CHANCE.integers(0, 256, 6)
        path = tmp_path / "bad.tif"
        path.write_bytes(data[: CHANCE.choice((len(data), 900))].tobytes())
        said = data_forms.sentence_of(path)
        assert said == "" or (said.endswith(".") and "\n" not in said)


def test_one_page_is_too_few_pictures(tmp_path):
    path = stack(tmp_path / "one.tif", [np.zeros((9, 9), np.uint8)])
    with pytest.raises(DataError, match="holds 1 picture: at least 20"):
        load_dataset(str(path))
