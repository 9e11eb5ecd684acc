"""Named data sets: sizes, splits, downloads and everything that can be wrong with files."""

import functools
import gc
import gzip
import hashlib
import http.server
import os
import socket
import struct
import threading

import numpy as np
import pytest
import torch
from torchvision import datasets as torchvision_datasets

from vae_explorer.config import ReadingChoice
from vae_explorer.data import datasets
from vae_explorer.data.datasets import Split, available, binarize, download, load_dataset, to_unit
from vae_explorer.data.reading import Reading
from vae_explorer.errors import DataError

KINDS = {"mnist": "MNIST", "fashion-mnist": "FashionMNIST", "kmnist": "KMNIST"}
SIZES = {"train": 60, "t10k": 20}


def idx(values: np.ndarray) -> bytes:
    """An array in the format of MNIST's files."""
    return struct.pack(f">I{values.ndim}I", 0x800 + values.ndim, *values.shape) + values.tobytes()


def fake_files() -> dict[str, bytes]:
    """The four files of a data set of MNIST's kind, with 60 and 20 pictures."""
    random = np.random.default_rng(0)
    files = {}
    for part, size in SIZES.items():
        pictures = random.integers(0, 256, (size, 28, 28), np.uint8)
        files[f"{part}-images-idx3-ubyte"] = idx(pictures)
        files[f"{part}-labels-idx1-ubyte"] = idx(np.arange(size, dtype=np.uint8) % 10)
    return files


@pytest.fixture
def small_validation(monkeypatch):
    monkeypatch.setattr(datasets, "VALIDATION_SIZE", 15)


@pytest.fixture
def fake_root(tmp_path, small_validation):
    """A data folder that holds all three downloadable sets, tiny."""
    root = tmp_path / "sets"
    for folder in KINDS.values():
        (root / folder / "raw").mkdir(parents=True)
        for name, content in fake_files().items():
            (root / folder / "raw" / name).write_bytes(content)
    return root


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A web server on this machine from which torchvision fetches the tiny MNIST."""
    folder = tmp_path / "served"
    folder.mkdir()
    resources = []
    for name, content in fake_files().items():
        packed = gzip.compress(content)
        (folder / f"{name}.gz").write_bytes(packed)
        resources.append((f"{name}.gz", hashlib.md5(packed).hexdigest()))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        point_torchvision_at(monkeypatch, running.server_address[1])
        monkeypatch.setattr(torchvision_datasets.MNIST, "resources", resources)
        yield folder
        running.shutdown()
        thread.join()


def point_torchvision_at(monkeypatch, port):
    monkeypatch.setattr(torchvision_datasets.MNIST, "mirrors", [f"http://127.0.0.1:{port}/"])


@pytest.fixture
def swept():
    """Have forgotten sockets found while their test is still on, not in another's."""
    yield
    gc.collect()


def leaves_sockets(test):
    """For tests after which urllib leaves a socket to the garbage collector."""
    ignored = "ignore::pytest.PytestUnraisableExceptionWarning"
    return pytest.mark.filterwarnings(ignored)(pytest.mark.usefixtures("swept")(test))


def refused_port():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return closed.getsockname()[1]


# the embedded digits


def test_digits_come_in_three_splits_of_all_1797(digits):
    sizes = [len(digits.split(name)) for name in ("train", "validation", "test")]
    assert sum(sizes) == 1797 and sizes[1:] == [179, 359]
    assert digits.name == "digits" and digits.classes == tuple("0123456789")


def test_digits_are_bytes_of_white_ink_on_black_with_a_margin(digits):
    for split in (digits.train, digits.validation, digits.test):
        assert split.images.dtype == torch.uint8 and split.images.shape[1:] == (28, 28)
        assert split.labels.dtype == torch.int64 and set(split.labels.tolist()) == set(range(10))
        assert split.images[:, :4].max() == 0 and split.images[:, :, -4:].max() == 0
        assert 0.05 < to_unit(split.images).mean() < 0.35


def test_digits_of_different_splits_are_different_scans(digits):
    from sklearn.datasets import load_digits

    seen = torch.cat([digits.train.images, digits.validation.images, digits.test.images])
    distinct = {bytes(picture.numpy()) for picture in seen}
    assert len(distinct) == len({scan.tobytes() for scan in load_digits().images})


def test_digits_are_split_alike_every_time(digits):
    torch.manual_seed(99)
    again = load_dataset("digits")
    for name in ("train", "validation", "test"):
        assert torch.equal(again.split(name).images, digits.split(name).images)
        assert torch.equal(again.split(name).labels, digits.split(name).labels)


def test_split_is_as_long_as_it_has_pictures(digits):
    assert len(Split(digits.train.images[:7], digits.train.labels[:7])) == 7


# MNIST and its kin


@pytest.mark.parametrize("name", KINDS)
def test_missing_set_says_how_to_get_it(name, tmp_path):
    assert not available(name)
    with pytest.raises(DataError, match=r"--download.*VAE_EXPLORER_DATA") as caught:
        load_dataset(name)
    assert str(tmp_path / "data") in str(caught.value)


@pytest.mark.parametrize("name", KINDS)
def test_set_at_hand_is_loaded_with_the_last_pictures_held_out(name, fake_root):
    assert available(name, fake_root)
    dataset = load_dataset(name, fake_root)
    sizes = [len(dataset.split(part)) for part in ("train", "validation", "test")]
    assert sizes == [45, 15, 20] and len(dataset.classes) == 10
    pixels = np.frombuffer(fake_files()["train-images-idx3-ubyte"][16:], np.uint8)
    joined = torch.cat([dataset.train.images, dataset.validation.images])
    assert np.array_equal(joined.numpy(), pixels.reshape(60, 28, 28))
    assert dataset.validation.labels[0] == 45 % 10


def test_data_folder_is_that_of_the_environment(fake_root, monkeypatch):
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(fake_root))
    assert datasets.data_root() == fake_root and available("mnist")
    assert len(load_dataset("mnist").test) == 20


def test_class_names_are_ten_and_distinct():
    assert all(len(set(known.classes)) == 10 for known in datasets.DOWNLOADABLE.values())


@pytest.mark.parametrize("file", fake_files())
def test_lacking_or_empty_file_makes_a_set_unavailable(file, fake_root):
    path = fake_root / "MNIST" / "raw" / file
    path.write_bytes(b"")
    assert not available("mnist", fake_root)
    path.unlink()
    with pytest.raises(DataError, match="MNIST is not in"):
        load_dataset("mnist", fake_root)


DAMAGE = {
    "text": b"<html>not found</html>",
    "one byte": b"\0",
    "cut short": fake_files()["train-images-idx3-ubyte"][:5000],
    "labels": fake_files()["train-labels-idx1-ubyte"],
    "signed bytes": b"\0\0\x09\x03" + fake_files()["train-images-idx3-ubyte"][4:],
    "unknown type": b"\0\0\x0a\x03" + fake_files()["train-images-idx3-ubyte"][4:],
    "fewer pictures than labels": idx(np.zeros((59, 28, 28), np.uint8)),
    "pictures of another size": idx(np.zeros((60, 32, 32), np.uint8)),
}


@pytest.mark.parametrize("content", DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_file_is_a_data_error_that_says_what_to_do(content, fake_root):
    (fake_root / "MNIST" / "raw" / "train-images-idx3-ubyte").write_bytes(content)
    with pytest.raises(DataError, match="delete it and download again"):
        load_dataset("mnist", fake_root)


@pytest.mark.parametrize("name", KINDS)
def test_archives_fetched_by_hand_are_found(name, fake_root):
    folder = fake_root / KINDS[name] / "raw"
    unpacked = load_dataset(name, fake_root)
    for path in list(folder.iterdir()):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert available(name, fake_root)
    packed = load_dataset(name, fake_root)
    for split in ("train", "validation", "test"):
        assert torch.equal(packed.split(split).images, unpacked.split(split).images)
        assert torch.equal(packed.split(split).labels, unpacked.split(split).labels)


def test_archive_that_has_not_come_to_its_end_is_not_there(fake_root):
    path = fake_root / "MNIST" / "raw" / "train-images-idx3-ubyte"
    whole = gzip.compress(path.read_bytes())
    path.unlink()
    for content in (whole[: len(whole) // 2], whole[:5], gzip.compress(b"another file"), b"\x1f"):
        path.with_name(f"{path.name}.gz").write_bytes(content)
        assert not available("mnist", fake_root)


@pytest.mark.usefixtures("small_validation")
def test_named_set_is_what_torchvision_reads(fake_root):
    for name, folder in KINDS.items():
        dataset = load_dataset(name, fake_root)
        read = getattr(torchvision_datasets, folder)
        train, test = (read(fake_root, train=part) for part in (True, False))
        joined = torch.cat([dataset.train.images, dataset.validation.images])
        assert torch.equal(joined, train.data) and torch.equal(dataset.test.images, test.data)
        assert torch.equal(dataset.train.labels, train.targets[:45])
        assert torch.equal(dataset.test.labels, test.targets)


def test_named_sets_are_read_as_they_are_stored(digits, fake_root):
    assert digits.reading == Reading()
    assert load_dataset("kmnist", fake_root).reading == Reading(preparation="plain")
    assert load_dataset("fashion-mnist", fake_root).reading == Reading(preparation="plain")


def test_named_set_is_read_as_it_is_chosen(digits):
    large = load_dataset("digits", choice=ReadingChoice(size=32, colour="colour"))
    assert large.train.images.shape[1:] == (3, 32, 32) and large.reading.preparation == "plain"
    assert torch.equal(large.train.labels, digits.train.labels)
    dark = load_dataset("digits", choice=ReadingChoice(polarity="inverted", preparation="plain"))
    assert torch.equal(dark.test.images, 255 - digits.test.images)


# downloads


@pytest.mark.usefixtures("small_validation")
def test_download_fetches_the_set_and_reports_its_progress(server, tmp_path):
    heard = []
    download("mnist", progress=heard.append)
    assert heard[-1] == 1.0 and heard == sorted(heard) and min(heard) >= 0
    assert available("mnist") and len(load_dataset("mnist").train) == 45
    assert (tmp_path / "data" / "MNIST" / "raw").is_dir()


@pytest.mark.usefixtures("server")
def test_second_download_asks_nobody(monkeypatch):
    download("mnist")
    point_torchvision_at(monkeypatch, refused_port())
    download("mnist")


@leaves_sockets
@pytest.mark.usefixtures("small_validation")
def test_broken_off_download_goes_on_where_it_was(server, monkeypatch):
    last = server / "t10k-labels-idx1-ubyte.gz"
    content = last.read_bytes()
    last.unlink()
    with pytest.raises(DataError, match="could not be downloaded"):
        download("mnist")
    for path in server.glob("*images*"):
        path.unlink()  # fetched already: nobody asks for them again
    last.write_bytes(content)
    download("mnist")
    assert len(load_dataset("mnist").test) == 20


@leaves_sockets
def test_download_with_a_wrong_checksum_is_refused(server):
    (server / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"another file"))
    with pytest.raises(DataError, match="could not be downloaded"):
        download("mnist")
    assert not available("mnist")


@leaves_sockets
def test_download_without_network_offers_the_embedded_set(monkeypatch):
    point_torchvision_at(monkeypatch, refused_port())
    with pytest.raises(DataError, match="digits"):
        download("mnist")
    assert not available("mnist")


@leaves_sockets
def test_download_from_what_is_no_web_server_is_a_data_error(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        point_torchvision_at(monkeypatch, listener.getsockname()[1])

        def answer():
            connection, _ = listener.accept()
            connection.recv(1000)
            connection.sendall(b"garbage garbage\r\n\r\n")
            connection.close()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        with pytest.raises(DataError, match="could not be downloaded"):
            download("mnist")
        thread.join()


def test_download_into_what_is_a_file_is_a_data_error(tmp_path):
    (tmp_path / "data").write_text("in the way")
    with pytest.raises(DataError, match="could not be stored"):
        download("mnist")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_download_into_a_locked_folder_says_so(tmp_path):
    (tmp_path / "data").mkdir(mode=0o500)
    with pytest.raises(DataError, match="not writable"):
        download("mnist")


def test_refused_permission_says_where_to_point(monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(datasets.Path, "mkdir", refuse)
    with pytest.raises(DataError, match="VAE_EXPLORER_DATA"):
        download("mnist")


# names and paths


@pytest.mark.parametrize("name", ["mnits", "/nowhere/at/all", "", "digits.png", "a\0b"])
def test_unknown_name_lists_the_known_ones(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError):
        load_dataset(name)
    if name:
        with pytest.raises(DataError, match="mnist, fashion-mnist, kmnist, digits"):
            load_dataset(name)


# tensors


def test_unit_range_is_from_black_0_to_white_1():
    images = torch.tensor([[[0, 51], [102, 255]]], dtype=torch.uint8)
    assert torch.equal(to_unit(images), torch.tensor([[[[0.0, 0.2], [0.4, 1.0]]]]))
    assert images.dtype == torch.uint8


def test_binarised_pixels_are_black_or_white_as_often_as_they_are_grey():
    x = torch.linspace(0, 1, 5).repeat(20_000, 1)
    drawn = binarize(x, torch.Generator().manual_seed(0))
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(drawn.mean(dim=0), x[0], atol=0.01, rtol=0)
    assert torch.equal(drawn, binarize(x, torch.Generator().manual_seed(0)))
    assert not torch.equal(drawn, binarize(x, torch.Generator().manual_seed(1)))
