"""The widget's side in Python: its values, and pictures that the browser asks for."""

import json
import struct
import subprocess
import sys

import numpy as np
import pytest
import torch
import traitlets
from model_kinds import KINDS, small_model
from paths import ROOT

from vae_explorer import figures
from vae_explorer.models import inference
from vae_explorer.notebook.live_view import LiveView
from vae_explorer.ui.components.network import browser_model


@pytest.fixture
def widget(model, held_out) -> LiveView:
    """A widget of forty digits."""
    return LiveView(model, held_out.images, held_out.labels)


def header(widget: LiveView) -> dict:
    """What the browser is told of the space."""
    (length,) = struct.unpack_from("<I", widget._blob)
    return json.loads(widget._blob[4 : 4 + length])


def test_it_begins_in_the_middle_of_the_data(widget):
    about = header(widget)
    assert about["count"] == 40 and about["names"] == list("0123456789")
    assert about["decoder"]["operations"]
    assert about["words"]["classes"][7] == "digit (a 7)"
    for value, (low, high) in zip(widget.z, about["ranges"], strict=True):
        assert low <= value <= high
    assert (widget.selection, widget.label) == ([], 0)
    assert repr(widget) == "LiveView(VAE, 3-D)"


def test_places_stay_within_the_ranges_of_the_data(widget):
    widget.z = [100, -100, widget.z[2]]
    ranges = header(widget)["ranges"]
    assert widget.z[:2] == [ranges[0][1], ranges[1][0]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("z", [0.0]),
        ("z", [0.0, 0.0, float("nan")]),
        ("z", "middle"),
        ("selection", [40]),
        ("selection", [-1]),
        ("label", 1),
    ],
)
def test_nonsense_is_refused(widget, name, value):
    before = getattr(widget, name)
    with pytest.raises(traitlets.TraitError):
        setattr(widget, name, value)
    assert getattr(widget, name) == before


def test_a_selection_is_sorted_and_holds_each_once(widget):
    widget.selection = [5, 3, 5]
    assert widget.selection == [3, 5]


@pytest.mark.parametrize("kind", KINDS)
def test_models_of_every_kind_can_be_shown(kind):
    checkpoint = small_model(**KINDS[kind])
    about = header(LiveView(checkpoint))
    assert about["latent"] == checkpoint.config.latent_dim


def test_python_decodes_where_the_browser_cannot(monkeypatch):
    monkeypatch.setattr(browser_model, "MOST_WEIGHTS", 0)
    checkpoint = small_model(**KINDS["colour"])
    widget, sent = LiveView(checkpoint), []
    assert header(widget)["decoder"]["operations"] == []
    widget.send = lambda content, buffers: sent.append((content, buffers))
    widget._answer(widget, {"kind": "decode", "id": 7, "z": [0.1, 0.2, 0.3], "label": 0}, [])
    widget._answer(widget, {"kind": "other"}, [])
    ((content, (values,)),) = sent
    expected = figures.to_bytes(inference.decode(checkpoint, torch.tensor([0.1, 0.2, 0.3])))
    assert content == {"kind": "picture", "id": 7}
    assert np.array_equal(np.frombuffer(values, np.uint8), expected.ravel())


def test_without_anywidget_one_is_told_what_to_install():
    script = (
        "import sys; sys.modules['anywidget'] = None; import vae_explorer; vae_explorer.LiveView"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.strip().endswith("pip install vae-explorer[notebook].")
