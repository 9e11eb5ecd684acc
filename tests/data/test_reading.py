"""How pictures are read: the value, what finds it, and what it says."""

import dataclasses
import json

import data_forms
import numpy as np
import pytest

from vae_explorer.config import ReadingChoice
from vae_explorer.data import reading as readings
from vae_explorer.data.forms.found_reading import find_reading
from vae_explorer.data.handwriting import mnist_format
from vae_explorer.data.reading import Reading
from vae_explorer.errors import ConfigError, DataError

KINDS = data_forms.kinds()
FOUND = ReadingChoice()
CHANCE = np.random.default_rng(0)


def read(pictures, **choice):
    return find_reading(pictures, ReadingChoice(**choice))


# the value


def test_reading_survives_json():
    reading = Reading(3, 32, 48, 12.5, 4000.0, "16-bit", True, "white", "plain")
    assert readings.from_dict(json.loads(json.dumps(dataclasses.asdict(reading)))) == reading
    assert readings.from_dict({}) == Reading()


@pytest.mark.parametrize(
    "values",
    [
        *({"channels": 2}, {"height": 7}, {"width": 257}, {"depth": "deep"}, {"inverted": 1}),
        *(
            {"darkest": float("nan")},
            {"brightest": "255"},
            {"unknown": 1},
            [],
            None,
            {"height": 9.0},
        ),
    ],
)
def test_reading_of_nonsense_is_refused(values):
    with pytest.raises(ConfigError):
        readings.from_dict(values)


def test_sentences_say_all_of_it():
    said = " ".join(Reading(3, 32, 48, 0, 4095, "16-bit", True, "white", "plain").sentences())
    for part in ("colour, 48 × 32", "0 becomes black and 4,095 white", "exchanged", "no more"):
        assert part in said
    assert "handwriting" in " ".join(Reading().sentences())


# what it does


def test_values_of_the_range_become_bytes():
    values = np.array([[100, 300], [500, 900]], np.uint16).repeat(8, 0).repeat(8, 1)
    reading = Reading(1, 16, 16, 100, 500, "16-bit", preparation="plain")
    assert np.unique(reading.apply(values)).tolist() == [0, 128, 255]
    inverted = dataclasses.replace(reading, inverted=True)
    assert np.array_equal(inverted.apply(values), 255 - reading.apply(values))


def test_grey_becomes_three_equal_channels_and_colour_its_luminance():
    grey = KINDS["grey"][0]
    colour = Reading(3, 20, 20, preparation="plain").apply(grey)
    assert colour.shape == (3, 20, 20) and all(np.array_equal(plane, grey) for plane in colour)
    pure = np.zeros((3, 9, 9, 3), np.uint8)
    for channel in range(3):
        pure[channel, ..., channel] = 255
    shades = [Reading(1, 9, 9).apply(picture)[0, 0] for picture in pure]
    assert shades == [76, 150, 29]


def test_another_shape_is_fitted_into_the_middle_of_its_border():
    picture = np.full((20, 40), 90, np.uint8)
    picture[5:15, 10:30] = 200
    read = Reading(1, 32, 32, preparation="plain").apply(picture)
    assert (read[:8] == 90).all() and (read[24:] == 90).all() and read[16, 16] == 200


@pytest.mark.parametrize("background", ["white", "black"])
def test_clear_pixels_show_the_background(background):
    picture = np.zeros((10, 10, 4), np.uint8)
    picture[:5] = (100, 100, 100, 255)
    picture[5:8] = (100, 100, 100, 128)
    read = Reading(1, 10, 10, background=background).apply(picture)
    end = 255 if background == "white" else 0
    assert read[0, 0] == 100 and read[9, 9] == end
    assert min(100, end) < read[6, 0] < max(100, end)


@pytest.mark.parametrize(
    ("depth", "brightest", "picture"),
    [
        ("16-bit", 4000, np.uint8(255)),
        ("few", 1, np.uint8(255)),
        ("few", 16, np.uint8(255)),
        ("fractions", 1, np.uint8(255)),
        ("8-bit", 255, np.uint16(65535)),
        ("8-bit", 255, np.float32(1)),
        ("fractions", 1, np.int32(65535)),
    ],
)
def test_picture_of_another_depth_brings_its_own_range(depth, brightest, picture):
    reading = Reading(1, 8, 8, 0, brightest, depth, preparation="plain")
    half = np.full((8, 8), picture / 2, np.asarray(picture).dtype)
    half[0] = picture
    read = reading.apply(half)
    assert read[0, 0] == 255 and abs(int(read[5, 5]) - 127) <= 1


# finding it


def test_prepared_digits_are_handwriting_whichever_is_dark():
    for kind, inverted in (("handwriting", False), ("dark on white", True)):
        reading, notes = read(KINDS[kind])
        assert reading == Reading(inverted=inverted, background=reading.background) and not notes


def test_one_picture_that_is_not_prepared_makes_the_set_plain():
    pictures = KINDS["dark on white"].copy()
    pictures[7] = np.roll(pictures[7], 3, axis=1)
    reading, _ = read(pictures)
    assert reading.preparation == "plain" and not reading.inverted


def test_many_pictures_are_prepared_where_each_is():
    ink = np.concatenate([KINDS["handwriting"] / 255, np.roll(KINDS["handwriting"], 4, 1) / 255])
    ink = np.concatenate([ink, np.zeros((2, 28, 28)), np.ones((2, 28, 28))])
    alone = [mnist_format.is_prepared(picture) for picture in ink]
    assert mnist_format.are_prepared(ink).tolist() == alone
    assert sum(alone) == len(KINDS["handwriting"])


def test_preparation_can_be_chosen_where_it_fits():
    assert read(KINDS["handwriting"], preparation="plain")[0].preparation == "plain"
    with pytest.raises(DataError, match="choose the preparation plain"):
        read(KINDS["colour"], preparation="handwriting")


def test_polarity_can_be_chosen():
    assert read(KINDS["grey"], polarity="inverted")[0].inverted
    reading, _ = read(KINDS["dark on white"], polarity="stored")
    assert not reading.inverted and reading.preparation == "plain"


def test_colour_is_found_in_one_picture_and_not_in_what_compression_leaves():
    grey = np.repeat(KINDS["grey"][..., None], 3, axis=3)
    noisy = (grey + CHANCE.integers(-4, 5, grey.shape)).clip(0, 255).astype(np.uint8)
    assert read(noisy)[0].channels == 1
    noisy[5] = KINDS["colour"][5][:20, :20]
    reading, notes = read(noisy)
    assert reading.channels == 3 and "1 of 40 training pictures are in colour" in notes[0]
    reading, notes = read(noisy, colour="grey")
    assert reading.channels == 1 and "The colour of 1 training pictures is left out." in notes


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ((28, 28), (28, 28)),
        ((40, 30), (40, 30)),
        ((128, 128), (64, 64)),
        ((600, 400), (64, 43)),
        ((100, 1000), (8, 64)),
        ((5, 6), (8, 8)),
    ],
)
def test_size_is_the_stored_one_up_to_64(stored, expected):
    reading, notes = read([np.zeros(stored, np.uint8)] * 30)
    assert (reading.height, reading.width) == expected
    assert bool(notes) == (stored != expected)


@pytest.mark.parametrize(
    ("size", "expected"), [(128, (128, 96)), (16, (16, 12)), (256, (256, 192))]
)
def test_size_can_be_chosen(size, expected):
    reading, _ = read([np.zeros((80, 60), np.uint8)] * 30, size=size)
    assert (reading.height, reading.width) == expected


def test_other_sizes_are_counted():
    pictures = [np.zeros((20, 30), np.uint8)] * 25 + [np.zeros((30, 20), np.uint8)] * 5
    _, notes = read(pictures)
    assert notes == [
        "5 of 30 training pictures are not of 30 × 20 pixels: they are scaled to fit, and padded "
        "with the colour of their border."
    ]


@pytest.mark.parametrize(
    ("values", "depth", "darkest", "brightest"),
    [
        (np.uint8([0, 255]), "8-bit", 0, 255),
        (np.uint8([40, 90]), "8-bit", 0, 255),
        (np.uint8([0, 1]), "few", 0, 1),
        (np.uint8([0, 16]), "few", 0, 16),
        (np.int8([-1, 1]), "few", -1, 1),
        (np.uint16([100, 4000]), "16-bit", 100, 4000),
        (np.int16([-1000, 3000]), "16-bit", -1000, 3000),
        (np.int64([0, 255]), "8-bit", 0, 255),
        (np.float32([0, 0.7]), "fractions", 0, 1),
        (np.float32([-0.7, 0.7]), "fractions", -1, 1),
        (np.float32([0, 254.5]), "fractions", 0, 255),
        (np.float32([-3, 8]), "fractions", -3, 8),
    ],
)
def test_range_is_that_of_the_whole_set(values, depth, darkest, brightest):
    pictures = np.zeros((30, 9, 9), values.dtype) + values.max()
    pictures[11, 3, 3] = values.min()
    reading, _ = read(pictures)
    assert (reading.depth, reading.darkest, reading.brightest) == (depth, darkest, brightest)


def test_dark_files_are_dark_and_files_of_nought_and_one_are_not():
    for largest, depth in ((63, "8-bit"), (2, "8-bit"), (1, "few")):
        pictures = [np.array([[0, largest]] * 8, np.uint8)] * 30
        assert read(pictures)[0].depth == depth


def test_range_can_be_chosen():
    reading, _ = read(KINDS["16-bit"], darkest=500, brightest=900)
    assert (reading.darkest, reading.brightest) == (500, 900)


def test_bytes_among_deeper_pictures_have_a_range_of_their_own():
    pictures = [*KINDS["16-bit"], np.full((24, 24), 255, np.uint8)]
    reading, _ = read(pictures)
    assert reading.darkest == KINDS["16-bit"].min()
    assert (reading.apply(pictures[-1]) == 255).all()


@pytest.mark.parametrize(("ink", "background"), [(30, "white"), (255, "black"), (120, "white")])
def test_background_is_what_the_drawing_stands_out_from(ink, background):
    pictures = np.zeros((30, 12, 12, 4), np.uint8)
    pictures[:, 3:9, 3:9] = (ink, ink, ink, 255)
    assert read(pictures)[0].background == background


def test_background_of_a_set_without_clear_pixels_is_that_of_its_borders():
    assert read(KINDS["handwriting"])[0].background == "black"
    assert read(KINDS["dark on white"])[0].background == "white"
