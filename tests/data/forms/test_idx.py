"""IDX files, packed or not, in folders as people have them."""

import gzip
import struct
import zipfile

import data_forms
import numpy as np
import pytest

from vae_explorer.data.datasets import load_dataset
from vae_explorer.data.forms import arrays
from vae_explorer.errors import DataError

CHANCE = np.random.default_rng(0)
PICTURES = CHANCE.integers(0, 256, (60, 12, 10), np.uint8)
LABELS = (np.arange(60) % 7).astype(np.uint8)


def lay(folder, names, packed):
    """Four files of 40 training and 20 test pictures, called so."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = (PICTURES[:40], LABELS[:40], PICTURES[40:], LABELS[40:])
    for name, values in zip(names, parts, strict=True):
        content = data_forms.idx(values)
        (folder / name).write_bytes(gzip.compress(content) if packed else content)


@pytest.mark.parametrize("where", ["", "raw", "MNIST/raw"])
@pytest.mark.parametrize(
    ("pattern", "packed"),
    [
        ("{}-images-idx3-ubyte", False),
        ("{}-images-idx3-ubyte.gz", True),
        ("{}-images.idx3-ubyte", False),
        ("emnist-letters-{}-images-idx3-ubyte.gz", True),
    ],
)
def test_four_files_are_training_and_test_pictures(pattern, packed, where, tmp_path):
    test = "test" if "emnist" in pattern else "t10k"
    names = [
        pattern.format(split).replace("images", kind).replace("idx3", axes)
        for split in ("train", test)
        for kind, axes in (("images", "idx3"), ("labels", "idx1"))
    ]
    lay(tmp_path / "set" / where, names, packed)
    dataset = load_dataset(str(tmp_path / "set"))
    assert np.array_equal(dataset.test.images, PICTURES[40:])
    assert np.array_equal(dataset.test.labels, LABELS[40:])
    assert len(dataset.train) + len(dataset.validation) == 40 and len(dataset.classes) == 7


def test_zip_of_such_files_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr("a/train-images.idx3-ubyte", data_forms.idx(PICTURES))
        archive.writestr("a/train-labels.idx1-ubyte", data_forms.idx(LABELS))
    dataset = load_dataset(str(tmp_path / "set.zip"))
    assert len(dataset.test) == 12 and len(dataset.classes) == 7


def test_one_file_is_read_with_the_labels_beside_it(tmp_path):
    names = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]
    lay(tmp_path, [*names, "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"], True)
    dataset = load_dataset(str(tmp_path / names[0]))
    assert len(dataset.train) == 28 and len(dataset.classes) == 7
    with pytest.raises(DataError, match="is an IDX file of labels"):
        load_dataset(str(tmp_path / names[1]))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("pattern", ["{}_{}.idx", "clothes {} {}", "{1}_{0}.gz"])
def test_files_of_other_names_are_known_by_what_they_hold(pattern, packed, tmp_path):
    parts = [("train", "x"), ("train", "y"), ("test", "x"), ("test", "y")]
    lay(tmp_path / "set", [pattern.format(*part) for part in parts], packed)
    dataset = load_dataset(str(tmp_path / "set"))
    assert np.array_equal(dataset.test.images, PICTURES[40:])
    assert np.array_equal(dataset.test.labels, LABELS[40:]) and len(dataset.classes) == 7


def test_files_of_any_name_pair_by_their_lengths(tmp_path):
    (tmp_path / "a").write_bytes(data_forms.idx(LABELS))
    (tmp_path / "b").write_bytes(IMAGES)
    (tmp_path / "c").write_bytes(data_forms.idx(LABELS[:9]))
    for path in (tmp_path, tmp_path / "b"):
        dataset = load_dataset(str(path))
        assert len(dataset.test) == 12 and len(dataset.classes) == 7
    with pytest.raises(DataError, match="a is an IDX file of labels"):
        load_dataset(str(tmp_path / "a"))
    (tmp_path / "d").write_bytes(data_forms.idx(PICTURES[:9]))
    with pytest.raises(DataError, match="several sets of IDX files, such as b and d"):
        load_dataset(str(tmp_path))


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_numbers_of_other_types_are_read(dtype, tmp_path):
    values = (PICTURES.astype(dtype) * 16) if dtype == np.int16 else PICTURES.astype(dtype) / 255
    (tmp_path / "images-idx3-ubyte").write_bytes(data_forms.idx(values))
    dataset = load_dataset(str(tmp_path))
    numbers = [data_forms.picture_number(name) for name in dataset.names["train"]]
    expected = PICTURES[numbers].astype(int)
    assert np.abs(dataset.train.images.numpy().astype(int) - expected).max() <= 2


IMAGES = data_forms.idx(PICTURES)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"words", "no header of an IDX file"),
        (IMAGES[:2000], "1,984 bytes of the 7,200"),
        (gzip.compress(IMAGES, mtime=0)[:2000], "cannot be read"),
        (struct.pack(">HBB3I", 0, 8, 3, 10**6, 1000, 1000), r"it holds 1,000\.0 GB"),
        (data_forms.idx(LABELS), "has the shape 60"),
    ],
)
def test_damaged_file_is_named(content, said, tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(content)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(data_forms.idx(LABELS))
    with pytest.raises(DataError, match=said) as caught:
        load_dataset(str(tmp_path))
    assert "train-images-idx3-ubyte" in str(caught.value)


def test_bomb_is_read_no_further_than_it_says(tmp_path, monkeypatch):
    monkeypatch.setattr(arrays, "MAX_ARRAY_BYTES", 10_000)
    (tmp_path / "images-idx3-ubyte.gz").write_bytes(gzip.compress(IMAGES + bytes(50_000_000)))
    with pytest.raises(DataError, match="7,201 bytes of the 7,200"):
        load_dataset(str(tmp_path))


def test_fewer_labels_than_pictures_are_counted(tmp_path):
    (tmp_path / "images-idx3-ubyte").write_bytes(IMAGES)
    (tmp_path / "labels-idx1-ubyte").write_bytes(data_forms.idx(LABELS[:50]))
    with pytest.raises(DataError, match="60 pictures in all, but 50 labels"):
        load_dataset(str(tmp_path))


def test_several_sets_in_a_folder_are_refused(tmp_path):
    for name in ("letters-train", "digits-train"):
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(IMAGES)
    with pytest.raises(DataError, match="several sets of IDX files"):
        load_dataset(str(tmp_path))
