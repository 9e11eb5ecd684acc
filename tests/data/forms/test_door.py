"""The one door: what a path is, its content says, and what is none is named."""

import gzip
import shutil

import data_forms
import numpy as np
import pytest

from vae_explorer.data.datasets import load_dataset
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


def test_loading_writes_nothing(tmp_path):
    for form in ("zip", "npz", "TSV, packed", "TIFF stack"):
        (tmp_path / form).mkdir()
        path = data_forms.WRITERS[form](PICTURES, LABELS, tmp_path / form)
        before = sorted(tmp_path.rglob("*"))
        load_dataset(str(path))
        assert sorted(tmp_path.rglob("*")) == before
