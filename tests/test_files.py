"""Nothing is lost when a write fails, and no name escapes its folder."""

import io
import os
import zipfile
from pathlib import Path, PureWindowsPath

import pytest

from vae_explorer.errors import RunError
from vae_explorer.files import (
    append_json_line,
    plain_name,
    read_json,
    safe_name,
    write_atomically,
    write_folder,
    write_json,
    zipped,
)


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_written_file_holds_the_bytes_and_nothing_lies_beside_it(tmp_path):
    path = tmp_path / "a.bin"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two" and names(tmp_path) == ["a.bin"]


@pytest.mark.parametrize(
    ("mask", "file", "folder"), [(0o022, 0o644, 0o755), (0o077, 0o600, 0o700), (0, 0o666, 0o777)]
)
def test_who_may_read_what_is_written_is_said_by_the_umask(tmp_path, mask, file, folder):
    before = os.umask(mask)
    try:
        write_atomically(tmp_path / "a", b"")
        write_folder(tmp_path / "made", {"b": b""})
    finally:
        os.umask(before)
    modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in ("a", "made", "made/b")}
    assert modes == {"a": file, "made": folder, "made/b": file}


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_failed_write_leaves_the_old_content_and_no_temporary_file(tmp_path, monkeypatch, error):
    path = tmp_path / "a.bin"
    write_atomically(path, b"old")

    def fail(*_):
        raise error

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(type(error)):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old" and names(tmp_path) == ["a.bin"]


def test_value_that_json_lacks_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"loss": 1.0})
    with pytest.raises(ValueError, match="JSON"):
        write_json(path, {"loss": float("nan")})
    assert read_json(path) == {"loss": 1.0} and names(tmp_path) == ["a.json"]


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff\xfe", b"not json", b"[" * 100_000])
def test_unreadable_json_reads_as_nothing(tmp_path, content):
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    assert read_json(path) is None


def test_folder_reads_as_nothing(tmp_path):
    assert read_json(tmp_path) is None


def test_appended_lines_come_back_in_order(tmp_path):
    path = tmp_path / "a.jsonl"
    for epoch in range(3):
        append_json_line(path, {"epoch": epoch})
    assert path.read_text() == '{"epoch": 0}\n{"epoch": 1}\n{"epoch": 2}\n'


def test_infinite_value_is_not_appended(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        append_json_line(tmp_path / "a.jsonl", {"loss": float("inf")})
    assert (tmp_path / "a.jsonl").read_bytes() == b""


def test_link_stays_and_what_it_leads_to_is_replaced(tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "real" / "a.json")
    for content in (b"first", b"second"):  # it leads nowhere at first
        write_atomically(link, content)
        assert link.is_symlink() and (tmp_path / "real" / "a.json").read_bytes() == content
    assert names(tmp_path / "real") == ["a.json"]


def test_device_is_no_file_to_write(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(OSError, match="device"):
            write_atomically(path, b"content")
    assert Path("/dev/null").is_char_device()


def test_folder_is_not_made_in_place_of_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        write_folder(tmp_path / "link", {"a": b""})
    assert (tmp_path / "link").is_symlink()


RESERVED = ["CON", "nul", "Com1", "LPT9.txt", "aux.tar.gz", "prn.", "run."]


@pytest.mark.parametrize("name", RESERVED)
def test_name_that_windows_lacks_is_refused_everywhere(name):
    with pytest.raises(RunError, match="Windows"):
        safe_name(name, RunError)


@pytest.mark.parametrize("name", ["console", "nullable", "com10", "COMB.txt", "a.con"])
def test_name_that_only_looks_like_one_is_taken(name):
    assert safe_name(name, RunError) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (r"C:\Users\Ann\digits.zip", "digits.zip"),
        (r"C:digits.zip", "C_digits.zip"),
        ("..\\..\\x.png", "x.png"),
        (r"\\server\share\x.png", "x.png"),
        ("x.png:stream", "x.png_stream"),
        ("CON", "_CON"),
        ("nul.png", "_nul.png"),
        ("a.png ", "a.png"),
    ],
)
def test_name_given_on_windows_is_made_harmless(path, name):
    assert plain_name(path) == name
    assert PureWindowsPath(plain_name(path)).name == plain_name(path)
    assert not PureWindowsPath(plain_name(path)).is_reserved()


@pytest.mark.parametrize("name", ["a", "mnist-3d", "Run_2.1", "0", "x" * 64])
def test_ordinary_name_is_taken_as_it_is(name):
    assert safe_name(name, RunError) == name


BAD_NAMES = [
    *["", ".", "..", ".hidden", "-flag", "_x", "a/b", "../a", "/etc/passwd", "a\\b", "C:a"],
    *["a b", "a\n", "\na", "a\0", "a\0b", "é", "٣", "a;b", "$HOME", "~root", "x" * 65],
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_name_that_could_be_a_path_is_refused(name):
    with pytest.raises(RunError, match="cannot be a name"):
        safe_name(name, RunError)


# folders


def test_folder_is_there_as_a_whole_and_nothing_lies_beside_it(tmp_path):
    write_folder(tmp_path / "made", {"a.txt": b"one", "b.bin": b"\x00"})
    assert {p.name: p.read_bytes() for p in (tmp_path / "made").iterdir()} == {
        "a.txt": b"one",
        "b.bin": b"\x00",
    }
    assert names(tmp_path) == ["made"]


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_failed_folder_leaves_nothing(tmp_path, monkeypatch, error):
    written = []

    def fail_at_the_second(path, data):
        written.append(path.name)
        if len(written) == 2:
            raise error

    monkeypatch.setattr(Path, "write_bytes", fail_at_the_second)
    with pytest.raises(type(error)):
        write_folder(tmp_path / "made", {"a": b"one", "b": b"two"})
    assert written == ["a", "b"] and names(tmp_path) == []


@pytest.mark.parametrize("there", ["file", "folder", "full folder"])
def test_what_is_there_already_is_never_replaced_by_a_folder(tmp_path, there):
    path = tmp_path / "made"
    if there == "file":
        path.write_bytes(b"mine")
    else:
        path.mkdir()
    if there == "full folder":
        (path / "mine").write_bytes(b"mine")
    before = [(p, p.is_file() and p.read_bytes()) for p in sorted(tmp_path.rglob("*"))]
    with pytest.raises(FileExistsError):
        write_folder(path, {"a": b"one"})
    assert [(p, p.is_file() and p.read_bytes()) for p in sorted(tmp_path.rglob("*"))] == before


def test_archive_holds_the_files_and_is_the_same_each_time():
    files = {"a.txt": b"one" * 1000, "b.png": b"\x89PNG"}
    data = zipped(files)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert archive.testzip() is None
    assert data == zipped(files) and len(data) < 1000
