"""Pictures, animations and Plotly figures hold what they were given."""

import base64
import io
import itertools
import tomllib

import colour_vision
import numpy as np
import pytest
import torch
from paths import ROOT
from PIL import Image

from vae_explorer import figures


def opened(data):
    return Image.open(io.BytesIO(data))


@pytest.fixture
def pictures():
    """Seven pictures of 5x5, each of its own grey."""
    return torch.linspace(0.1, 0.7, 7).view(7, 1, 1, 1).expand(7, 1, 5, 5)


def test_bytes_are_rounded_and_clamped():
    values = torch.tensor([-1.0, 0.0, 0.5, 1.0, 2.0]).view(1, 1, 1, 5)
    assert figures.to_bytes(values).flatten().tolist() == [0, 0, 128, 255, 255]
    assert figures.to_bytes(values).dtype == np.uint8


@pytest.mark.parametrize(
    ("columns", "shape"), [(3, (17, 17)), (7, (5, 41)), (10, (5, 59)), (1, (41, 5))]
)
def test_sheet_tiles_row_by_row_with_gaps(pictures, columns, shape):
    sheet = figures.sheet(pictures, columns)
    assert sheet.shape == shape and sheet.dtype == np.uint8
    greys = figures.to_bytes(pictures)[:, 0, 0]
    for index, grey in enumerate(greys):
        row, column = divmod(index, columns)
        tile = sheet[6 * row : 6 * row + 5, 6 * column : 6 * column + 5]
        assert (tile == grey).all()


def test_sheet_is_black_between_and_after_the_tiles(pictures):
    sheet = figures.sheet(pictures, 3)
    assert sheet[5].max() == 0 == sheet[:, 5].max()
    assert sheet[12:, 6:].max() == 0


def test_sheet_without_gaps_is_seamless(pictures):
    assert figures.sheet(pictures[:4], 2, gap=0).shape == (10, 10)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 3)])
def test_enlarged_pixels_are_squares(shape):
    picture = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    large = figures.enlarge(picture, 4)
    assert large.shape == (8, 12, *shape[2:])
    assert np.array_equal(large[::4, ::4], picture) and np.array_equal(large[3::4, 3::4], picture)


@pytest.mark.parametrize("scale", [1, 3])
@pytest.mark.parametrize("shape", [(6, 4), (6, 4, 3)])
def test_png_holds_the_pixels_exactly(shape, scale):
    picture = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    reread = opened(figures.png(picture, scale))
    assert reread.format == "PNG"
    assert np.array_equal(np.asarray(reread), figures.enlarge(picture, scale))


COLOUR = torch.tensor([0.0, 0.5, 1.0]).view(3, 1, 1)


def test_colours_come_last():
    assert figures.to_bytes(COLOUR.expand(2, 3, 4, 6)).shape == (2, 4, 6, 3)
    assert figures.to_bytes(COLOUR).tolist() == [[[0, 128, 255]]]


def test_sheet_of_colours_and_rectangles():
    sheet = figures.sheet(COLOUR.expand(5, 3, 4, 6), 3)
    assert sheet.shape == (9, 20, 3)
    assert (sheet[:4, :6] == [0, 128, 255]).all() and (sheet[5:, 7:13] == [0, 128, 255]).all()
    assert sheet[4].max() == 0 == sheet[5:, 14:].max()


def test_rows_frames_and_contact_sheets_of_grey_and_colour_stand_together():
    grey, colour = torch.full((2, 1, 4, 6), 0.2), COLOUR.expand(2, 3, 8, 5)
    frames = figures.captioned_frames([grey, colour], ["one", "two"], scale=2, gap=3)
    assert [frame.shape for frame in frames] == [(16 + 20, 12 + 3 + 10, 3)] * 2
    assert (frames[0][:8, :12] == 51).all() and (frames[0][:16, 15:] == [0, 128, 255]).all()
    assert figures.captioned_rows([grey, colour], ["one", "two"], scale=1).shape[2] == 3
    sheet = figures.contact_sheet([grey, colour])
    assert sheet.shape == (4 + 2 + 8, 6 + 2 + 6, 3)
    assert (sheet[6:, :5] == [0, 128, 255]).all()


def test_error_map_of_colours_is_as_strong_as_their_error():
    x = torch.zeros(3, 1, 3)
    reconstruction = torch.zeros(3, 1, 3)
    reconstruction[:, 0, 1], reconstruction[0, 0, 2] = 1.0, 1.0
    agrees, white, red = figures.error_map(x, reconstruction)[0].tolist()
    assert agrees == [255, 255, 255] and white == [217, 95, 2]
    assert white[2] < red[2] < 255


@pytest.mark.parametrize("write", [figures.gif, figures.webp])
def test_animation_keeps_colours(write):
    frames = [np.full((4, 6, 3), [10 * i, 128, 255], np.uint8) for i in range(3)]
    animation = opened(write(frames, scale=1, ping_pong=False))
    assert animation.size == (6, 4) and animation.n_frames == 3
    assert np.abs(np.asarray(animation.convert("RGB")).astype(int) - [0, 128, 255]).max() <= 8


WRITERS = {"GIF": figures.gif, "WEBP": figures.webp}


@pytest.mark.parametrize(("kind", "write"), WRITERS.items(), ids=WRITERS.keys())
@pytest.mark.parametrize("ping_pong", [True, False])
@pytest.mark.parametrize("count", [1, 2, 3, 16])
def test_animation_plays_every_frame_for_ever(kind, write, count, ping_pong):
    frames = [np.full((4, 4), 10 * i, np.uint8) for i in range(count)]
    animation = opened(write(frames, scale=2, milliseconds=50, ping_pong=ping_pong))
    played = [*range(count), *(range(count - 2, 0, -1) if ping_pong else ())]
    assert animation.format == kind and animation.size == (8, 8)
    assert animation.n_frames == len(played)
    greys = []
    for index in range(len(played)):
        animation.seek(index)
        animation.load()
        greys.append(animation.convert("L").getpixel((0, 0)))
        if count > 1:
            assert animation.info["duration"] == 50 and animation.info["loop"] == 0
    assert greys == [10 * i for i in played]


def test_equal_frames_keep_their_time():
    frames = [np.zeros((4, 4), np.uint8)] * 4
    animation = opened(figures.gif(frames, milliseconds=50))
    total = 0
    for index in range(animation.n_frames):
        animation.seek(index)
        total += animation.info["duration"]
    assert total == 6 * 50


def test_frames_hold_a_step_of_each_row_above_its_name(pictures):
    frames = figures.captioned_frames([pictures, 1 - pictures], ["one", "two"], scale=3, gap=6)
    assert len(frames) == 7
    greys = figures.to_bytes(pictures)[:, 0, 0]
    for frame, grey in zip(frames, greys, strict=True):
        assert frame.shape == (15 + 20, 15 + 6 + 15) and frame.dtype == np.uint8
        assert (frame[:15, :15] == grey).all() and (frame[:15, 15:21] == 0).all()
        assert np.abs(frame[:15, 21:].astype(int) - (255 - grey)).max() <= 1
        assert frame[15:].max() > 100  # words
        assert np.array_equal(frame[15:], frames[0][15:])


def test_rows_stand_under_their_names(pictures):
    sheet = figures.captioned_rows([pictures[:3], pictures[3:6]], ["one", "two"], scale=2, gap=4)
    assert sheet.shape == (2 * (20 + 10 + 4), 2 * 17)
    greys = figures.to_bytes(pictures)[:, 0, 0]
    assert (sheet[20:30, :10] == greys[0]).all() and (sheet[54:64, :10] == greys[3]).all()
    assert sheet[:20].max() > 100 < sheet[34:54].max()


def test_data_url_holds_the_bytes():
    url = figures.data_url(b"\x00abc", "image/gif")
    assert url.startswith("data:image/gif;base64,")
    assert base64.b64decode(url.split(",")[1]) == b"\x00abc"


def test_error_map_is_white_blue_and_orange():
    x = torch.tensor([[[0.5, 1.0, 0.0]]])
    reconstruction = torch.tensor([[[0.5, 0.0, 1.0]]])
    agree, lacks, adds = figures.error_map(x, reconstruction)[0].tolist()
    assert agree == [255, 255, 255]
    assert lacks[2] > lacks[0] and adds[0] > adds[2]  # blue, orange


def test_error_map_fades_with_the_error():
    x, small, large = torch.zeros(1, 1, 1), torch.full((1, 1, 1), 0.2), torch.full((1, 1, 1), 0.8)
    assert figures.error_map(x, small).sum() > figures.error_map(x, large).sum()


def test_contact_sheet_stacks_rows_of_different_length(pictures):
    sheet = figures.contact_sheet([pictures[:3], pictures[3:5]])
    assert sheet.shape == (12, 19)
    greys = figures.to_bytes(pictures)[:, 0, 0]
    assert (sheet[:5, :5] == greys[0]).all() and (sheet[7:, :5] == greys[3]).all()
    assert sheet[5:7].max() == 0 == sheet[7:, 12:].max()


def test_class_colours_are_distinct_up_to_ten_then_repeat():
    assert len(set(figures.class_colours(10))) == 10
    assert figures.class_colours(12)[10:] == figures.class_colours(2)


@pytest.mark.parametrize(
    ("vision", "least"), [("normal", 20), *((lack, 11) for lack in colour_vision.DEFICIENCIES)]
)
def test_class_colours_are_apart_in_every_kind_of_colour_vision(vision, least):
    distances = {
        pair: colour_vision.difference(*pair, vision)
        for pair in itertools.combinations(figures.COLOURS, 2)
    }
    assert {pair: far for pair, far in distances.items() if far < least} == {}


@pytest.mark.parametrize("pair", [(4, 9), (7, 9), (3, 5), (3, 8), (5, 8)])
def test_digits_taken_for_each_other_have_colours_farther_apart(pair):
    colours = [figures.COLOURS[digit] for digit in pair]
    visions = ("normal", *colour_vision.DEFICIENCIES)
    assert min(colour_vision.difference(*colours, vision) for vision in visions) >= 17


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_class_colours_stand_out_in_both_themes(theme):
    themes = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    background = themes[theme]["backgroundColor"]
    contrasts = [colour_vision.contrast(colour, background) for colour in figures.COLOURS]
    assert min(contrasts) >= 3


def test_simulated_colour_vision_is_as_published():
    grey, red, green = "#808080", "#ff0000", "#00ff00"
    assert colour_vision.difference("#ffffff", "#000000") == pytest.approx(100, abs=0.1)
    assert colour_vision.contrast("#ffffff", "#000000") == pytest.approx(21)
    for vision in colour_vision.DEFICIENCIES:
        seen = colour_vision.seen(grey, vision)
        assert np.allclose(seen, colour_vision.seen(grey), atol=0.002)  # keeps greys
    strong = colour_vision.difference(red, green)
    assert colour_vision.difference(red, green, "deuteranopia") < 0.5 * strong


@pytest.fixture
def cloud():
    generator = np.random.default_rng(0)
    return generator.normal(size=(60, 3)), generator.integers(0, 3, 60)


@pytest.mark.parametrize("dims", [2, 3])
def test_cloud_has_a_trace_for_each_class_with_its_points(cloud, dims):
    points, labels = cloud
    names = ("cats", "dogs", "owls")
    figure = figures.cloud_figure(points[:, :dims], labels, names, ("z1", "z2", "z3"), "Codes")
    assert [trace.name for trace in figure.data] == list(names)
    for label, trace in enumerate(figure.data):
        columns = [trace.x, trace.y, *([trace.z] if dims == 3 else [])]
        shown = np.stack([np.asarray(c) for c in columns], axis=1)
        assert np.allclose(shown, points[labels == label, :dims], atol=1e-4)
    assert figure.layout.title.text == "Codes"


def test_cloud_is_to_scale_and_names_its_axes(cloud):
    points, labels = cloud
    axes = ("PC1", "PC2", "PC3")
    solid = figures.cloud_figure(points, labels, ("a", "b", "c"), axes, "")
    assert solid.layout.scene.aspectmode == "data"
    assert solid.layout.scene.zaxis.title.text == "PC3"
    flat = figures.cloud_figure(points[:, :2], labels, ("a", "b", "c"), axes[:2], "")
    assert flat.layout.yaxis.scaleanchor == "x" and flat.layout.yaxis.title.text == "PC2"


def test_cloud_is_seen_from_its_home(cloud):
    points, labels = cloud
    names, axes = ("a", "b", "c"), ("x", "y", "z")
    figure = figures.cloud_figure(points, labels, names, axes, "", home=(0.5, -0.3))
    eye = figure.layout.scene.camera.eye
    around = np.hypot(eye.x, eye.y)
    assert np.arctan2(eye.y, eye.x) == pytest.approx(0.5)
    assert np.arctan2(eye.z, around) == pytest.approx(-0.3)
    flat = figures.cloud_figure(points[:, :2], labels, names, axes[:2], "", home=(0.5, -0.3))
    assert flat.layout.scene.camera.eye.x is None


@pytest.mark.parametrize("dims", [2, 3])
def test_cloud_points_out_a_place(cloud, dims):
    points, labels = cloud
    place = np.array([1.0, 2.0, 3.0])[:dims]
    names = ("a", "b", "c")
    figure = figures.cloud_figure(points[:, :dims], labels, names, ("x", "y", "z"), "", place)
    assert len(figure.data) == 4
    assert figure.data[-1].x == (1.0,) and figure.data[-1].y == (2.0,)


def test_html_page_needs_no_network(cloud):
    figure = figures.cloud_figure(*cloud, ("a", "b", "c"), ("x", "y", "z"), "Codes")
    page = figures.to_html(figure).decode()
    assert "<html" in page and "Codes" in page
    assert '<script src="http' not in page and len(page) > 1_000_000


def test_shared_bins_hold_all_of_both_sets():
    draw = torch.Generator().manual_seed(0)
    first, second = torch.randn(500, generator=draw), 3 + torch.randn(999, generator=draw)
    bins = figures.shared_bins(first, torch.cat([second, torch.tensor([1e6])]), 20)
    assert len(bins.edges) == 21 and len(bins.first) == len(bins.second) == 20
    assert bins.first.sum() == pytest.approx(1) and bins.second.sum() == pytest.approx(1)
    assert bins.first.argmax() < bins.second.argmax() <= 19


def test_shared_bins_of_equal_values_are_one():
    bins = figures.shared_bins(torch.full((3,), 2.0), torch.full((1,), 2.0), 10)
    assert bins.first.max() == bins.second.max() == 1 and (np.diff(bins.edges) > 0).all()
