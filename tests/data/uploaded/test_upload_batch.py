"""Many pictures at once: files, zips, and what is wrong with them."""

import io
import random
import zipfile

import pytest
import torch
from PIL import Image, ImageDraw

from vae_explorer.data.handwriting.preprocessing import STEPS, preprocess_image
from vae_explorer.data.uploaded import upload_batch
from vae_explorer.data.uploaded.upload_batch import File, read_batch
from vae_explorer.errors import UploadError


def picture(number: int = 0) -> bytes:
    """A PNG file of a stroke, another one for each number."""
    drawn = Image.new("L", (120, 120), 255)
    ImageDraw.Draw(drawn).line([(30 + 7 * number, 20), (60, 100)], fill=0, width=10)
    buffer = io.BytesIO()
    drawn.save(buffer, "PNG")
    return buffer.getvalue()


def packed(entries: dict[str, bytes], name: str = "set.zip", method=zipfile.ZIP_DEFLATED) -> File:
    """A zip of these entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for path, content in entries.items():
            archive.writestr(path, content)
    return File(name, buffer.getvalue())


def test_pictures_come_as_the_picture_door_prepares_them_in_order_of_names():
    got = read_batch([File("b.png", picture(1)), File("a.png", picture(0))])
    expected = [preprocess_image(picture(number)).image for number in (0, 1)]
    assert torch.equal(got.images, torch.stack(expected))
    assert got.images.shape == (2, 1, 28, 28) and not got.refused


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_zip_holds_the_same_as_its_files(method):
    files = {f"some/folder/{number}.png": picture(number) for number in range(3)}
    apart = read_batch([File(name, content) for name, content in files.items()])
    together = read_batch([packed(files, method=method)])
    assert torch.equal(together.images, apart.images)


def test_only_pictures_are_taken_from_a_zip():
    entries = {
        "notes.txt": b"words",
        "__MACOSX/a.png": b"junk",
        ".hidden.png": b"junk",
        "folder.png/": b"",
        "../../a.PNG": picture(),
        "b.png": b"no picture",
    }
    got = read_batch([packed(entries)])
    assert len(got.images) == 1
    assert {name for name, _ in got.refused} == {"b.png", "folder.png/"}


def test_steps_can_be_left_out():
    file = [File("a.png", picture())]
    plain = read_batch(file, without=tuple(STEPS)).images
    assert torch.equal(plain[0], preprocess_image(file[0].data, without=tuple(STEPS)).image)
    assert not torch.equal(plain, read_batch(file).images)


def test_progress_ends_at_one():
    heard = []
    read_batch([File(f"{n}.png", picture()) for n in range(4)], progress=heard.append)
    assert heard == [0.25, 0.5, 0.75, 1.0]


def damaged() -> File:
    """A zip whose one entry does not unpack any more."""
    whole = packed({"a.png": picture()}).data
    at = whole.index(b"a.png") + 20
    return File("set.zip", whole[:at] + bytes(40) + whole[at + 40 :])


def locked() -> File:
    """A zip that says its entry is encrypted."""
    data = bytearray(packed({"a.png": picture()}).data)
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return File("set.zip", bytes(data))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([packed({})], "no picture in the archive"),
        ([packed({"a.txt": b"words"})], "no picture in the archive"),
        ([damaged()], "a.png"),
        ([locked()], "password"),
        ([File("set.zip", packed({"a.png": picture()}).data[:60])], "set.zip"),
        ([File("a.png", b"words"), File("b.png", b"")], "a.png"),
    ],
    ids=["empty", "no pictures", "damaged", "locked", "cut short", "not pictures"],
)
def test_bad_set_is_one_sentence(files, said):
    with pytest.raises(UploadError, match=said):
        read_batch(files)


def test_too_many_pictures_are_refused_before_any_is_read(monkeypatch):
    monkeypatch.setattr(upload_batch, "MAX_BATCH_PICTURES", 3)
    heard = []
    with pytest.raises(UploadError, match="4 pictures are too many: send 3"):
        read_batch([packed({f"{n}.png": b"" for n in range(4)})], progress=heard.append)
    assert not heard


def test_entry_that_unpacks_to_gigabytes_is_read_no_further_than_the_limit(monkeypatch):
    monkeypatch.setattr(upload_batch, "MAX_MEGABYTES", 1)
    lengths = []

    def door(data, reading, without):
        lengths.append(len(data))
        raise UploadError("too large.")

    monkeypatch.setattr(upload_batch.uploads, "read_one", door)
    with pytest.raises(UploadError):
        read_batch([packed({"a.png": bytes(5_000_000)})])
    assert lengths == [1_000_001]


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_zip_of_a_packing_that_may_unpack_to_anything_at_once_is_refused_unread(
    monkeypatch, method
):
    odd = packed({"a.png": picture()}, method=method)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *args: pytest.fail("it was unpacked"))
    with pytest.raises(UploadError, match="packed in an unusual way"):
        read_batch([odd])


def test_pictures_beyond_what_one_upload_may_take_are_refused_unread(monkeypatch):
    monkeypatch.setattr(upload_batch, "MAX_BATCH_MEGAPIXELS", 0.03)  # two of 120 x 120
    files = [File(f"{n}.png", picture(n)) for n in range(4)]
    got = read_batch(files)
    assert len(got.images) == 2
    assert [name for name, _ in got.refused] == ["2.png", "3.png"]
    assert all("megapixels: send fewer" in reason for _, reason in got.refused)
    monkeypatch.setattr(upload_batch, "MAX_BATCH_MEGAPIXELS", 1)
    monkeypatch.setattr(upload_batch, "MAX_UNPACKED_MEGABYTES", len(files[0].data) / 2e6)
    assert len(read_batch(files).images) == 1


def test_mutated_archives_raise_nothing_but_the_sentence():
    chance = random.Random(0)
    whole = packed({f"{n}.png": picture(n) for n in range(3)}).data
    said = []
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 3, 10))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            read_batch([File("set.zip", bytes(data[: chance.choice((len(data), 200))]))])
        except UploadError as error:
            said.append(str(error))
    assert said and all(sentence.endswith(".") for sentence in said)
