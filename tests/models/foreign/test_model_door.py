"""Uploaded models: the right reader for each, and code in pickles never runs."""

import pickle
from pathlib import Path

import pytest
import torch
from model_files import assert_refused, pt, saved_bytes
from tutorial import VariationalAutoencoder

from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.models.foreign.model_door import read_model
from vae_explorer.models.foreign.tutorial_state_dict import import_state_dict


@pytest.fixture(scope="module")
def author():
    torch.manual_seed(0)
    return VariationalAutoencoder().eval()


class Trap:
    """Unpickled, it leaves a file behind."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker,)


@pytest.mark.parametrize(
    "reader",
    [
        import_state_dict,
        load_checkpoint,
        lambda d: read_model(d, "a.pt"),
        lambda d: read_model(d, "a"),
    ],
    ids=["import", "load", "upload .pt", "upload"],
)
@pytest.mark.parametrize("wrap", [pt, pickle.dumps, lambda trap: pt({"encoder.0.weight": trap})])
def test_pickled_code_is_never_run(tmp_path, reader, wrap):
    marker = tmp_path / "was-here"
    data = wrap(Trap(marker))
    assert_refused(reader, data)
    assert not marker.exists()
    pickle.loads(pickle.dumps(Trap(marker)))
    assert marker.exists()  # the trap is a real one


@pytest.mark.parametrize("pack", [pt, pickle.dumps])
def test_pickle_is_called_by_its_name(pack):
    assert "pickle" in assert_refused(load_checkpoint, pack({"weight": [1, 2]}))


@pytest.mark.parametrize("name", ["a.pt", "a.pth", "dir/a.pt"])
def test_upload_with_pytorchs_ending_is_imported(author, name):
    assert read_model(pt(author.state_dict()), name).name == "a"


def test_upload_with_any_other_ending_is_a_checkpoint(checkpoint, tmp_path):
    assert read_model(saved_bytes(checkpoint, tmp_path), "mine.safetensors").name == "mine"
