"""The Python half of the live view: the blob, and what is refused."""

import json
import struct

import numpy as np
import pytest
from machine import needs_node
from node import run_node

from vae_explorer.ui.components import live_view
from vae_explorer.ui.components.browser import bundle

POINTS = np.array([[0.0, 1.0, 2.0], [3.0, 4.0, np.nan]], np.float32)
LABELS = np.array([1, 0])
LOOK = {"names": ("zéro", "one"), "colours": ("#111111", "#222222"), "key": "view"}


def pack_cloud(points: np.ndarray, labels: np.ndarray, **look) -> bytes:
    """What the browser gets of a cloud."""
    return live_view.pack(*live_view.cloud_parts(points, labels, **look))


def test_blob_says_from_where_the_cloud_is_seen_at_first():
    header, _ = live_view.cloud_parts(POINTS, LABELS, **LOOK, home=(0.5, -0.25))
    assert header["home"] == {"yaw": 0.5, "pitch": -0.25}


def test_blob_holds_what_was_packed():
    blob = pack_cloud(POINTS, LABELS, **LOOK, height=300)
    (length,) = struct.unpack_from("<I", blob)
    header = json.loads(blob[4 : 4 + length])
    assert (header["count"], header["dims"], header["height"]) == (2, 3, 300)
    assert (header["names"], header["axes"]) == (["zéro", "one"], ["z1", "z2", "z3"])
    assert header["home"] is None
    assert length % 4 == 0
    assert header["arrays"] == {"points": ["f4", 6, 0], "labels": ["u2", 2, 24]}
    points = np.frombuffer(blob, "<f4", 6, 4 + length).reshape(2, 3)
    labels = np.frombuffer(blob, "<u2", 2, 4 + length + 24)
    np.testing.assert_array_equal(points, POINTS)
    np.testing.assert_array_equal(labels, LABELS)
    assert len(blob) == 4 + length + 24 + 4


def test_empty_cloud_can_be_packed():
    blob = pack_cloud(np.zeros((0, 3)), np.zeros(0, int), **LOOK)
    assert json.loads(blob[4:])["count"] == 0


@needs_node
def test_browser_reads_what_python_packs(tmp_path):
    blob = tmp_path / "blob"
    blob.write_bytes(pack_cloud(POINTS[:, :2], LABELS, **LOOK))
    unpack = bundle.COMPONENT_FOLDER / "browser" / "unpack.js"
    script = (
        f"import {{ unpack }} from {json.dumps(str(unpack))};"
        f"import {{ readFileSync }} from 'node:fs';"
        f"const cloud = unpack(new Uint8Array(readFileSync({json.dumps(str(blob))})));"
        "const { points, labels } = cloud.arrays;"
        "console.log(JSON.stringify([cloud.names, [...points], [...labels]]));"
    )
    done = run_node("--input-type=module", "-e", script)
    assert json.loads(done.stdout) == [["zéro", "one"], [0, 1, 3, 4], [1, 0]], done.stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": np.zeros(3)}, "points must be"),
        ({"points": np.zeros((2, 4))}, "points must be"),
        ({"labels": np.zeros(3, int)}, "labels must be"),
        ({"labels": np.array([0, 2])}, r"0\.\.1"),
        ({"labels": np.array([-1, 0])}, r"0\.\.1"),
        ({"colours": ("#111111",)}, "as many colours"),
        ({"axes": ("x",)}, "axis names"),
    ],
)
def test_what_does_not_fit_together_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        live_view.cloud_parts(**{"points": POINTS, "labels": LABELS, **LOOK, **change})


@pytest.mark.parametrize(
    ("places", "message"),
    [
        ({"point": [1.0]}, "point must be"),
        ({"point": [[0.0, 1.0, 2.0]]}, "point must be"),
        ({"point": [0.0, 1.0, np.nan]}, "finite"),
        ({"path": {"": [0.0, 1.0, 2.0]}}, "path must be"),
        ({"path": {"a": [[0.0, 1.0]], "b": [0.0, 1.0]}}, "path must be"),
        ({"path": {"a": [[0.0, np.inf]]}}, "finite"),
        ({"target": {"a": [[0.0, 1.0, 2.0]]}}, "target must be"),
        ({"posterior": ([0.0], [[1.0]])}, "posterior mean must be"),
        ({"posterior": ([0.0, 0.0], [1.0, 1.0])}, "covariance must be"),
        ({"posterior": ([0.0, 0.0, 0.0], np.eye(2))}, r"covariance must be \(3, 3\)"),
        ({"posterior": ([0.0, 0.0], [[1.0, 0.0], [0.0, np.inf]])}, "finite"),
        ({"mass": [0.0, 1.0]}, "mass must be"),
        ({"mass": [[0.0, np.nan]]}, "finite"),
        ({"look": ([0.0], 1.0, 0)}, "look must be"),
    ],
)
def test_marks_of_wrong_shape_are_refused(places, message):
    with pytest.raises(ValueError, match=message):
        live_view.mark("view", key="mark", **places)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"originals": np.zeros((2, 8, 7, 4), np.uint8)}, "originals must be"),
        ({"originals": np.zeros((8, 8), np.uint8)}, "originals must be"),
        ({"originals": np.zeros((2, 8, 8), np.float32)}, "originals must be"),
        ({"labels": np.array([0, 2])}, r"0\.\.1"),
        ({"axes": ("z1",)}, "points must be"),
        ({"colours": ("#111111",)}, "as many colours"),
    ],
)
def test_replay_of_what_does_not_fit_together_is_refused(change, message):
    given = {"labels": LABELS, "originals": np.zeros((2, 8, 8), np.uint8), **LOOK}
    given |= {"axes": ("z1", "z2"), "epochs": [1], "onto": 1, "live": False} | change
    with pytest.raises(ValueError, match=message):
        live_view.replay("/runs/run/1", **given)
