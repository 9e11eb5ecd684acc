"""The one door: what a path is, its content says, and what is none is named."""

import gzip
import os
import shutil

import data_forms
import numpy as np
import pytest
import torch

from vae_explorer.data import uploads
from vae_explorer.data.datasets import load_dataset, to_unit
from vae_explorer.errors import DataError

PICTURES = data_forms.kinds()["grey"]
_, LABELS = data_forms.prepared_digits()


@pytest.mark.parametrize(
    ("form", "name"),
    [("npz", "set"), ("npy, channels first", "set.dat"), ("zip", "set.npz"), ("TIFF stack", "set")],
)
def test_content_counts_and_not_the_name(form, name, tmp_path):
    path = data_forms.WRITERS[form](PICTURES, LABELS, tmp_path)
    expected = load_dataset(str(path))
    renamed = tmp_path / f"other-{name}"
    shutil.move(path, renamed)
    assert np.array_equal(load_dataset(str(renamed)).test.images, expected.test.images)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.png", data_forms.encoded(PICTURES[0]), "is one picture: at least 20"),
        ("a.csv", b"", "is empty"),
        ("a.mat", b"MATLAB 5.0 MAT-file", "in no form that is read here: give a folder or zip"),
        ("a.h5", b"\x89HDF\r\n\x1a\n", "in no form that is read here"),
        ("a.tar.gz", gzip.compress(b"a/0.png\0", mtime=0), "of another kind: unpack it"),
        ("a.7z", b"7z\xbc\xaf", "of another kind: unpack it"),
        ("a.gz", gzip.compress(b"\0\1\2", mtime=0), "in no form that is read here"),
        ("a.pkl", b"\x80\x04.", "is a pickle"),
        ("a.tif", b"II*\0", "is damaged after page 0"),
        ("a.zip", b"PK\x03\x04", "a.zip is"),
        ("a.parquet", b"PAR1", "no Parquet file"),
        ("a.npy", b"\x93NUMPY", "no .npy file"),
    ],
)
def test_what_is_no_data_is_named(name, content, said, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=said) as caught:
        load_dataset(str(tmp_path / name))
    assert str(caught.value).endswith(".") and name in str(caught.value)


def test_file_that_cannot_be_opened_is_named(tmp_path, monkeypatch):
    path = data_forms.WRITERS["CSV"](PICTURES, LABELS, tmp_path)
    monkeypatch.setattr(type(path), "open", _locked)
    with pytest.raises(DataError, match=r"set.csv cannot be opened: Permission denied"):
        load_dataset(str(path))


def _locked(*_):
    raise PermissionError(13, "Permission denied")


def test_pipes_are_not_waited_for(tmp_path):
    path = data_forms.WRITERS["flat PNG"](PICTURES, LABELS, tmp_path)
    os.mkfifo(path / "pipe.png")
    assert len(load_dataset(str(path)).names["train"]) == 28
    with pytest.raises(DataError, match="is a device or a pipe"):
        load_dataset(str(path / "pipe.png"))


def test_folder_with_several_files_of_data_is_refused(tmp_path):
    for number in range(2):
        (tmp_path / f"{number}").mkdir()
        data_forms.WRITERS["CSV"](PICTURES, LABELS, tmp_path / f"{number}")
    with pytest.raises(DataError, match="several files of data"):
        load_dataset(str(tmp_path))


def test_folder_with_one_file_of_data_is_that_file(tmp_path):
    (tmp_path / "in").mkdir()
    path = data_forms.WRITERS["npz"](PICTURES, LABELS, tmp_path / "in")
    alone = load_dataset(str(path))
    assert np.array_equal(load_dataset(str(tmp_path)).test.images, alone.test.images)


def test_arrays_of_a_folder_are_read_as_one_archive_of_them(tmp_path):
    names = ("X_train", "Y_train", "X_test", "Y_test")
    parts = (PICTURES[:30], LABELS[:30], PICTURES[30:], LABELS[30:])
    for folder in ("npy", "npz"):
        (tmp_path / folder).mkdir()
        for name, values in zip(names, parts, strict=True):
            if folder == "npy":
                np.save(tmp_path / folder / f"{name}.npy", values)
            else:
                np.savez(tmp_path / folder / f"{name}.npz", values)
        dataset = load_dataset(str(tmp_path / folder))
        assert np.array_equal(dataset.test.images, PICTURES[30:])
        assert [dataset.classes[i] for i in dataset.test.labels] == list(map(str, LABELS[30:]))
        assert f"Read from {folder}: X_test, X_train" in " ".join(dataset.notes)


def test_arrays_of_a_folder_that_no_name_tells_apart_are_refused(tmp_path):
    for name in ("cat", "dog"):
        np.save(tmp_path / f"{name}.npy", PICTURES)
    with pytest.raises(DataError, match=r"several files of data \(cat.npy, dog.npy\)"):
        load_dataset(str(tmp_path))


def test_array_files_of_one_picture_each_lie_in_folders_as_pictures_do(tmp_path):
    for i, (picture, label) in enumerate(zip(PICTURES, LABELS, strict=True)):
        (tmp_path / f"{label}").mkdir(exist_ok=True)
        np.save(tmp_path / f"{label}" / f"{i:02}.npy", picture)
    dataset = load_dataset(str(tmp_path))
    assert dataset.classes == tuple(sorted({str(label) for label in LABELS}))
    for name, image in zip(dataset.names["test"], to_unit(dataset.test.images), strict=True):
        (seen,) = uploads.read_upload((tmp_path / name).read_bytes(), dataset.reading)
        assert torch.equal(seen.image, image)


def test_table_in_several_files_is_one_split(tmp_path):
    for form, kind in (("Parquet, files", PICTURES), ("Parquet, columns", PICTURES)):
        for number, part in enumerate((slice(0, 15), slice(15, 30), slice(30, 40))):
            path = data_forms.WRITERS[form](kind[part], LABELS[part], tmp_path)
            split = "test" if number == 2 else "train"
            path.rename(tmp_path / f"{split}-0000{number % 2}-of-00002.parquet")
        dataset = load_dataset(str(tmp_path))
        assert len(dataset.train) + len(dataset.validation) == 30
        assert np.array_equal(dataset.test.images, PICTURES[30:])
        assert [dataset.classes[i] for i in dataset.test.labels] == list(map(str, LABELS[30:]))
        names = [*dataset.names["train"], *dataset.names["validation"]]
        assert "train-00001-of-00002.parquet row 1" in names and len(set(names)) == 30


def test_test_table_without_labels_is_no_class_of_its_own(tmp_path):
    for name, text in (("train", "label,"), ("test", "")):
        header = text + ",".join(f"pixel{i}" for i in range(64))
        rows = [("1," if text else "") + ",".join(["7"] * 64)] * 30
        (tmp_path / f"{name}.csv").write_text("\n".join([header, *rows]))
    with pytest.raises(DataError, match=r"train.csv has labels, but test.csv has none"):
        load_dataset(str(tmp_path))


def test_loading_writes_nothing(tmp_path):
    for form in ("zip", "npz", "TSV, packed", "TIFF stack"):
        (tmp_path / form).mkdir()
        path = data_forms.WRITERS[form](PICTURES, LABELS, tmp_path / form)
        before = sorted(tmp_path.rglob("*"))
        load_dataset(str(path))
        assert sorted(tmp_path.rglob("*")) == before
