"""Named data sets: sizes, splits, downloads and everything that can be wrong with files."""

import functools
import gc
import gzip
import hashlib
import http.server
import io
import os
import socket
import struct
import threading

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import datasets as torchvision_datasets

from vae_explorer.data import datasets, picture_folder
from vae_explorer.data.datasets import Split, available, binarize, download, load_dataset, to_unit
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


# a folder of pictures


@pytest.fixture
def album(tmp_path):
    """Two classes of twelve pictures of assorted sizes, kinds and modes."""
    folder = tmp_path / "album"
    modes = ["L", "RGB", "RGBA", "1", "P", "LA"]
    for label, (name, ink) in enumerate([("cats", 255), ("dogs", 128)]):
        (folder / name).mkdir(parents=True)
        for i in range(12):
            picture = Image.new("L", (20 + 8 * label, 28 + i), 0)
            picture.paste(ink, (4, 4, 16, 20))
            ending = ["png", "bmp", "gif", "PNG"][i % 4] if i < 4 else "png"
            picture.convert(modes[i % 6]).save(folder / name / f"{i}.{ending}")
    (folder / "cats" / "notes.txt").write_text("not a picture")
    (folder / ".thumbnails").mkdir()
    return folder


def test_subfolders_are_classes_and_other_files_are_ignored(album):
    dataset = load_dataset(str(album))
    assert dataset.classes == ("cats", "dogs") and available(str(album))
    sizes = [len(dataset.split(name)) for name in ("train", "validation", "test")]
    assert sizes == [18, 2, 4]
    parts = [dataset.split(name) for name in ("train", "validation", "test")]
    labels = torch.cat([part.labels for part in parts])
    assert labels.bincount().tolist() == [12, 12]


def test_label_belongs_to_its_picture(album):
    dataset = load_dataset(str(album))
    brightest = dataset.train.images.flatten(1).max(dim=1).values
    assert ((brightest > 200) == (dataset.train.labels == 0))[brightest != 255].all()
    assert (brightest[dataset.train.labels == 0] > 200).all()


def test_pictures_are_made_square_without_distortion(tmp_path):
    for i in range(20):
        Image.new("L", (56, 28), 255).save(tmp_path / f"{i}.png")
    images = load_dataset(str(tmp_path)).train.images
    assert images.shape[1:] == (28, 28)
    assert (images[:, 7:21] == 255).all() and images[:, :7].max() == 0 == images[:, 21:].max()


def test_flat_folder_is_one_class_named_after_it(tmp_path):
    folder = tmp_path / "shapes"
    folder.mkdir()
    for i in range(20):
        Image.new("L", (28, 28), i).save(folder / f"{i}.png")
    dataset = load_dataset(str(folder))
    assert dataset.classes == ("shapes",) and dataset.train.labels.max() == 0


def test_photographs_are_turned_upright(tmp_path):
    picture = Image.new("L", (28, 28), 0)
    picture.paste(255, (0, 0, 28, 14))  # white above
    exif = picture.getexif()
    exif[0x0112] = 3  # upside down
    for i in range(20):
        picture.save(tmp_path / f"{i}.png", exif=exif)
    image = load_dataset(str(tmp_path)).train.images[0]
    assert image[:14].max() == 0 and image[14:].min() == 255


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_broken_picture_is_named(album, content):
    (album / "dogs" / "broken.png").write_bytes(content)
    with pytest.raises(DataError, match=r"broken\.png.*remove it"):
        load_dataset(str(album))


def test_picture_cut_short_is_named(album):
    whole = (album / "dogs" / "4.png").read_bytes()
    (album / "dogs" / "broken.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"broken\.png"):
        load_dataset(str(album))


def test_huge_picture_is_refused_before_it_is_decoded(album):
    Image.new("1", (8000, 5001)).save(album / "dogs" / "huge.png")
    with pytest.raises(DataError, match=r"huge\.png.*over 40 megapixels.*remove it"):
        load_dataset(str(album))


@pytest.mark.parametrize("kind", ["of a form that nobody uploads", "over twenty megabytes"])
def test_picture_that_the_door_for_pictures_refuses_is_named(album, kind):
    content = io.BytesIO()
    Image.new("L", (28, 28)).save(content, "PCX" if kind.startswith("of") else "PNG")
    padding = bytes(20_000_000 if kind.startswith("over") else 0)
    (album / "dogs" / "odd.png").write_bytes(content.getvalue() + padding)
    with pytest.raises(DataError, match=r"odd\.png is not a readable picture.*remove it\.$"):
        load_dataset(str(album))


def test_white_ink_on_nothing_becomes_white_on_black(tmp_path):
    picture = Image.new("RGBA", (28, 28), (255, 255, 255, 0))
    picture.paste((255, 255, 255, 255), (0, 0, 28, 14))
    for i in range(20):
        picture.save(tmp_path / f"{i}.png")
    image = load_dataset(str(tmp_path)).train.images[0]
    assert image[:14].min() == 255 and image[14:].max() == 0


def test_more_classes_than_a_model_can_have_are_refused(tmp_path):
    for i in range(1001):
        (tmp_path / str(i)).mkdir()
    with pytest.raises(DataError, match="more than 1,000 classes"):
        load_dataset(str(tmp_path))


def test_class_whose_name_cannot_be_written_down_is_refused(album):
    (album / "dogs").rename(album / os.fsdecode(b"d\xffgs"))
    with pytest.raises(DataError, match=r"d\?gs is not named in UTF-8.*\.$"):
        load_dataset(str(album))


def test_too_few_pictures_are_counted(tmp_path):
    for i in range(19):
        Image.new("L", (28, 28)).save(tmp_path / f"{i}.png")
    with pytest.raises(DataError, match="19 pictures"):
        load_dataset(str(tmp_path))


def test_too_many_pictures_are_refused(album, monkeypatch):
    monkeypatch.setattr(picture_folder, "MAX_FOLDER_PICTURES", 23)
    with pytest.raises(DataError, match="more than 23"):
        load_dataset(str(album))


@pytest.mark.parametrize("name", ["mnits", "/nowhere/at/all", "", "digits.png"])
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
