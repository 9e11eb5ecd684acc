"""Pictures of any kind become what MNIST would have made of them; bad files become UploadError."""

import io
import math
import sys
import warnings

import numpy as np
import pytest
import torch
from hostile_files import encode, png
from paths import ROOT
from PIL import Image, ImageChops, ImageDraw, ImageFile, features
from scipy import ndimage

from vae_explorer.data.handwriting import ink, ruled_lines
from vae_explorer.data.handwriting.preprocessing import (
    STEPS,
    Prepared,
    preprocess_all,
    preprocess_image,
)
from vae_explorer.errors import UploadError
from vae_explorer.models.checkpoints import load_checkpoint

sys.path.append(str(ROOT / "benchmarks"))
import handwriting

# Digits as pens draw them, in a unit square: each a list of strokes, each a list of points.
CURVE = [(math.cos(t / 12 * math.pi), math.sin(t / 12 * math.pi)) for t in range(25)]
STROKES = {
    0: [[(0.5 + 0.3 * x, 0.5 + 0.45 * y) for x, y in CURVE]],
    1: [[(0.35, 0.25), (0.55, 0.05), (0.55, 0.95)]],
    2: [[(0.2, 0.25), (0.5, 0.05), (0.8, 0.25), (0.75, 0.45), (0.2, 0.95), (0.85, 0.95)]],
    3: [[(0.2, 0.1), (0.8, 0.1), (0.45, 0.45), (0.8, 0.7), (0.5, 0.95), (0.2, 0.85)]],
    4: [[(0.55, 0.05), (0.15, 0.65), (0.85, 0.65)], [(0.6, 0.4), (0.6, 0.95)]],
    5: [
        [(0.8, 0.07), (0.3, 0.07)],
        [(0.27, 0.2), (0.25, 0.45), (0.7, 0.5), (0.7, 0.85), (0.2, 0.9)],
    ],
    7: [[(0.15, 0.05), (0.85, 0.05), (0.4, 0.95)]],
    8: [[(0.5 + r * x, c + 0.22 * y) for x, y in CURVE] for c, r in ((0.28, 0.2), (0.72, 0.27))],
}
FORMATS = ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM"]
if features.check("avif"):
    FORMATS.append("AVIF")


def draw(digit=5, size=(240, 240), pen=0.07, ink=0, paper=255, box=None) -> Image.Image:
    """A digit drawn with round ends in the box (left, top, width, height) of a plain page."""
    picture = Image.new("L", size, paper)
    left, top, width, height = box or (0.15 * size[0], 0.1 * size[1], 0.7 * size[0], 0.8 * size[1])
    pencil, radius = ImageDraw.Draw(picture), pen * height / 2
    for stroke in STROKES[digit]:
        points = [(left + x * width, top + y * height) for x, y in stroke]
        pencil.line(points, fill=ink, width=round(2 * radius), joint="curve")
        for x, y in points:
            pencil.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
    return picture


def seen(picture, form="PNG", **options) -> np.ndarray:
    """What the model sees of a picture, (28, 28)."""
    return preprocess_image(encode(picture, form, **options)).image[0].numpy()


def as_picture(values) -> Image.Image:
    return Image.fromarray((np.clip(values, 0, 1) * 255).round().astype(np.uint8))


def assert_alike(one, other, most=0.02):
    assert np.abs(one - other).mean() < most


def assert_nearly_alike(one, other, most=0.04):
    """Whole pixels may round apart."""
    near = [np.roll(other, (down, right), (0, 1)) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    assert min(np.abs(one - moved).mean() for moved in near) < most


def assert_refused(data, words):
    with pytest.raises(UploadError, match=words) as caught:
        preprocess_image(data)
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message and len(message) < 120


# What comes out


@pytest.mark.parametrize("digit", STROKES)
def test_result_is_a_unit_float_tensor_and_named_pictures(digit):
    prepared = preprocess_image(encode(draw(digit)))
    assert isinstance(prepared, Prepared)
    assert prepared.image.shape == (1, 28, 28) and prepared.image.dtype == torch.float32
    assert prepared.image.min() == 0 and 0.9 < prepared.image.max() <= 1
    assert all(picture.mode in ("L", "RGB") for _, picture in prepared.steps)


def test_steps_lead_from_the_upload_to_what_the_model_sees():
    upload = draw(3, (300, 400)).convert("RGB")
    image, steps = preprocess_image(encode(upload))
    assert [name for name, _ in steps] == [
        "As uploaded",
        "Shades of grey",
        "Bright ink",
        "Evenly lit",
        "Lines removed",
        "Paper removed",
        "Specks removed",
        "Cropped to the ink",
        "Strokes as wide as MNIST's",
        "Fitted into 20 × 20",
        "Centred by mass",
        "What the model sees",
    ]
    assert ImageChops.difference(steps[0][1], upload).getbbox() is None
    assert np.abs(np.asarray(steps[-1][1]) / 255 - image[0].numpy()).max() < 1 / 255
    assert max(steps[-3][1].size) == 20


@pytest.mark.parametrize("digit", STROKES)
@pytest.mark.parametrize("pen", [0.03, 0.07, 0.14])
def test_ink_is_fitted_and_centred_by_mass_as_in_mnist(digit, pen):
    image = seen(draw(digit, (500, 400), pen, box=(260, 20, 200, 260)))
    height, width = (np.ptp(places) + 1 for places in np.nonzero(image > 0.1))
    assert 19 <= max(height, width) <= 20
    centre = np.array(ndimage.center_of_mass(image))
    assert (centre >= 13.5 - 1e-6).all() and (centre <= 14.5 + 1e-6).all()


@pytest.mark.parametrize("digit", STROKES)
def test_aspect_ratio_is_kept(digit):
    upload = draw(digit)
    left, top, right, bottom = ImageChops.invert(upload).getbbox()
    rows, columns = np.nonzero(seen(upload) > 0.3)
    ratio = (np.ptp(columns) + 1) / (np.ptp(rows) + 1)
    assert ratio == pytest.approx((right - left) / (bottom - top), abs=0.12)


def test_lopsided_drawing_is_not_cut_off():
    page = Image.new("L", (300, 300), 255)
    pencil = ImageDraw.Draw(page)
    pencil.rectangle((40, 220, 90, 270), fill=0)  # all the mass at one end of a long line
    pencil.line((65, 245, 260, 50), fill=0, width=6)
    rows, columns = np.nonzero(seen(page) > 0.1)
    assert np.ptp(rows) + 1 == 20 and np.ptp(columns) + 1 == 20


def test_strokes_come_near_one_width_whatever_the_pen():
    inks = [seen(draw(5, (400, 400), pen)).sum() for pen in (0.01, 0.03, 0.07, 0.12, 0.18)]
    assert max(inks) / min(inks) < 1.6  # 18 in the drawings
    assert min(inks) > 60 and max(inks) < 150  # 102 in MNIST on average


def test_result_does_not_depend_on_place_or_size_of_the_drawing():
    small = draw(2, (700, 500), box=(30, 40, 70, 100))
    large = draw(2, (700, 500), box=(300, 20, 322, 460))
    one, other = seen(small), seen(large)
    assert_nearly_alike(one, other)


def test_same_bytes_give_same_result():
    data = encode(draw(8))
    one, other = preprocess_image(data), preprocess_image(data)
    assert torch.equal(one.image, other.image)
    assert all(
        a.tobytes() == b.tobytes() for (_, a), (_, b) in zip(one.steps, other.steps, strict=True)
    )


# What already looks like MNIST


@pytest.mark.parametrize("digit", STROKES)
@pytest.mark.parametrize("inverted", [False, True])
def test_prepared_picture_comes_back_unchanged(digit, inverted):
    mnist = as_picture(seen(draw(digit)))
    image, steps = preprocess_image(encode(ImageChops.invert(mnist) if inverted else mnist))
    assert np.abs(image[0].numpy() - np.asarray(mnist) / 255).max() < 1e-6
    assert [name for name, _ in steps][-1] == "What the model sees" and len(steps) == 5


def test_only_a_picture_that_lies_otherwise_is_resampled():
    mnist = as_picture(seen(draw(3)))
    assert not preprocess_image(encode(mnist)).resampled
    assert preprocess_image(encode(draw(3))).resampled


def test_prepared_picture_is_recovered_from_an_enlarged_one():
    mnist = seen(draw(3))
    enlarged = as_picture(mnist).resize((280, 280), Image.Resampling.BICUBIC)
    assert_alike(seen(enlarged), mnist, most=0.04)


def test_off_centre_28x28_is_moved_to_the_centre():
    mnist = seen(draw(3))
    moved = np.roll(mnist, (-3, 3), (0, 1))
    assert_alike(seen(as_picture(moved)), mnist, most=0.06)


@pytest.mark.parametrize("index", range(0, 30, 3))
def test_scanned_8x8_digit_is_enlarged_whatever_its_polarity(index):
    from sklearn.datasets import load_digits

    scan = load_digits().images[index] / 16
    image = seen(as_picture(scan))
    assert 40 < image.sum() < 180
    assert_alike(image, seen(as_picture(1 - scan)))
    large = as_picture(scan).resize((20, 20), Image.Resampling.BICUBIC)
    plain = np.pad(np.asarray(large) / 255, 4)
    assert np.corrcoef(ndimage.gaussian_filter(image, 1).ravel(), plain.ravel())[0, 1] > 0.5


# Page and light


@pytest.mark.parametrize("digit", STROKES)
def test_upload_with_white_background_is_inverted(digit):
    dark_on_light, light_on_dark = draw(digit), draw(digit, ink=255, paper=0)
    assert np.array_equal(seen(dark_on_light), seen(light_on_dark))


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (40, 90), (90, 40), (225, 255), (60, 200)])
def test_grey_of_ink_and_paper_does_not_matter(ink, paper):
    assert_alike(seen(draw(4, ink=ink, paper=paper)), seen(draw(4)), most=0.005)


@pytest.mark.parametrize("digit", [1, 7, 8])
def test_tightly_cropped_thick_digit_keeps_its_polarity(digit):
    thick = draw(digit, pen=0.2)
    tight = thick.crop(ImageChops.invert(thick).getbbox())
    assert_alike(seen(tight), seen(thick), most=0.06)


def shaded(picture, darkest=0.45, shadow=0.25) -> Image.Image:
    """Light that fades across the page and falls off once more at a soft shadow's edge."""
    values = np.asarray(picture) / 255
    y, x = np.indices(values.shape) / max(values.shape)
    shadow = 1 - shadow / (1 + np.exp(-(x + y - 1.2) / 0.08))
    return as_picture(0.95 * values * (1 - (1 - darkest) * x) * shadow)


@pytest.mark.parametrize("digit", STROKES)
def test_shadow_across_the_page_leaves_no_trace(digit):
    page = draw(digit, (400, 300), ink=60)
    assert_alike(seen(shaded(page)), seen(page))


def test_hard_shadow_in_a_corner_is_not_taken_for_ink():
    page = draw(3, (400, 400), ink=60, box=(100, 60, 200, 280))
    values = np.asarray(page) / 255
    y, x = np.indices(values.shape)
    values = np.where(x + y < 110, values * 0.6, values)
    assert_alike(seen(as_picture(values)), seen(page))


def test_paper_noise_blur_and_jpeg_change_little():
    rng = np.random.default_rng(0)
    page = draw(2, (500, 600), ink=70)
    photo = ndimage.gaussian_filter(np.asarray(shaded(page)) / 255, 1.5)
    photo = as_picture(photo + rng.normal(0, 0.03, photo.shape))
    assert_alike(seen(photo, "JPEG", quality=70), seen(page))


def test_dirt_is_removed():
    page, clean = draw(3, (300, 300)), draw(3, (300, 300))
    pencil = ImageDraw.Draw(page)
    for x, y in ((12, 15), (285, 280), (20, 270), (150, 290)):
        pencil.ellipse((x - 3, y - 3, x + 3, y + 3), fill=0)
    assert_alike(seen(page), seen(clean), most=0.002)


def test_detached_top_bar_of_a_five_is_kept():
    page = draw(5, pen=0.05)
    assert ndimage.label(np.asarray(page) < 128)[1] == 2  # detached indeed
    joined = page.copy()
    ImageDraw.Draw(joined).line((87, 37, 81, 62), fill=0, width=9)
    assert_alike(seen(page), seen(joined), most=0.04)


def test_stroke_that_runs_off_the_page_is_kept():
    page = draw(5, (240, 240), pen=0.05, box=(80, 24, 200, 192))  # its bar ends at the edge
    assert_alike(seen(page), seen(draw(5, (400, 240), pen=0.05, box=(80, 24, 200, 192))), most=0.06)


def test_faint_lines_of_squared_paper_are_dropped():
    page, lines = draw(5, (600, 800)), Image.new("L", (600, 800), 255)
    pencil = ImageDraw.Draw(lines)
    for at in range(0, 800, 40):
        pencil.line((0, at, 600, at), fill=190, width=2)
        pencil.line((at, 0, at, 800), fill=190, width=2)
    assert_alike(seen(ImageChops.multiply(page, lines)), seen(page))


# Printed lines


def ruled(page, grey=0, width=3, step=45, squared=False, slope=0.0) -> Image.Image:
    """A page with lines as dark as ink, from side to side."""
    lines = Image.new("L", page.size, 255)
    pencil, (right, bottom) = ImageDraw.Draw(lines), page.size
    for at in range(-20 - bottom // step * step, 2 * bottom, step):
        pencil.line((0, at, right, at + slope * right), fill=grey, width=width)
        if squared:
            pencil.line((at, 0, at - slope * bottom, bottom), fill=grey, width=width)
    return ImageChops.multiply(page, lines)


@pytest.mark.parametrize("digit", STROKES)
@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("grey", [0, 110])
def test_lines_of_the_paper_are_removed_and_strokes_across_them_stay(digit, squared, grey):
    page = draw(digit, (480, 600), ink=0, box=(120, 100, 240, 330))
    lined = ruled(page, grey, squared=squared)
    assert_nearly_alike(seen(lined), seen(page), most=0.03)


@pytest.mark.parametrize("slope", [-0.08, -0.03, 0.02, 0.07])
def test_tilted_lines_are_removed(slope):
    page = draw(2, (480, 600), pen=0.09, box=(120, 120, 240, 330))
    assert_nearly_alike(seen(ruled(page, 60, squared=True, slope=slope)), seen(page))


@pytest.mark.parametrize("digit", [0, 1, 3, 7])
def test_no_stroke_is_broken_by_a_line_taken_out(digit):
    page = draw(digit, (480, 600), pen=0.06, box=(120, 100, 240, 330))
    clean = ruled_lines.drop_lines(1 - np.asarray(ruled(page, 90, step=60)) / 255)
    labels, _ = ndimage.label(clean > 0.5, np.ones((3, 3)))
    areas = np.bincount(labels.ravel())[1:]
    assert areas.max() > 0.97 * areas.sum()


def test_lines_stay_when_their_step_is_left_out():
    page = draw(3, (480, 600), box=(120, 100, 240, 330))
    kept = preprocess_image(encode(ruled(page)), without=["Lines removed"]).image[0].numpy()
    assert np.abs(kept - seen(page)).mean() > 0.1


@pytest.mark.parametrize("digit", STROKES)
def test_page_without_lines_is_left_alone(digit):
    page = draw(digit, pen=0.03)
    tight = page.crop(ImageChops.invert(page).getbbox())  # bars now run from side to side
    for picture in (page, tight):
        bright = 1 - np.asarray(picture) / 255
        assert np.array_equal(ruled_lines.drop_lines(bright), bright)


# Steps left out


@pytest.mark.parametrize("name", STEPS)
def test_step_left_out_is_not_taken_and_all_others_are(name):
    image, steps = preprocess_image(encode(draw(5)), without=[name])
    assert [n for n, _ in steps[2:-1]] == [n for n in STEPS if n != name]
    assert image.shape == (1, 28, 28) and image.min() >= 0 and image.max() <= 1


def grain(strength):
    return np.random.default_rng(0).normal(0, strength, (240, 240))


DIRTY = {  # for each step a page that needs it
    "Bright ink": draw(5),
    "Evenly lit": as_picture(np.asarray(draw(5)) / 255 * np.where(np.arange(240) < 72, 1, 0.5)),
    "Lines removed": ruled(draw(5, (480, 600), box=(120, 100, 240, 330))),
    "Paper removed": as_picture(np.asarray(draw(5, ink=150)) / 280 + grain(0.08)),
    "Specks removed": ImageChops.multiply(draw(5), draw(1, pen=0.5, box=(5, 5, 9, 9))),
    "Cropped to the ink": draw(5, (600, 600), box=(20, 20, 60, 80)),
    "Strokes as wide as MNIST's": draw(5, pen=0.02),
    "Fitted into 20 × 20": draw(5),
    "Centred by mass": draw(7),
}


@pytest.mark.parametrize("name", STEPS)
def test_every_step_makes_a_difference_somewhere(name):
    data = encode(DIRTY[name])
    without = preprocess_image(data, without=[name]).image
    assert (preprocess_image(data).image - without).abs().mean() > 0.01


def test_with_all_steps_left_out_a_picture_is_only_resized():
    page = draw(5, (300, 300), ink=255, paper=0)
    image = preprocess_image(encode(page), without=STEPS).image[0].numpy()
    assert_alike(image, np.asarray(page.resize((28, 28), Image.Resampling.BOX)) / 255, most=0.001)


@pytest.mark.parametrize("seed", range(30))
def test_any_steps_left_out_give_a_picture_or_a_refusal(seed):
    rng = np.random.default_rng(seed)
    without = [name for name in STEPS if rng.random() < 0.5]
    pages = draw(4), ruled(draw(2, (150, 90))), Image.new("L", (40, 60), 255), draw(8, (28, 28))
    read = 0
    for page in (*pages, as_picture(rng.random((50, 40))), shaded(draw(3))):
        try:
            for image, _ in preprocess_all(encode(page), without=without):
                assert image.shape == (1, 28, 28) and torch.isfinite(image).all()
                assert image.min() >= 0 and image.max() <= 1
            read += 1
        except UploadError:
            continue
    assert read >= 3  # the clean ones


def test_unknown_step_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="Sharpened"):
        preprocess_image(encode(draw(5)), without=["Sharpened"])


# Several drawings


def test_several_digits_come_one_by_one_in_reading_order():
    page = Image.new("L", (660, 560), 255)
    digits = [3, 1, 4, 5, 0, 2]
    for i, digit in enumerate(digits):
        one = draw(digit, (200, 260), 0.06)
        page.paste(one, (10 + i % 3 * 220 + 7 * (i % 2), 10 + i // 3 * 280 + (9, 0, 15)[i % 3]))
    found = preprocess_all(encode(page))
    assert len(found) == 6
    for prepared, digit in zip(found, digits, strict=True):
        assert isinstance(prepared, Prepared)
        assert_alike(prepared.image[0].numpy(), seen(draw(digit, (200, 260), 0.06)), most=0.04)
        assert prepared.steps[0][1].size == page.size


@pytest.mark.parametrize("digit", STROKES)
@pytest.mark.parametrize("pen", [0.02, 0.05, 0.12])
def test_digit_of_two_strokes_is_one_drawing(digit, pen):
    data = encode(draw(digit, pen=pen))
    found = preprocess_all(data)
    assert len(found) == 1
    assert torch.equal(found[0].image, preprocess_image(data).image)


def test_prepared_digit_is_one_drawing():
    mnist = as_picture(seen(draw(5)))
    assert torch.equal(
        preprocess_all(encode(mnist))[0].image, preprocess_image(encode(mnist)).image
    )


def test_no_more_than_twenty_drawings_are_offered():
    page = Image.new("L", (800, 640), 255)
    for i in range(30):
        page.paste(draw(7, (100, 100), 0.08), (10 + i % 6 * 130, 10 + i // 6 * 125))
    assert len(preprocess_all(encode(page))) == 20


def test_of_more_parts_than_a_drawing_has_only_the_largest_are_looked_at(monkeypatch):
    compared, are_one_glyph = [], ink._are_one_glyph
    monkeypatch.setattr(
        ink, "_are_one_glyph", lambda *all: compared.append(all) or are_one_glyph(*all)
    )
    page = np.zeros((700, 700))
    page[9::18, 9::18] = 1  # 1,521 dots
    for left in (201, 399, 597):
        page[201:213, left : left + 12] = 1
    masks = list(ink.glyphs(page))
    assert len(compared) == ink.MAX_REGIONS * (ink.MAX_REGIONS - 1) / 2
    assert all(sum(mask[206, left + 6] for mask in masks) == 1 for left in (201, 399, 597))


def test_blank_page_offers_nothing():
    with pytest.raises(UploadError, match="No drawing"):
        preprocess_all(encode(Image.new("L", (300, 200), 255)))


# Strangers


@pytest.fixture(scope="module")
def strangers():
    """A picture of every kind of page by each of three invented hands."""
    return handwriting.own_pictures(each=1, hands=range(0, 20, 8))


def landed(strangers, without=()):
    """The share that falls among its own digit by five nearest codes of the shipped model."""
    model = load_checkpoint(ROOT / "checkpoints" / "mnist-3d.safetensors")
    seen = [preprocess_image(own.data, without=without).image for own in strangers]
    with torch.inference_mode():
        mu, _ = model.model.encode(torch.stack(seen))
    near = torch.cdist(mu, model.encoded.mu).topk(5, largest=False).indices
    digits = torch.tensor([own.digit for own in strangers])
    return (model.encoded.labels[near].mode(dim=1).values == digits).float().mean()


def test_most_pictures_of_invented_hands_land_among_their_digit(strangers):
    assert landed(strangers) > 0.75


def test_few_pictures_do_when_they_are_only_resized(strangers):
    assert landed(strangers, without=STEPS) < 0.35


def test_pictures_of_invented_hands_are_one_drawing_each(strangers):
    found = [len(preprocess_all(own.data)) for own in strangers]
    assert np.mean(np.array(found) == 1) > 0.95


def test_pages_of_several_digits_are_taken_apart():
    rows = handwriting.several(6)
    assert [len(preprocess_all(row.data)) for row in rows] == [len(row.digits) for row in rows]


# Kinds of files


@pytest.mark.parametrize("form", FORMATS)
def test_every_common_format_is_read(form):
    assert_alike(seen(draw(2), form), seen(draw(2)), most=0.01)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr"])
def test_every_mode_gives_the_same_result(mode):
    form = "TIFF" if mode in ("CMYK", "YCbCr") else "PNG"
    data = encode(draw(2).convert(mode), form)
    assert Image.open(io.BytesIO(data)).mode == mode
    assert_alike(preprocess_image(data).image[0].numpy(), seen(draw(2)), most=0.01)


@pytest.mark.parametrize("kind", ["<u2", ">u2", "i4", "f4"])
@pytest.mark.parametrize("white", [1, 255, 4095, 65_535])
def test_deep_pictures_are_scaled_by_their_own_white(kind, white):
    values = np.asarray(draw(2)) / 255 * white
    picture = {
        "<u2": lambda: Image.fromarray(values.astype(np.uint16)),
        ">u2": lambda: Image.frombytes("I;16B", (240, 240), values.astype(">u2").tobytes()),
        "i4": lambda: Image.fromarray(values.astype(np.int32)),
        "f4": lambda: Image.fromarray(values.astype(np.float32)),
    }[kind]()
    assert_alike(seen(picture, "TIFF"), seen(draw(2)), most=0.01)


def test_not_a_number_in_a_float_picture_is_survived():
    values = np.asarray(draw(2)).astype(np.float32)
    values[:2, :3] = np.nan
    values[3, 3], values[4, 4] = np.inf, -np.inf
    assert_alike(seen(Image.fromarray(values), "TIFF"), seen(draw(2)), most=0.01)


@pytest.mark.parametrize("mode", ["LA", "RGBA", "P"])
@pytest.mark.parametrize("ink", [0, 255])
def test_ink_on_a_transparent_page_is_seen_whatever_its_colour(mode, ink):
    colour, alpha = Image.new("L", (240, 240), ink), draw(3, ink=255, paper=0)
    picture = Image.merge("LA", (colour, alpha)).convert("RGBA")
    picture = picture.quantize() if mode == "P" else picture.convert(mode)
    assert_alike(seen(picture), seen(draw(3)), most=0.005)


def test_colour_under_full_transparency_is_not_seen():
    hidden = draw(8).convert("RGBA")
    hidden.putalpha(0)
    page = Image.alpha_composite(hidden, Image.new("RGBA", hidden.size, (0, 0, 0, 0)))
    page.paste((0, 0, 0, 255), mask=draw(1, ink=255, paper=0))
    assert_alike(seen(page), seen(draw(1)), most=0.005)


@pytest.mark.parametrize("depth_mode", ["L", "RGB"])
def test_transparent_colour_of_a_png_becomes_paper(depth_mode):
    picture = draw(3, ink=255, paper=0).convert(depth_mode)
    clear = 0 if depth_mode == "L" else (0, 0, 0)
    assert_alike(seen(picture, transparency=clear), seen(draw(3)), most=0.005)


@pytest.mark.parametrize("turn", range(1, 9))
def test_orientation_of_a_camera_is_honoured(turn):
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    upright = draw(7, (300, 240))
    held = upright.transpose(undo[turn]) if turn in undo else upright
    exif = Image.Exif()
    exif[0x0112] = turn
    image, steps = preprocess_image(encode(held, "JPEG", quality=95, exif=exif))
    assert_alike(image[0].numpy(), seen(upright))
    assert steps[0][1].size == (300, 240)


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "TIFF"])
def test_first_frame_of_an_animation_is_taken(form):
    frames = {"save_all": True, "append_images": [draw(1), draw(8)]}
    assert_alike(seen(draw(2), form, **frames), seen(draw(2)), most=0.01)


def test_large_picture_is_reduced_and_read():
    page = draw(2, (7200, 5400), ink=40, paper=220)  # 39 megapixels
    image, steps = preprocess_image(encode(page, "JPEG"))
    assert_alike(image[0].numpy(), seen(draw(2, (1024, 768), ink=40, paper=220)))
    assert max(max(picture.size) for _, picture in steps) <= 1024


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 400), (400, 1), (2, 3), (5000, 3), (9, 7)])
def test_odd_sizes_are_read_or_refused(size):
    rng, read = np.random.default_rng(0), 0
    for values in (rng.random(size), rng.random(size) > 0.8, np.eye(*size)):
        try:
            assert preprocess_image(encode(as_picture(values))).image.shape == (1, 28, 28)
            read += 1
        except UploadError:
            continue
    assert read or size in ((1, 1), (5000, 3))  # a pixel, and what becomes a line


# What is refused


@pytest.mark.parametrize("value", [0, 1, 77, 128, 254, 255])
@pytest.mark.parametrize("size", [(1, 1), (28, 28), (300, 200)])
def test_uniform_page_is_refused(value, size):
    assert_refused(encode(Image.new("L", size, value)), "No drawing")


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_blank_page_of_any_mode_is_refused(mode):
    blank = Image.new(mode, (50, 50))
    assert_refused(
        encode(blank, "PNG" if mode in ("1", "P", "RGB", "RGBA") else "TIFF"), "No drawing"
    )


@pytest.mark.parametrize("side", [8, 28, 100, 400])
@pytest.mark.parametrize("strength", [0.01, 0.04, 0.15])
def test_grey_noise_without_ink_is_refused(side, strength):
    rng = np.random.default_rng(side)
    noise = 0.5 + strength * rng.uniform(-1, 1, (side, side))
    assert_refused(encode(as_picture(noise)), "No drawing")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("noise", [0, 0.01, 0.03])
def test_shaded_page_without_ink_is_refused(dark, noise):
    page = shaded(Image.new("L", (300, 300), 255), shadow=0.1)
    grain = np.random.default_rng(0).normal(0, noise, (300, 300))
    page = as_picture(np.asarray(page) / 255 + grain)
    assert_refused(encode(ImageChops.invert(page) if dark else page), "No drawing")


@pytest.mark.parametrize(
    "data",
    [
        b"hello",
        b"\x00" * 5000,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"8BPS" + b"\x00" * 100,
        b"PK\x03\x04" + b"\x00" * 100,
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"BM",
        b"P5 0 0 255\n",
        b"P6 7 0 255\n",
        b"GIF89a" + b"\x00" * 7 + b";",
        png(0, 0),
        png(0, 9),
        png(9, 9),
    ],
)
def test_file_that_is_no_picture_is_refused(data):
    assert_refused(data, "damaged or no picture")


@pytest.mark.parametrize("form", ["PCX", "SGI", "TGA"])
def test_formats_nobody_uploads_are_not_even_tried(form):
    assert_refused(encode(draw(2, (64, 64)), form), "damaged or no picture")


def test_empty_file_is_refused():
    assert_refused(b"", "empty")


def test_file_over_twenty_megabytes_is_refused_unread(monkeypatch):
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("opened"))
    assert_refused(bytes(20_000_001), "20 MB")


def test_file_just_under_the_limit_is_read():
    data = encode(draw(2))
    assert_alike(
        preprocess_image(data + bytes(20_000_000 - len(data))).image[0].numpy(), seen(draw(2))
    )


@pytest.mark.parametrize(
    "size", [(8000, 5001), (10_000, 6000), (14_000, 9000), (2**31 - 1, 2**31 - 1)]
)
def test_too_many_pixels_are_refused_before_decoding(size, monkeypatch):
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("decoded"))
    assert_refused(png(*size), "megapixels")


def test_real_sixty_megapixel_png_is_refused_before_decoding(monkeypatch):
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("decoded"))
    data = png(10_000, 6000, bytes(10_001 * 6000))
    assert_refused(data, "megapixels")


def test_pillow_limit_lower_than_ours_is_refused_as_too_large(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert_refused(encode(draw(2)), "megapixels")  # Pillow raises an error
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 240 * 200)
    assert_refused(encode(draw(2)), "megapixels")  # Pillow warns


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_truncated_file_is_refused_at_every_length(form):
    rng = np.random.default_rng(0)
    noisy = as_picture(np.asarray(draw(2)) / 255 + rng.normal(0, 0.1, (240, 240)))
    data = encode(noisy, form)
    for length in np.linspace(1, 0.98 * len(data), 40).astype(int):
        assert_refused(data[:length], "damaged or no picture")


@pytest.mark.parametrize("form", FORMATS)
def test_damaged_file_is_read_or_refused_but_never_crashes(form):
    rng, read = np.random.default_rng(len(form)), 0
    data = np.frombuffer(encode(draw(2, (60, 60)), form), np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in use: a warning alone refuses nothing
        for _ in range(100):
            damaged = data.copy()
            early = rng.random() < 0.5  # headers break in more ways than pixels
            places = rng.integers(0, min(len(data), 80) if early else len(data), rng.integers(1, 9))
            damaged[places] = rng.integers(0, 256, len(places))
            try:
                assert preprocess_image(damaged.tobytes()).image.shape == (1, 28, 28)
                read += 1
            except UploadError:
                continue
    assert read or form == "PNG"  # whose checksums find nearly all damage


def test_damaged_files_are_refused_when_warnings_are_errors_too():
    exif = b"Exif\x00\x00II*\x00\xff\xff\xff\xff"
    assert_refused(encode(draw(2), "JPEG", exif=exif), "damaged or no picture")


def test_mistakes_of_ours_are_not_dressed_up_as_bad_uploads(monkeypatch):
    def mistaken(_):
        raise TypeError("a bug")

    monkeypatch.setattr(ink, "ink_is_dark", mistaken)
    with pytest.raises(TypeError, match="a bug"):
        preprocess_image(encode(draw(2)))


def test_tolerance_of_truncated_files_stays_off():
    preprocess_image(encode(draw(2)))
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
