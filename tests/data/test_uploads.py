"""A file of the training set, uploaded, is its training tensor: for every form and kind of data."""

import dataclasses
import io

import data_forms
import numpy as np
import pytest
import torch
from PIL import Image, features

from vae_explorer.config import ReadingChoice
from vae_explorer.data import uploads
from vae_explorer.data.datasets import load_dataset, to_unit
from vae_explorer.data.handwriting.preprocessing import preprocess_all, preprocess_image
from vae_explorer.data.reading import Reading
from vae_explorer.errors import UploadError

SPLITS = ("train", "validation", "test")
KINDS = data_forms.kinds()
_, LABELS = data_forms.prepared_digits()
MISSING = () if features.check("avif") else ("AVIF",)
try:
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False)
except ImportError:
    MISSING += ("HEIC",)
CASES = [case for case in data_forms.CASES if case[0] not in MISSING]


@pytest.mark.parametrize(("form", "kind"), CASES)
def test_a_file_of_the_set_is_its_training_tensor(form, kind, tmp_path):
    pictures = KINDS[kind]
    path = data_forms.WRITERS[form](pictures, LABELS, tmp_path)
    dataset = load_dataset(str(path))
    for split in SPLITS:
        images = to_unit(dataset.split(split).images)
        for name, image in zip(dataset.names[split], images, strict=True):
            picture = pictures[data_forms.picture_number(name)]
            for data in data_forms.uploads_of(form, path, name, picture):
                (seen,) = uploads.read_upload(data, dataset.reading)
                assert torch.equal(seen.image, image)
                assert seen.steps[-1][0] == "What the model sees"


@pytest.mark.parametrize(("form", "kind"), CASES)
def test_kind_is_recognised_in_every_form(form, kind, tmp_path):
    dataset = load_dataset(str(data_forms.WRITERS[form](KINDS[kind], LABELS, tmp_path)))
    reading = dataset.reading
    assert reading.channels == (3 if kind == "colour" else 1)
    assert (reading.height, reading.width) == KINDS[kind].shape[1:3]
    lossless = form not in ("JPEG", "AVIF", "HEIC")
    if kind in ("handwriting", "dark on white") and lossless:
        assert reading.preparation == "handwriting"
        assert reading.inverted == (kind == "dark on white")
        assert to_unit(dataset.train.images).mean() < 0.3
    if kind in ("grey", "colour", "16-bit"):
        assert reading.preparation == "plain" and not reading.inverted
    if kind == "16-bit":
        train = [data_forms.picture_number(name) for name in dataset.names["train"]]
        stored = KINDS[kind][train]
        assert (reading.darkest, reading.brightest) == (stored.min(), stored.max())


@pytest.mark.parametrize("size", [0, 16])
@pytest.mark.parametrize("kind", KINDS)
def test_the_invariant_holds_for_readings_that_are_chosen(kind, size, tmp_path):
    path = data_forms.WRITERS["PNG"](KINDS[kind], LABELS, tmp_path)
    choice = ReadingChoice(
        size=size, colour="colour", polarity="inverted", darkest=20, brightest=200
    )
    dataset = load_dataset(str(path), choice=choice)
    assert dataset.reading.channels == 3 and dataset.reading.inverted
    for name, image in zip(dataset.names["test"], to_unit(dataset.test.images), strict=True):
        (seen,) = uploads.read_upload((path / name).read_bytes(), dataset.reading)
        assert torch.equal(seen.image, image)


def test_pictures_of_several_sizes_keep_the_invariant(tmp_path):
    chance = np.random.default_rng(0)
    for i in range(30):
        size = (80, 60) if i % 3 else (30 + i, 100)
        array = chance.integers(0, 256, (*size, 3), np.uint8)
        (tmp_path / f"{i}.png").write_bytes(data_forms.encoded(array))
    dataset = load_dataset(str(tmp_path))
    assert dataset.reading.shape == (3, 64, 48)
    for name, image in zip(dataset.names["train"], to_unit(dataset.train.images), strict=True):
        (seen,) = uploads.read_upload((tmp_path / name).read_bytes(), dataset.reading)
        assert torch.equal(seen.image, image)


def test_fractions_saved_as_a_picture_are_themselves_to_a_shade(tmp_path):
    chance = np.random.default_rng(0)
    for low, high in ((0, 1), (-1, 1), (-3, 7)):
        floats = chance.uniform(low, high, (30, 12, 12)).astype(np.float32)
        floats[0, 0, :2] = low, high
        np.save(tmp_path / "floats.npy", floats)
        dataset = load_dataset(str(tmp_path / "floats.npy"))
        low, high = dataset.reading.darkest, dataset.reading.brightest
        for name, image in zip(dataset.names["train"], to_unit(dataset.train.images), strict=True):
            picture = floats[data_forms.picture_number(name)]
            (exact,) = uploads.read_upload(data_forms.encoded(picture, "NPY"), dataset.reading)
            (tiff,) = uploads.read_upload(data_forms.encoded(picture, "TIFF"), dataset.reading)
            bytes_ = np.rint(255 * (picture - low) / (high - low)).clip(0, 255).astype(np.uint8)
            (png,) = uploads.read_upload(data_forms.encoded(bytes_), dataset.reading)
            assert torch.equal(exact.image, image) and torch.equal(tiff.image, image)
            assert (png.image - image).abs().max() < 1.5 / 255


def test_mnist_like_digits_are_taken_as_they_are_before_anything_is_guessed():
    for picture in KINDS["handwriting"]:
        expected = torch.from_numpy(picture).float().div(255)[None]
        (seen,) = uploads.read_upload(data_forms.encoded(picture), Reading())
        assert torch.equal(seen.image, expected)
        assert torch.equal(preprocess_image(data_forms.encoded(picture)).image, expected)


def test_handwriting_on_paper_is_prepared_as_ever():
    page = Image.fromarray(255 - KINDS["handwriting"][3]).resize((300, 300))
    data = data_forms.encoded(np.asarray(page))
    expected = preprocess_all(data)
    for inverted in (False, True):
        reading = dataclasses.replace(Reading(), inverted=inverted)
        seen = uploads.read_upload(data, reading)
        assert len(seen) == len(expected) == 1
        assert torch.equal(seen[0].image, expected[0].image)
        assert torch.equal(uploads.read_one(data, reading).image, preprocess_image(data).image)


def test_white_digits_reach_a_model_of_dark_ones_too():
    white = KINDS["handwriting"][5]
    (seen,) = uploads.read_upload(data_forms.encoded(white), Reading(inverted=True))
    assert (seen.image[0] - torch.from_numpy(white) / 255).abs().max() < 0.01


def test_values_are_read_as_the_file_that_holds_them():
    page = np.asarray(Image.fromarray(255 - KINDS["handwriting"][3]).resize((120, 120)))
    for reading in (Reading(), Reading(3, 32, 40, preparation="plain")):
        for picture in (page, KINDS["handwriting"][0], KINDS["colour"][0]):
            of_file = uploads.read_one(data_forms.encoded(picture), reading)
            of_values = uploads.read_values(picture, reading)
            assert torch.equal(of_file.image, of_values.image)


def test_steps_of_handwriting_can_be_left_out():
    page = np.asarray(Image.fromarray(255 - KINDS["handwriting"][3]).resize((120, 120)))
    without = ("Strokes as wide as MNIST's",)
    (seen,) = uploads.read_upload(data_forms.encoded(page), Reading(), without=without)
    assert without[0] not in dict(seen.steps)


@pytest.mark.parametrize("preparation", ["plain", "handwriting"])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"words", "no picture"),
        (b"\x93NUMPY but cut", "damaged"),
        (data_forms.encoded(np.array([[object()]]), "NPY"), "never unpickled"),
        (data_forms.encoded(np.zeros((2, 3, 8, 8)), "NPY"), "give one picture"),
        (data_forms.encoded(np.full((8, 8), np.nan), "NPY"), "NaN"),
        (data_forms.encoded(np.full((8, 8), -4), "NPY"), "negative value -4"),
        (data_forms.encoded(np.full((28, 28), np.nan, np.float32), "TIFF"), "no numbers|drawing"),
    ],
)
def test_bad_upload_is_one_sentence(data, said, preparation):
    with pytest.raises(UploadError, match=said) as caught:
        uploads.read_upload(data, Reading(preparation=preparation))
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_alpha_of_an_upload_shows_what_the_set_has_behind_it():
    clear = np.zeros((16, 16, 4), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(clear).save(buffer, "PNG")
    for background, value in (("white", 1), ("black", 0)):
        reading = Reading(1, 16, 16, background=background, preparation="plain")
        (seen,) = uploads.read_upload(buffer.getvalue(), reading)
        assert (seen.image == value).all()
