"""The pad as far as the server goes: what it sends, what it takes, and what it says."""

import base64
import itertools
import json
import math

import numpy as np
import pytest
import torch
from hostile_files import encode
from machine import needs_node
from node import run_node
from paths import ROOT
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest
from visible import assert_fine

from vae_explorer.data.handwriting import preprocessing
from vae_explorer.data.handwriting.mnist_format import BOX, SIDE, STROKE_WIDTHS
from vae_explorer.errors import UploadError
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.ui.components import pad
from vae_explorer.ui.components.network import browser_model
from vae_explorer.ui.session.work.kept import store

STROKES = ROOT / "vae_explorer" / "ui" / "components" / "pad" / "strokes"
CANVAS = 280
SHIFTS = list(itertools.product((-1, 0, 1), repeat=2))  # mass just between two pixels
STAMP = 1_700_000_000_000
DIGITS = {  # strokes of points in hundredths of the pad
    "0": [[50, 15, 32, 30, 28, 55, 36, 80, 54, 86, 70, 66, 70, 36, 58, 17, 48, 15]],
    "1": [[52, 14, 50, 50, 48, 86]],
    "1 with a serif": [[36, 30, 54, 14, 54, 50, 54, 86]],
    "2": [[28, 32, 36, 16, 52, 13, 66, 25, 60, 44, 44, 62, 27, 81, 48, 80, 73, 81]],
    "3": [[30, 20, 52, 13, 66, 27, 58, 43, 44, 47, 62, 52, 71, 68, 58, 85, 30, 82]],
    "4": [[36, 16, 30, 40, 26, 56, 48, 58, 76, 56], [62, 22, 60, 55, 58, 88]],
    "5": [[36, 18, 33, 46, 52, 42, 69, 54, 66, 76, 48, 87, 28, 80], [36, 18, 56, 17, 70, 16]],
    "6": [[62, 14, 42, 32, 32, 60, 40, 82, 58, 85, 68, 70, 58, 56, 42, 60, 34, 68]],
    "7": [[26, 18, 50, 18, 74, 17, 60, 45, 46, 86]],
    "7 with a bar": [[26, 18, 50, 18, 74, 17, 60, 45, 46, 86], [38, 52, 54, 51, 70, 50]],
    "8": [[62, 22, 48, 14, 36, 24, 44, 42, 60, 56, 66, 72, 50, 86, 34, 72, 44, 54, 60, 40, 62, 22]],
    "9": [[66, 26, 50, 14, 36, 26, 42, 44, 58, 42, 66, 28, 68, 55, 58, 86]],
}
SCRIPT = f"""
import {{ readFileSync }} from "node:fs";
import {{ prepare }} from "{(STROKES / "prepare.js").as_uri()}";
import {{ capsulesOf }} from "{(STROKES / "strokes.js").as_uri()}";
const standard = {json.dumps({"side": SIDE, "box": BOX, "stroke": STROKE_WIDTHS})};
const answers = JSON.parse(readFileSync(0, "utf-8")).map((strokes) => ({{
  pixels: [...prepare(strokes, standard)],
  capsules: strokes.flatMap(capsulesOf),
}}));
process.stdout.write(JSON.stringify(answers));
"""


def strokes_of(name: str, width: float) -> list[dict]:
    """A digit as the browser keeps it."""
    return [
        {
            "width": width,
            "points": [v for xy in zip(s[::2], s[1::2], strict=True) for v in (*_share(xy), 1)],
        }
        for s in DIGITS[name]
    ]


def _share(xy: tuple[int, int]) -> list[float]:
    return [value / 100 for value in xy]


def canvas(capsules: list[float]) -> Image.Image:
    """What the browser's canvas shows, drawn by Pillow four times as large."""
    side = 4 * CANVAS
    picture = Image.new("L", (side, side), 255)
    pen = ImageDraw.Draw(picture)
    for ax, ay, ra, bx, by, rb in (side * np.reshape(capsules, (-1, 6))).tolist():
        pen.line([ax, ay, bx, by], fill=0, width=round(ra + rb))
        for x, y, r in ((ax, ay, ra), (bx, by, rb)):
            pen.ellipse([x - r, y - r, x + r, y + r], fill=0)
    return picture.resize((CANVAS, CANVAS), Image.Resampling.BOX)


def text(content: bytes) -> str:
    """Base64."""
    return base64.b64encode(content).decode()


def news(**change) -> dict:
    """What the browser tells of a drawing, but for what is changed."""
    pixels = np.zeros((SIDE, SIDE), np.uint8)
    pixels[6:22, 13:15] = 255
    return {"stamp": STAMP, "pixels": text(pixels.tobytes())} | change


@pytest.fixture(scope="module")
def prepared():
    """(name, width) -> what the browser prepares (28, 28) in [0, 1], and what Python does."""
    names = [(name, width) for width in (0.03, 0.05, 0.08) for name in DIGITS]
    given = json.dumps([strokes_of(*name) for name in names])
    done = run_node("--input-type=module", "--eval", SCRIPT, given=given)
    assert done.returncode == 0, done.stderr
    found = {}
    for name, answer in zip(names, json.loads(done.stdout), strict=True):
        here = torch.tensor(answer["pixels"], dtype=torch.float32).view(1, SIDE, SIDE) / 255
        found[name] = here, preprocessing.preprocess_image(encode(canvas(answer["capsules"]))).image
    return found


def difference(here: torch.Tensor, there: torch.Tensor) -> float:
    """Mean absolute difference of two pictures."""
    return abs(here - there).mean().item()


@needs_node
@pytest.mark.parametrize("width", [0.03, 0.05, 0.08])
@pytest.mark.parametrize("name", DIGITS)
def test_browser_prepares_strokes_as_python_does_their_picture(name, width, prepared):
    here, there = prepared[name, width]
    assert there.mean() > 0.05
    assert min(difference(here.roll(by, (1, 2)), there) for by in SHIFTS) < 0.035
    rows, columns = np.nonzero(here[0].numpy() > 0.1)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 <= BOX


@needs_node
def test_both_preparations_hardly_differ_and_seldom_by_a_pixel(prepared):
    differences = [difference(*pair) for pair in prepared.values()]
    assert np.mean(differences) < 0.013
    assert np.mean(np.greater(differences, 0.035)) <= 0.1


@needs_node
def test_both_preparations_lie_in_the_same_class(prepared):
    checkpoint = load_checkpoint(ROOT / "checkpoints" / "mnist-3d.safetensors")
    encoded = checkpoint.encoded

    def classes(pictures: list[torch.Tensor]) -> list[int]:
        mu = inference.reconstruct(checkpoint, torch.stack(pictures)).mu
        near = torch.cdist(mu, encoded.mu).topk(5, largest=False).indices
        return encoded.labels[near].mode(dim=1).values.tolist()

    here, there = (classes([pair[side] for pair in prepared.values()]) for side in (0, 1))
    right = [int(name[0]) for name, _ in prepared]
    assert here == there
    assert np.mean(np.equal(here, right)) >= 0.9


def test_drawing_arrives_as_it_was_told():
    drawn = pad._read(news())
    assert drawn.image.shape == (1, SIDE, SIDE) and drawn.image.dtype == torch.float32
    assert (drawn.image.min(), drawn.image.max()) == (0, 1)
    assert drawn.image.sum() == 32
    assert drawn.id == STAMP


def test_cleared_pad_is_none():
    assert pad._read(news(pixels=None)) is None


@pytest.mark.parametrize(
    "broken",
    [
        *[None, 7, [], "words", {}],
        *[news(stamp=value) for value in (None, "1", True, -1, 1.5, 2**60)],
        *[news(pixels=value) for value in ("", 5, "no base64!", "é", text(bytes(783)), [0] * 784)],
        *[news(pixels=text(bytes(785))), news(pixels=text(bytes(10**6)))],
    ],
)
def test_nonsense_from_the_browser_is_refused_in_one_sentence(broken):
    with pytest.raises(UploadError) as refused:
        pad._read(broken)
    assert str(refused.value).endswith(".")


def test_pasted_bytes_arrive_whole_and_up_to_20_megabytes():
    assert pad._content({"data": text(b"any bytes")}) == b"any bytes"
    largest = bytes(20_000_000)
    assert pad._content({"data": text(largest)}) == largest


@pytest.mark.parametrize(
    "broken",
    [None, "words", {}, {"data": None}, {"data": ""}, {"data": "é"}, {"data": "A" * 26_666_673}],
    ids=["nothing", "text", "empty", "none", "no text", "no base64", "too large"],
)
def test_nonsense_that_is_pasted_is_refused_in_one_sentence(broken):
    with pytest.raises(UploadError, match=r"choose the file instead\.$"):
        pad._content(broken)


def page() -> None:
    """A page with both, of a model named in the session."""
    import streamlit as st

    from vae_explorer.models.checkpoints import load_checkpoint
    from vae_explorer.ui.components import pad
    from vae_explorer.ui.session import latent_space

    space = latent_space.of(load_checkpoint(st.session_state.path))
    drawn = pad.pad(space, key="pad", label=st.session_state.get("label", 0), mark="cloud")
    pasted = pad.paste("paste")
    st.text(f"drawn: {drawn and drawn.id}, pasted: {pasted}")


def visit(name: str = "mnist-3d", **session) -> AppTest:
    """The page with a shipped model."""
    at = AppTest.from_function(page, default_timeout=60)
    at.session_state.path = str(ROOT / "checkpoints" / f"{name}.safetensors")
    for key, value in session.items():
        at.session_state[key] = value
    return at.run()


def sent(at: AppTest, name: str):
    """What a component was sent, or None where it is not on the page."""
    for part in (part.proto for part in at.main.get("bidi_component")):
        if part.component_name.endswith(f"vae_explorer_{name}"):
            return part.bytes or json.loads(part.json)
    return None


def header(blob: bytes) -> dict:
    """What stands in front of the arrays."""
    (length,) = np.frombuffer(blob[:4], "<u4")
    return json.loads(blob[4 : 4 + length])


def test_empty_pad_with_a_model_for_the_browser():
    at = visit()
    assert_fine(at)
    assert at.text[0].value == "drawn: None, pasted: None"
    told = sent(at, "pad")
    assert (told["by"], told["stamp"], told["mark"], told["label"]) == ("browser", 0, "cloud", 0)
    assert told["standard"] == {"side": SIDE, "box": BOX, "stroke": list(STROKE_WIDTHS)}
    of_model = header(sent(at, "model"))
    assert of_model["pad"] == "pad"
    assert of_model["encoder"]["latent"] == of_model["decoder"]["latent"] == 3
    assert len(sent(at, "model")) < 4_500_000


def test_drawing_stays_with_the_session_and_the_model_is_not_sent_anew():
    drawn = pad._read(news())
    at, empty = visit(pad_drawn=drawn), visit()
    assert at.text[0].value.startswith(f"drawn: {STAMP}")
    assert sent(at, "pad")["stamp"] == STAMP
    assert sent(at, "model") == sent(empty, "model")
    assert len(json.dumps(sent(at, "pad"))) < 500


def test_server_answers_where_the_browser_cannot(monkeypatch):
    monkeypatch.setattr(browser_model, "MOST_WEIGHTS", 1000)
    store().drop(math.inf)
    assert sent(visit(), "pad")["answer"] is None
    at = visit(pad_drawn=pad._read(news()))
    assert_fine(at)
    assert sent(at, "model") is None
    told = sent(at, "pad")
    assert (told["by"], told["answer"]["stamp"]) == ("server", STAMP)
    assert told["answer"]["picture"].startswith("data:image/png;base64,")
    assert len(told["answer"]["point"]) == 3
    store().drop(math.inf)


def test_conditional_model_is_told_the_label():
    at = visit("mnist-conditional-3d", label=7)
    assert sent(at, "pad")["label"] == 7
    assert header(sent(at, "model"))["encoder"]["classes"] == 10


def test_what_was_refused_is_said_once_and_the_drawing_stays():
    at = visit(pad_drawn=pad._read(news()), pad_refused=pad.DAMAGED)
    assert [error.value for error in at.error] == [pad.DAMAGED]
    assert at.text[0].value.startswith(f"drawn: {STAMP}")
    assert not at.run().error


def test_pasted_picture_stays():
    at = visit(paste_pasted=b"some bytes")
    assert at.text[0].value.endswith("pasted: b'some bytes'")
    assert at.run().text[0].value.endswith("pasted: b'some bytes'")
