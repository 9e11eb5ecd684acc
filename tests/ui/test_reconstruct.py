"""Reconstruct: a picture of one's own through the model, and what bad pictures lead to."""

import dataclasses
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from seen import assert_fine, complaint, described, pictures

from vae_explorer.checkpoints import encode_split
from vae_explorer.data import to_unit
from vae_explorer.example import example_picture


def png(picture: Image.Image) -> bytes:
    """The bytes of a PNG file."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def huge() -> bytes:
    """A PNG of 60 megapixels that is small as a file."""
    wide, high = 10_000, 6_000

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", wide, high, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((wide // 8 + 1) * high), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


VERDICT = ("Input", "Reconstruction", "Error")
NOISE = np.random.default_rng(0).integers(0, 255, (90, 90), np.uint8)
BAD = {
    "text": b"this is not a picture",
    "empty": b"",
    "truncated": png(Image.fromarray(NOISE))[:4000],
    "60 megapixels": huge(),
    "white page": png(Image.new("L", (300, 300), 255)),
    "black page": png(Image.new("RGB", (30, 30))),
    "one pixel": png(Image.new("L", (1, 1), 255)),
    "header only": b"\x89PNG\r\n\x1a\n",
    "html": b"<!doctype html><html></html>",
    "archive": b"PK\x03\x04" + bytes(200),
}


def upload(at, data: bytes, name: str = "digit.png"):
    """Put a file into the page's uploader."""
    return at.file_uploader(key="picture").upload(name, data, "image/png").run()


def test_drawn_digit_is_shown_beside_its_reconstruction(visit, drawing):
    at = upload(visit("reconstruct"), drawing)
    assert_fine(at)
    shown = pictures(at)
    assert {"1. As uploaded", *VERDICT} <= set(shown)
    assert len({shown[title] for title in VERDICT}) == 3
    assert list(at.main.dataframe[0].value["coordinate"]) == ["z1", "z2", "z3"]
    assert any("Nearest test digits" in text.value for text in at.markdown)


def test_upload_cannot_escape_from_its_place_by_its_name(visit, drawing):
    at = upload(visit("reconstruct"), drawing, "../../<script>.png")
    assert_fine(at)
    assert "Input" in pictures(at)


def test_photograph_of_a_digit_is_taken(visit):
    at = upload(visit("reconstruct"), example_picture(), "photo.jpg")
    assert_fine(at)
    assert "Input" in pictures(at)


@pytest.mark.parametrize("kind", BAD)
def test_bad_picture_is_one_sentence_and_a_good_one_works_again(visit, drawing, kind):
    at = upload(visit("reconstruct"), BAD[kind])
    assert complaint(at)
    assert "Input" not in pictures(at)
    upload(at, drawing)
    assert_fine(at)
    assert "Input" in pictures(at)


def test_pixels_count_not_bytes(visit):
    assert "megapixels" in complaint(upload(visit("reconstruct"), BAD["60 megapixels"]))


def test_example_is_at_hand_for_those_without_a_picture(visit):
    at = visit("reconstruct")
    assert "Input" not in pictures(at)
    at.toggle(key="example").set_value(True).run()
    assert_fine(at)
    assert "Input" in pictures(at)
    at.toggle(key="example").set_value(False).run()
    assert "Input" not in pictures(at)


def test_picture_goes_through_the_model_chosen_later(visit, drawing, small, install):
    key = install(small())
    at = upload(visit("reconstruct"), drawing)
    first = pictures(at)
    at.selectbox(key="model").set_value(key).run()
    assert_fine(at)
    second = pictures(at)
    assert second["Input"] == first["Input"]
    assert second["Reconstruction"] != first["Reconstruction"]


def test_class_of_a_conditional_model_changes_the_reconstruction(visit, drawing, small, install):
    key = install(small(classes=10))
    at = visit("reconstruct")
    at.selectbox(key="model").set_value(key).run()
    upload(at, drawing)
    before = pictures(at)["Reconstruction"]
    at.selectbox(key="label").set_value(4).run()
    assert_fine(at)
    assert pictures(at)["Reconstruction"] != before


def test_model_of_another_picture_size_says_so(visit, drawing, small, install):
    key = install(small(image_size=16))
    at = visit("reconstruct")
    at.selectbox(key="model").set_value(key).run()
    upload(at, drawing)
    assert_fine(at)
    assert "16 × 16" in at.warning[0].value


def test_ten_others_are_others_and_come_round(visit, small, install):
    key = install(small(count=30))
    at = visit("reconstruct")
    at.selectbox(key="model").set_value(key).run()
    seen = [described(at, "ten ")]
    for _ in range(3):
        at.button(key="other_ten").click().run()
        assert_fine(at)
        seen.append(described(at, "ten "))
    assert len(set(seen[:3])) == 3 and seen[3] == seen[0]


def test_missing_originals_are_called_missing(visit):
    at = visit("reconstruct")
    assert any("not on this disk" in caption.value for caption in at.caption)


def test_embedded_digits_show_their_originals(visit, small, install, digits):
    made = small()
    encoded = encode_split(made.model, to_unit(digits.test.images), digits.test.labels, "test")
    key = install(dataclasses.replace(made, dataset="digits", encoded=encoded))
    at = visit("reconstruct")
    at.selectbox(key="model").set_value(key).run()
    assert_fine(at)
    assert described(at, "ten test digits above their reconstructions")
