"""The door for picture files: what is read, and that whatever else comes is one sentence."""

import random
import subprocess
import sys
import warnings

import hostile_files
import numpy as np
import pytest
from paths import ROOT
from PIL import Image, ImageFile, features

from vae_explorer.data import image_decoding
from vae_explorer.data.image_decoding import decode, on_paper
from vae_explorer.errors import UploadError

FORMS = [form for form in hostile_files.FORMS if form != "AVIF" or features.check("avif")]
SEEDS = hostile_files.seeds()
VALID = [(form, name) for form in FORMS for name in SEEDS[form] if name not in ("none", "LAB")]


@pytest.fixture(scope="module")
def fuzz():
    """The benchmark as a module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        import fuzz_pictures

        yield fuzz_pictures


@pytest.fixture(scope="module")
def crowds():
    return hostile_files.crowds()


def grey(data):
    return np.asarray(on_paper(decode(data)).convert("L")) / 255


def refusal(data):
    """The sentence with which a file is refused."""
    with pytest.raises(UploadError) as caught:
        decode(data)
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message and len(message) < 120
    return message


# What is read


@pytest.mark.parametrize(("form", "name"), VALID)
def test_every_kind_of_file_is_read(form, name):
    picture = decode(SEEDS[form][name])
    assert picture.mode in ("RGBA", "I", "F") and min(picture.size) >= 8
    assert on_paper(picture).mode in ("L", "RGB")


@pytest.mark.parametrize("form", FORMS)
def test_picture_keeps_its_look_in_every_form(form):
    seven = hostile_files.page("RGB", (48, 48))
    found = grey(
        hostile_files.encode(seven, form, **({"sizes": [(48, 48)]} if form == "ICO" else {}))
    )
    assert np.abs(found - np.asarray(seven.convert("L")) / 255).mean() < 0.06


@pytest.mark.parametrize("form", [form for form in FORMS if form != "ICO"])
@pytest.mark.parametrize("size", [(2900, 1901), (1023, 2501), (4300, 400)])
def test_large_picture_is_reduced_alike_from_every_form(form, size):
    large = hostile_files.page("RGB", size)
    expected = large.convert("L")
    expected.thumbnail((1024, 1024))
    options = {"speed": 10} if form == "AVIF" else {}
    found = grey(hostile_files.encode(large, form, **options))
    assert np.abs(np.subtract(found.shape, expected.size[::-1])).max() <= 1
    found = Image.fromarray((found * 255).astype(np.uint8)).resize(expected.size)
    assert np.abs(np.asarray(found) / 255 - np.asarray(expected) / 255).mean() < 0.03


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("turn", [1, 3, 6, 8, 0, 9, 65535])
def test_picture_is_upright_in_every_form(form, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    upright = hostile_files.page("L", (80, 50))
    undo = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90}
    undo[8] = Image.Transpose.ROTATE_270
    held = upright.transpose(undo[turn]) if turn in undo else upright
    found = grey(hostile_files.encode(held, form, exif=exif))
    assert found.shape == (50, 80) and np.abs(found - np.asarray(upright) / 255).mean() < 0.05


def test_orientation_is_not_sought_in_megabytes_of_exif():
    data = hostile_files.encode(hostile_files.page(), "WEBP", exif=hostile_files.greedy())
    assert decode(data).size == (56, 60)


def test_colour_key_and_clear_pixels_survive_reduction():
    picture = Image.new("L", (5000, 3000), 7)
    picture.paste(200, (0, 0, 2500, 3000))
    found = np.asarray(decode(hostile_files.encode(picture, "PNG", transparency=7)))[..., 3]
    assert found[300, 100] == 255 and found[300, 900] == 0


def test_numbers_that_are_none_become_paper_without_a_warning():
    values = np.full((20, 30), 0.5, np.float32)
    values[3:6, 4:9] = np.array([0x7F800001], np.uint32).view(np.float32)  # a signalling NaN
    values[7], values[8] = np.inf, -np.inf
    found = grey(hostile_files.encode(Image.fromarray(values), "TIFF"))
    assert found.shape == (20, 30) and found[0, 0] > 0.4 and (found[[4, 7, 8], 5] == 0).all()


def test_largest_of_several_icons_is_read():
    assert decode(SEEDS["ICO"]["several"]).size == (45, 48)


def test_first_of_several_photographs_is_read():
    assert np.abs(grey(SEEDS["JPEG"]["several"]) - grey(SEEDS["JPEG"]["plain"])).mean() < 0.01


# What is refused


@pytest.mark.parametrize("form", FORMS)
def test_damaged_files_are_pictures_or_one_sentence(form):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="PIL")  # as in use: a warning refuses nothing
        ends = []
        for index in range(60):
            _, data = hostile_files.mutant(random.Random(f"{form} {index}"), form, SEEDS, {})
            try:
                picture = decode(data)
            except UploadError as error:
                ends.append(str(error))
                continue
            assert picture.mode in ("RGBA", "I", "F") and max(picture.size) <= 1024
            assert on_paper(picture).mode in ("L", "RGB")
            ends.append("read")
    assert "read" in ends and len(set(ends)) > 1


CROWDS = {
    "PNG": ["chunks", "texts", "profile", "promise"],
    "JPEG": ["segments", "junk", "EXIF"],
    "GIF": ["comment", "extensions", "promise"],
    "BMP": ["line ends", "runs"],
    "WEBP": ["promise"],
    "TIFF": ["strips", "tile", "deep", "tags"],
    "PPM": ["comment", "spaces", "comments", "text", "few greys"],
    "ICO": ["huge PNG", "large BMP", "icons"],
    "JPEG2000": ["tiles", "boxes", "segments"],
    "AVIF": ["EXIF"],
}


@pytest.mark.parametrize(("form", "name"), [(f, name) for f in FORMS for name in CROWDS[f]])
def test_small_picture_in_a_costly_file_is_refused(crowds, form, name):
    assert set(crowds[form]) == set(CROWDS[form])
    refusal(crowds[form][name])


@pytest.mark.parametrize(
    ("form", "name"),
    [("TIFF", "tile"), ("TIFF", "deep"), ("BMP", "line ends"), ("PPM", "few greys")],
)
def test_costly_form_is_named_and_not_decoded(crowds, form, name, monkeypatch):
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("decoded"))
    assert "too costly" in refusal(crowds[form][name])


def test_file_is_not_read_too_often():
    spare = hostile_files.chunk(b"abCd", b"")
    whole = hostile_files.encode(hostile_files.page(), "PNG")
    assert decode(whole[:33] + spare * 1000 + whole[33:]).size == (56, 60)
    assert "damaged" in refusal(whole[:33] + spare * 30_000 + whole[33:])


def test_progressive_photograph_is_read_but_not_one_of_endless_scans():
    data = hostile_files.encode(Image.new("RGB", (2000, 1500)), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    assert decode(data).size == (1024, 768)
    assert "too costly" in refusal(data[:-2] + scan * 600 + b"\xff\xd9")


def test_formats_that_need_several_copies_have_fewer_megapixels():
    data = hostile_files.encode(Image.new("L", (5100, 5000)), "WEBP", method=0)
    assert "25 megapixels" in refusal(data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        ("HEIC", b"\0\0\0\x18ftyphevc\0\0\0\0"),
        ("JPEG XL", b"\0\0\0\x0cJXL \r\n\x87\n"),
    ],
)
def test_foreign_format_is_named(name, data, monkeypatch):
    monkeypatch.setattr(image_decoding.importlib.util, "find_spec", lambda _: None)
    message = refusal(data)
    assert message.startswith(name) and "PNG or JPEG" in message


@pytest.mark.parametrize(
    ("form", "name"), [("AVIF", "AVIF"), ("WEBP", "WebP"), ("JPEG2000", "JPEG 2000")]
)
def test_format_without_its_codec_is_named(form, name, monkeypatch):
    monkeypatch.setattr(image_decoding.features, "check", lambda _: False)
    assert refusal(next(iter(SEEDS[form].values()))).startswith(name)


# HEIC, where its package is installed


@pytest.fixture
def heic():
    """A HEIC file of a picture."""
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener(thumbnails=False)
    return lambda picture, **options: hostile_files.encode(picture, "HEIF", **options)


def test_heic_is_read_where_its_package_is_installed(heic):
    seven = hostile_files.page("RGB", (64, 48))
    found = grey(heic(seven, quality=90))
    assert found.shape == (48, 64)
    assert np.abs(found - np.asarray(seven.convert("L")) / 255).mean() < 0.06


def test_heic_is_upright(heic):
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = hostile_files.page("L", (80, 50)).transpose(Image.Transpose.ROTATE_90)
    found = grey(heic(lying.convert("RGB"), exif=exif.tobytes(), quality=90))
    assert found.shape == (50, 80)


def test_heic_is_decoded_no_larger_than_it_announces(heic):
    data = bytearray(heic(Image.new("RGB", (3000, 3000)), quality=10))
    place = data.find(b"ispe")
    while place >= 0:
        data[place + 8 : place + 16] = (100).to_bytes(4, "big") * 2
        place = data.find(b"ispe", place + 4)
    assert "damaged" in refusal(bytes(data))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(image_decoding.MAX_MEGAPIXELS_OF, "HEIF", 1)
        assert "over 1 megapixels" in refusal(heic(Image.new("RGB", (1100, 1000)), quality=10))


def test_damaged_heic_is_a_picture_or_one_sentence(heic):
    whole = heic(hostile_files.page("RGB", (64, 48)), quality=50)
    chance = random.Random(0)
    ends = set()
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 3, 10))):
            data[chance.randrange(12, len(data))] = chance.randrange(256)
        try:
            decode(bytes(data))
            ends.add("read")
        except UploadError as error:
            ends.add(str(error))
    assert len(ends) > 1


# The benchmark


def test_benchmark_reads_or_refuses_all():
    command = [sys.executable, "benchmarks/fuzz_pictures.py", "--files", "60", "--no-bombs"]
    limits = ["--no-photographs", "--seconds", "600", "--workers", "1"]
    result = subprocess.run(
        [*command, *limits], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    rows = {line.split()[0]: line.split() for line in result.stdout.splitlines() if line}
    assert rows["all"][1] == "60" and rows["PNG"][1] == "6" and rows["failures:"][1] == "0"


def test_benchmark_notices_what_is_no_upload_error(fuzz, monkeypatch):
    good = SEEDS["PNG"]["plain"]
    assert fuzz.examine("PNG", "plain", good).outcome == "accepted"
    assert fuzz.examine("PNG", "noise", b"noise").outcome == "refused"
    monkeypatch.setattr(image_decoding, "decode", lambda _: 1 / 0)
    broken = fuzz.examine("PNG", "plain", good)
    assert "ZeroDivisionError" in broken.outcome and not broken.opened
    assert len(fuzz.failures([broken], 600, 10_000)) == 1


def test_benchmark_notices_what_is_slow_or_large(fuzz):
    fine = fuzz.Result("PNG", "plain", "accepted", True, 0.5, 0.5, 9.0, 500)
    assert fuzz.failures([fine], 2, 1000) == []
    slow, large = fine._replace(whole=2.1), fine._replace(megabytes=1001)
    assert len(fuzz.failures([slow, large], 2, 1000)) == 2
