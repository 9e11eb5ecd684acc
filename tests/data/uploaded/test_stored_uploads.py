"""Uploaded data is kept once, whole, under harmless names, and nowhere else."""

import pytest

from vae_explorer.data.uploaded import stored_uploads
from vae_explorer.data.uploaded.stored_uploads import store
from vae_explorer.data.uploaded.upload_batch import File
from vae_explorer.errors import DataError


def test_one_file_keeps_its_name_and_content(tmp_path):
    path = store([File("train.csv", b"label,pixel0\n")], tmp_path)
    assert path.name == "train.csv" and path.read_bytes() == b"label,pixel0\n"


def test_several_files_are_a_folder(tmp_path):
    folder = store([File("a.png", b"1"), File("b.png", b"2")], tmp_path)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {"a.png": b"1", "b.png": b"2"}


def test_same_content_is_kept_once_and_other_content_apart(tmp_path):
    first = store([File("a.npz", b"1")], tmp_path)
    assert store([File("a.npz", b"1")], tmp_path) == first
    assert store([File("a.npz", b"2")], tmp_path) != first
    assert store([File("b.npz", b"1")], tmp_path) != first
    assert len(list((tmp_path / "uploads").iterdir())) == 3


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\digits.zip", "digits.zip"),
        (".hidden", "hidden"),
        ("データ.csv", "データ.csv"),
        ("a\nb<c>.png", "a_b_c_.png"),
        ("..", "file0"),
    ],
)
def test_names_are_made_harmless(tmp_path, name, kept):
    path = store([File(name, b"x")], tmp_path)
    assert path.name == kept and path.is_relative_to(tmp_path / "uploads")


def test_files_of_one_name_are_told_apart(tmp_path):
    folder = store([File("a/1.png", b"1"), File("b/1.png", b"2"), File("c/1.png", b"3")], tmp_path)
    assert sorted(p.read_bytes() for p in folder.iterdir()) == [b"1", b"2", b"3"]


def test_too_large_an_upload_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(stored_uploads, "MAX_DATA_MEGABYTES", 0.00001)
    with pytest.raises(DataError, match="too much for an upload"):
        store([File("a.npz", bytes(1000))], tmp_path)
    assert not list(tmp_path.iterdir())


def test_place_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "uploads").write_text("a file where the folder should be")
    with pytest.raises(DataError, match="VAE_EXPLORER_DATA"):
        store([File("a.npz", b"1")], tmp_path)
