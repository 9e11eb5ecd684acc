"""Folders and zips of pictures: classes, splits, and what is said of what is left out."""

import io
import os
import zipfile

import data_forms
import numpy as np
import pytest
import torch
from PIL import Image

from vae_explorer.data.datasets import available, load_dataset
from vae_explorer.data.forms import entries, picture_tree
from vae_explorer.errors import DataError


def fill(folder, count=5, first=0, size=(12, 10)):
    """Grey pictures, each of one shade of its own, all files of different content."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(first, first + count):
        picture = np.full(size, i % 256, np.uint8)
        picture[0, : 1 + i // 256] = 255 - i % 256
        (folder / f"{i:04}.png").write_bytes(data_forms.encoded(picture))


def said(path):
    """All that is said of a data set."""
    return " ".join(load_dataset(str(path)).notes)


def refusal(path):
    """The one sentence with which it is refused."""
    with pytest.raises(DataError) as caught:
        load_dataset(str(path))
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message
    return message


def pack(folder, path):
    """The folder as a zip, with what a Mac adds."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                name = file.relative_to(folder.parent)
                archive.write(file, name)
                archive.writestr(f"__MACOSX/{name.parent}/._{name.name}", b"junk")
    return path


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
    (folder / ".thumbnails" / "a.png").write_bytes(b"no picture")
    (folder / "dogs" / "._3.png").write_bytes(b"no picture")
    return folder


# classes


def test_subfolders_are_classes_and_other_files_are_ignored(album):
    dataset = load_dataset(str(album))
    assert dataset.classes == ("cats", "dogs") and available(str(album))
    sizes = [len(dataset.split(name)) for name in ("train", "validation", "test")]
    assert sizes == [18, 2, 4]
    parts = [dataset.split(name) for name in ("train", "validation", "test")]
    labels = torch.cat([part.labels for part in parts])
    assert labels.bincount().tolist() == [12, 12]
    assert not any("left out" in note for note in dataset.notes)


def test_label_and_name_belong_to_their_picture(album):
    dataset = load_dataset(str(album))
    for name in ("train", "validation", "test"):
        split = dataset.split(name)
        rows = zip(dataset.names[name], split.images, split.labels, strict=True)
        for path, image, label in rows:
            assert path.startswith(dataset.classes[label])
            one_bit = "/3." in path or "/9." in path  # grey became black and white
            assert one_bit or (image.max() > 150) == path.startswith("cats")


def test_flat_folder_is_one_class_named_after_it(tmp_path):
    fill(tmp_path / "shapes", 20)
    dataset = load_dataset(str(tmp_path / "shapes"))
    assert dataset.classes == ("shapes",) and dataset.train.labels.max() == 0


def test_shape_of_the_commonest_picture_is_kept(tmp_path):
    for i in range(20):
        Image.new("L", (56, 28), 255 - i).save(tmp_path / f"{i}.png")
    assert load_dataset(str(tmp_path)).train.images.shape[1:] == (28, 56)


def test_photographs_are_turned_upright(tmp_path):
    picture = Image.new("L", (28, 28), 0)
    picture.paste(255, (0, 0, 28, 14))  # white above
    exif = picture.getexif()
    exif[0x0112] = 3  # upside down
    for i in range(20):
        picture.save(tmp_path / f"{i}.png", exif=exif)
    image = load_dataset(str(tmp_path)).train.images[0]
    assert image[:14].max() == 0 and image[14:].min() == 255


def test_white_ink_on_nothing_becomes_white_on_black(tmp_path):
    picture = Image.new("RGBA", (28, 28), (255, 255, 255, 0))
    picture.paste((255, 255, 255, 255), (0, 0, 28, 14))
    for i in range(20):
        picture.save(tmp_path / f"{i}.png")
    image = load_dataset(str(tmp_path)).train.images[0]
    assert image[:14].min() == 255 and image[14:].max() == 0


def test_a_class_with_one_picture_is_said(tmp_path):
    fill(tmp_path / "a", 20)
    fill(tmp_path / "b", 1, 20)
    assert "1 class has one picture only: b." in said(tmp_path)


def test_a_thousand_classes_are_read_and_more_refused(tmp_path):
    for i in range(1000):
        fill(tmp_path / f"{i:04}", 1, i)
    dataset = load_dataset(str(tmp_path))
    assert len(dataset.classes) == 1000
    assert "1,000 classes have one picture only: 0000, 0001, 0002, …" in " ".join(dataset.notes)
    fill(tmp_path / "1000", 1, 1000)
    assert "more than 1,000 classes" in refusal(tmp_path)


# splits


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("wrapped", ["", "dataset", "dataset/images"])
@pytest.mark.parametrize("names", [("train", "val", "test"), ("Training", "valid", "testing")])
def test_folders_named_so_are_the_splits(names, wrapped, packed, tmp_path):
    for number, (split, count) in enumerate(zip(names, (24, 6, 9), strict=True)):
        for label in "ab":
            start = 100 * number + (50 if label == "b" else 0)
            fill(tmp_path / "set" / wrapped / split / label, count, start)
    path = pack(tmp_path / "set", tmp_path / "set.zip") if packed else tmp_path / "set"
    dataset = load_dataset(str(path))
    assert dataset.classes == ("a", "b") and not dataset.notes
    assert [len(dataset.split(s)) for s in ("train", "validation", "test")] == [48, 12, 18]
    assert all(f"/{names[2]}/" in f"/{name}" for name in dataset.names["test"])
    assert sorted(dataset.train.images[:, 5, 5].tolist()) == [*range(24), *range(50, 74)]


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("training_set/training_set", "test_set/test_set"),
        ("seg_train/seg_train", "seg_test/seg_test"),
        ("trainingSet", "testSet"),
        ("train_images", "test_images"),
        ("Train2017", "Test2017"),
    ],
)
@pytest.mark.parametrize("classes", [("a", "b"), ("",)])
def test_folders_named_nearly_so_are_the_splits_too(train, test, classes, tmp_path):
    for number, label in enumerate(classes):
        fill(tmp_path / train / label, 30, 50 * number)
        fill(tmp_path / test / label, 10, 50 * number + 30)
    dataset = load_dataset(str(tmp_path))
    assert dataset.classes == (classes if len(classes) == 2 else (tmp_path.name,))
    assert len(dataset.test) == 10 * len(classes)
    assert all(name.startswith(test) for name in dataset.names["test"])


def test_classes_that_may_be_meant_as_splits_are_said(tmp_path):
    for number, label in enumerate(("trainA", "trainB", "testA", "testB")):
        fill(tmp_path / label, 10, 10 * number)
    assert "testA, testB, trainA, … are taken for classes: folders of splits" in said(tmp_path)


def test_flat_splits_are_one_class_and_the_lacking_one_is_cut_from_training(tmp_path):
    fill(tmp_path / "train", 40)
    fill(tmp_path / "test", 10, 40)
    dataset = load_dataset(str(tmp_path))
    assert dataset.classes == (tmp_path.name,)
    assert [len(dataset.split(s)) for s in ("train", "validation", "test")] == [35, 5, 10]
    assert sorted(dataset.test.images[:, 5, 5].tolist()) == list(range(40, 50))
    assert "5 training pictures were cut off for validation" in said(tmp_path)


def test_splits_within_the_classes_are_splits(tmp_path):
    for number, label in enumerate(("bottle", "cable")):
        fill(tmp_path / label / "train", 20, 50 * number)
        fill(tmp_path / label / "test", 5, 50 * number + 20)
    dataset = load_dataset(str(tmp_path))
    assert dataset.classes == ("bottle", "cable") and len(dataset.test) == 10
    assert all("/test/" in name for name in dataset.names["test"])


def test_a_class_called_train_is_a_class(tmp_path):
    for number, label in enumerate(("bus", "car", "train")):
        fill(tmp_path / label, 10, 10 * number)
    assert load_dataset(str(tmp_path)).classes == ("bus", "car", "train")


def test_only_training_pictures_are_cut_into_all_splits(tmp_path):
    for number, label in enumerate("ab"):
        fill(tmp_path / "train" / label, 20, 20 * number)
    dataset = load_dataset(str(tmp_path))
    assert dataset.classes == ("a", "b") and len(dataset.test) == 8


def test_folders_beside_the_splits_are_left_out_and_said(tmp_path):
    fill(tmp_path / "train", 30)
    fill(tmp_path / "test", 10, 30)
    fill(tmp_path / "extra", 2, 40)
    assert "2 pictures are in extra, which is no split: left out." in said(tmp_path)


def test_pictures_in_two_splits_are_said(tmp_path):
    fill(tmp_path / "train", 30)
    fill(tmp_path / "val", 8, 28)
    fill(tmp_path / "test", 10, 25)
    text = said(tmp_path)
    assert "2 of 8 pictures of validation are in train as well" in text
    assert "5 of 10 pictures of test are in train as well" in text


def test_test_pictures_without_training_pictures_are_refused(tmp_path):
    fill(tmp_path / "val", 30)
    fill(tmp_path / "test", 10, 30)
    assert "none to train on" in refusal(tmp_path)


def test_reading_is_found_on_training_pictures_alone(tmp_path):
    for split, top in (("train", 5000), ("test", 60000)):
        (tmp_path / split).mkdir()
        for i in range(30):
            values = np.linspace(100 + i, top, 144).reshape(12, 12).astype(np.uint16)
            (tmp_path / split / f"{i}.png").write_bytes(data_forms.encoded(values))
    reading = load_dataset(str(tmp_path)).reading
    assert 100 <= reading.darkest <= 110 and reading.brightest == 5000


# other levels


def test_pictures_one_level_deeper_are_counted_and_named(tmp_path):
    fill(tmp_path / "set" / "2021" / "may" / "a", 12)
    fill(tmp_path / "set" / "2022" / "june" / "b", 12)
    message = refusal(tmp_path / "set")
    assert "24 pictures lie one level deeper, in 2021/may" in message


def test_one_folder_around_all_is_looked_through(tmp_path):
    for number, label in enumerate("ab"):
        fill(tmp_path / "set" / "images" / "png" / label, 15, 15 * number)
    assert load_dataset(str(tmp_path / "set")).classes == ("a", "b")


def test_pictures_beside_class_folders_are_left_out_and_said(tmp_path):
    for number, label in enumerate("ab"):
        fill(tmp_path / label, 15, 15 * number)
    fill(tmp_path, 1, 30)
    fill(tmp_path / "a" / "more", 2, 40)
    text = said(tmp_path)
    assert "1 picture is left out, beside the class folders." in text
    assert "2 pictures are left out, in folders within the classes." in text


def test_other_data_beside_the_pictures_is_left_out_and_said(tmp_path):
    fill(tmp_path / "set", 30)
    (tmp_path / "set" / "README.md").write_text("about")
    assert "other file" not in said(tmp_path / "set")
    (tmp_path / "set" / "labels.csv").write_text("file,label")
    assert "1 other file is left out, such as labels.csv." in said(tmp_path / "set")
    (tmp_path / "set" / "scan.dcm").write_bytes(b"DICM")
    assert "2 other files are left out, such as labels.csv." in said(tmp_path / "set")


@pytest.mark.parametrize("big", [False, True])
def test_further_pages_of_picture_files_are_left_out_and_said(big, tmp_path):
    for i in range(30):
        first, *more = (Image.new("L", (9, 9), 7 * i + page) for page in range(1 + (i < 2)))
        path = tmp_path / f"{i}.tif"
        first.save(path, save_all=True, append_images=more, big_tiff=big)
    assert "2 TIFF files hold several pages: the first alone is read." in said(tmp_path)


def test_folder_of_several_sets_is_refused(tmp_path):
    fill(tmp_path / "set" / "flat", 10)
    fill(tmp_path / "set" / "other" / "a", 20, 10)
    assert "has 10 pictures where classes are expected, but 20 lie" in refusal(tmp_path / "set")


# what cannot be read


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_broken_picture_is_left_out_and_named(album, content):
    (album / "dogs" / "broken.png").write_bytes(content)
    dataset = load_dataset(str(album))
    text = " ".join(dataset.notes)
    assert "1 unreadable file is left out: dogs/broken.png (" in text
    assert sum(map(len, dataset.names.values())) == 24


def test_many_broken_pictures_are_an_error_with_names(album):
    for i in range(6):
        (album / "dogs" / f"broken {i}.png").write_bytes(b"no picture")
    message = refusal(album)
    assert "6 of 30 pictures in album cannot be read: dogs/broken 0.png (" in message
    assert "broken 2.png" in message and "broken 3.png" not in message


def test_one_in_a_hundred_may_be_broken(tmp_path, monkeypatch):
    monkeypatch.setattr(picture_tree, "MAX_UNREADABLE", 0)
    fill(tmp_path, 99)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    assert "1 unreadable file" in said(tmp_path)
    (tmp_path / "broken too.png").write_bytes(b"no picture")
    assert "2 of 101" in refusal(tmp_path)


def test_picture_cut_short_is_named(album):
    whole = (album / "dogs" / "4.png").read_bytes()
    (album / "dogs" / "broken.png").write_bytes(whole[: len(whole) // 2])
    assert "dogs/broken.png" in said(album)


def test_huge_picture_is_refused_before_it_is_decoded(album):
    Image.new("1", (8000, 5001)).save(album / "dogs" / "huge.png")
    assert "dogs/huge.png (The picture has over 40 megapixels)" in said(album)


@pytest.mark.parametrize("kind", ["of a form that nobody uploads", "over twenty megabytes"])
def test_picture_that_the_door_for_pictures_refuses_is_named(album, kind):
    content = io.BytesIO()
    Image.new("L", (28, 28)).save(content, "PCX" if kind.startswith("of") else "PNG")
    padding = bytes(20_000_000 if kind.startswith("over") else 0)
    (album / "dogs" / "odd.png").write_bytes(content.getvalue() + padding)
    assert "dogs/odd.png (The file is " in said(album)


def test_folder_without_rights_is_named(album, monkeypatch):
    scan = os.scandir

    def locked(folder):
        if str(folder).endswith("dogs"):
            raise PermissionError(13, "Permission denied")
        return scan(folder)

    monkeypatch.setattr(entries.os, "scandir", locked)
    assert "dogs cannot be opened (Permission denied)" in refusal(album)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_folder_that_is_locked_is_named(album):
    (album / "dogs").chmod(0)
    try:
        assert "dogs cannot be opened (Permission denied)" in refusal(album)
    finally:
        (album / "dogs").chmod(0o700)


def test_file_without_rights_is_left_out_and_named(album, monkeypatch):
    def locked(entry):
        if entry.name == "5.png":
            raise PermissionError(13, "Permission denied")
        return read(entry)

    read = picture_tree._read
    monkeypatch.setattr(picture_tree, "_read", locked)
    assert "cats/5.png (Permission denied), dogs/5.png (Permission denied)" in said(album)


def test_class_whose_name_cannot_be_written_down_is_refused(album):
    (album / "dogs").rename(album / os.fsdecode(b"d\xffgs"))
    assert "d?gs/0.png in album is not named in UTF-8" in refusal(album)


def test_too_few_pictures_are_counted(tmp_path):
    fill(tmp_path, 19)
    assert "19 pictures: at least 20" in refusal(tmp_path)


def test_too_many_pictures_are_refused(album, monkeypatch):
    monkeypatch.setattr(picture_tree, "MAX_PICTURES", 23)
    assert "24 pictures: more than 23" in refusal(album)


def test_too_many_files_are_refused(album, monkeypatch):
    monkeypatch.setattr(entries, "MAX_ENTRIES", 23)
    assert "more than 23 files" in refusal(album)


def test_what_a_folder_without_pictures_holds_is_said(tmp_path):
    assert "holds no pictures, but nothing" in refusal(tmp_path)
    (tmp_path / "movie.mp4").write_bytes(b"frames")
    assert "but files such as .mp4" in refusal(tmp_path)
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04")
    assert "model.pkl is a pickle" in refusal(tmp_path)


# archives


def test_zip_is_read_as_its_folder(album):
    folder = load_dataset(str(album))
    archive = load_dataset(str(pack(album, album.parent / "album.zip")))
    for split in ("train", "validation", "test"):
        assert torch.equal(archive.split(split).images, folder.split(split).images)
        assert torch.equal(archive.split(split).labels, folder.split(split).labels)
    assert archive.classes == folder.classes and archive.reading == folder.reading


def bomb(path, megabytes, count=1):
    """A zip of pictures that unpack to far more than they take."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for i in range(count):
            archive.writestr(f"{i}.png", bytes(megabytes * 1_000_000))
    return path


def test_zip_bomb_is_one_sentence_and_leaves_nothing(tmp_path):
    path = bomb(tmp_path / "bomb.zip", 100)
    before = set(tmp_path.iterdir())
    assert "1 of 1 pictures in bomb cannot be read: 0.png (The file is larger" in refusal(path)
    assert set(tmp_path.iterdir()) == before


def test_zip_that_unpacks_to_too_much_together_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(entries, "MAX_UNPACKED_BYTES", 50_000_000)
    path = bomb(tmp_path / "bomb.zip", 20, 30)
    assert "unpacks to more than 0.05 GB" in refusal(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_zip_packed_in_an_unusual_way_is_refused(album, method):
    with zipfile.ZipFile(album.parent / "odd.zip", "w", method) as archive:
        for file in album.rglob("*.png"):
            archive.write(file, file.relative_to(album))
    assert "packed in an unusual way" in refusal(album.parent / "odd.zip")


def test_damaged_zips_are_one_sentence(album):
    whole = pack(album, album.parent / "album.zip").read_bytes()
    path = album.parent / "bad.zip"
    for content in (whole[:100], whole[: len(whole) // 2], b"PK\x03\x04" + bytes(200)):
        path.write_bytes(content)
        assert "bad" in refusal(path)
    chance = np.random.default_rng(0)
    for _ in range(40):
        data = np.frombuffer(whole, np.uint8).copy()
        data[chance.integers(4, len(data), 5)] = chance.integers(0, 256, 5)
        path.write_bytes(data.tobytes())
        said = data_forms.sentence_of(path)
        assert said == "" or (said.endswith(".") and "\n" not in said)
