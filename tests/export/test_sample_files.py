"""Generated pictures as files that say how to make them again."""

import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from vae_explorer.export.sample_files import Samples, draw_samples
from vae_explorer.latent.generation import from_prior

SEEDS = [3, 17, 4]


@pytest.fixture
def samples(checkpoint) -> Samples:
    """Three pictures of the untrained model."""
    return draw_samples(checkpoint, None, SEEDS, 0.8)


def test_sheet_has_as_many_tiles_as_wanted_in_a_row(samples):
    wide, high = (Image.open(io.BytesIO(samples.png(n))) for n in (10, 1))
    assert wide.size == (3 * (3 * 29 - 1), 3 * 28) and high.size == (3 * 28, 3 * (3 * 29 - 1))


def test_numbers_are_read_without_pickle_and_make_the_pictures_again(samples, checkpoint):
    with np.load(io.BytesIO(samples.npz()), allow_pickle=False) as kept:
        told = json.loads(str(kept["about"]))
        again = from_prior(checkpoint, kept["seeds"].tolist(), told["temperature"])
        assert np.array_equal(kept["z"], again.z.numpy())
        assert np.array_equal(kept["pictures"], again.pictures.squeeze(1).numpy())
        assert kept["pictures"].dtype == np.float32
    assert told["model"] == "untrained" and told["drawn_from"] == "prior"


def test_folder_has_a_file_a_picture_called_by_its_seed(samples):
    files = samples.folder()
    assert list(files) == ["0-seed-3.png", "1-seed-17.png", "2-seed-4.png", "about.json"]
    told = json.loads(files["about.json"])
    assert [entry["seed"] for entry in told["pictures"]] == SEEDS
    tile = np.asarray(Image.open(io.BytesIO(files[told["pictures"][1]["file"]])))
    assert np.abs(tile / 255 - samples.made.pictures[1, 0].numpy()).max() <= 0.5 / 255 + 1e-6
    assert torch.allclose(torch.tensor(told["pictures"][1]["z"]), samples.made.z[1], atol=1e-5)


def test_what_was_drawn_from_is_told(checkpoint, small):
    found = draw_samples(checkpoint, checkpoint.encoded, SEEDS, label=7)
    assert found.about["class"] == "7" and found.about["drawn_from"] == "density of the class"
    told = draw_samples(small(classes=10), None, SEEDS, label=7).about
    assert (told["class"], told["drawn_from"]) == ("class 7", "prior")
    assert "class" not in draw_samples(checkpoint, None, SEEDS).about
