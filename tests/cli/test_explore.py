"""Models made elsewhere, opened from a terminal: files, one's own code, codes alone."""

import sys

import foreign_modules as modules
import numpy as np
import pytest
import torch
from foreign_modules import trained

from vae_explorer import shipped
from vae_explorer.cli import main
from vae_explorer.data.datasets import load_dataset
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.models.foreign.network import NetworkConfig

CODE = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, {width})
        self.fc21, self.fc22 = nn.Linear({width}, 5), nn.Linear({width}, 5)
        self.fc3, self.fc4 = nn.Linear(5, {width}), nn.Linear({width}, 784)

    def encode(self, x):
        hidden = self.fc1(x.flatten(1)).relu()
        return self.fc21(hidden), self.fc22(hidden)

    def decode(self, z):
        return self.fc4(self.fc3(z).relu()).sigmoid()


def broken():
    raise KeyError("my own mistake")
"""
DATA = ("--data", "digits", "--no-app")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """The most common VAE of all, trained for seconds on the digits."""
    torch.set_num_threads(1)
    module = trained(modules.Examples(), modules.Examples.bound)
    path = tmp_path_factory.mktemp("weights") / "vae.pth"
    torch.save(module.state_dict(), path)
    return path


@pytest.fixture
def code(tmp_path):
    """A person's own file."""
    path = tmp_path / "my_code.py"
    path.write_text(CODE.format(width=modules.WIDTH), "utf-8")
    return path


def test_weights_are_opened_said_and_kept(weights, tmp_path, capsys):
    kept = tmp_path / "kept.safetensors"
    assert main(["explore", str(weights), *DATA, "--to", str(kept)]) == 0
    said = capsys.readouterr().out
    for words in ("activation: ReLU", "second head: logarithm of the variance", "mean picture"):
        assert words in said
    assert "neg_elbo" in said and "test images" in said
    checkpoint = load_checkpoint(kept)
    assert isinstance(checkpoint.config, NetworkConfig) and checkpoint.dataset == "digits"
    assert len(checkpoint.encoded.mu) == len(load_dataset("digits").test)


def test_answers_are_taken_as_given(weights, capsys):
    assert main(["explore", str(weights), *DATA, "--read", "second head=log_variance"]) == 0
    assert "second head: logarithm of the variance (given)" in capsys.readouterr().out
    assert main(["explore", str(weights), *DATA, "--read", "colour=red"]) == 1
    assert "colour" in capsys.readouterr().err
    assert main(["explore", str(weights), *DATA, "--read", "variance"]) == 1
    assert "second head=variance" in capsys.readouterr().err


def test_own_code_with_weights(weights, code, capsys):
    before = list(sys.path)
    assert main(["explore", f"{code}:Net", "--weights", str(weights), *DATA]) == 0
    assert "way in and out: encode" in capsys.readouterr().out
    assert sys.path == before  # which trainings take over


def test_own_code_takes_weights_as_trainings_wrap_them(weights, tmp_path, capsys):
    path = tmp_path / "normalised.py"
    layers = CODE.format(width=modules.WIDTH).replace(
        "nn.Linear(784, 128)", "nn.Sequential(nn.Linear(784, 128), nn.BatchNorm1d(128))"
    )
    path.write_text(layers, "utf-8")
    state = torch.load(weights, weights_only=True)
    own = {"fc1.0." + k[4:] if k.startswith("fc1.") else k: v for k, v in state.items()}
    norm = torch.nn.BatchNorm1d(modules.WIDTH).state_dict()
    own |= {f"fc1.1.{key}": value for key, value in norm.items()}
    for prefix in ("", "module."):
        kept = tmp_path / f"{prefix}weights.pt"
        torch.save({"model_state_dict": {prefix + k: v for k, v in own.items()}, "epoch": 3}, kept)
        assert main(["explore", f"{path}:Net", "--weights", str(kept), *DATA]) == 0
        assert "way in and out: encode" in capsys.readouterr().out


def test_weights_that_do_not_fit_own_code_are_named(weights, tmp_path, capsys):
    path = tmp_path / "smaller.py"
    path.write_text(CODE.format(width=7), "utf-8")
    assert main(["explore", f"{path}:Net", "--weights", str(weights), *DATA]) == 1
    assert "fc1.weight (128, 784) for (7, 784)" in capsys.readouterr().err


def test_own_code_that_raises_shows_its_own_traceback(code, capsys):
    assert main(["explore", f"{code}:broken", *DATA]) == 1
    said = capsys.readouterr().err
    assert "my_code.py" in said and "my own mistake" in said and "Traceback" in said


@pytest.mark.parametrize(
    ("name", "why"),
    [("nothing_of_this_name:make", "no module is called"), ("json:make", "nothing that is called")],
)
def test_code_that_is_not_there_is_named(name, why, capsys):
    assert main(["explore", name, *DATA]) == 1
    assert why in capsys.readouterr().err


def test_layers_that_are_not_recognised_are_listed(tmp_path, capsys):
    path = tmp_path / "odd.pt"
    torch.save({"a.weight": torch.rand(3, 5), "b.weight": torch.rand(9, 2)}, path)
    assert main(["explore", str(path), *DATA]) == 1
    said = capsys.readouterr().err
    assert "(3, 5)" in said and "(9, 2)" in said and "error: " in said


def test_codes_need_no_pictures(tmp_path, capsys):
    path = tmp_path / "codes.npz"
    np.savez(path, z=np.random.default_rng(0).normal(size=(50, 4)), labels=np.arange(50) % 5)
    assert main(["explore", str(path), "--no-app"]) == 0
    assert "50 codes of 4 coordinates, 5 classes" in capsys.readouterr().out
    assert main(["explore", "model.pt"]) == 1
    assert "--data" in capsys.readouterr().err


@pytest.mark.parametrize("path", ["digits-3d", shipped.CHECKPOINTS / "digits-3d.safetensors"])
def test_models_of_ours_need_no_pictures(path, capsys):
    assert main(["explore", str(path), "--no-app"]) == 0
    assert capsys.readouterr().out == "digits-3d: a checkpoint that VAE Explorer has written\n"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["model.pt", "--read", "output=unit"], "need --data"),
        (["model.pt", *DATA, "--weights", "w.pt"], "that a factory makes"),
        (["json:loads", *DATA, "--roles", "encoder=a"], "of files of weights"),
    ],
)
def test_flags_that_would_do_nothing_are_refused(arguments, why, capsys):
    assert main(["explore", *arguments]) == 1
    assert why in capsys.readouterr().err


def test_two_files_of_one_name_are_refused(tmp_path, capsys):
    paths = [tmp_path / part / "model.onnx" for part in ("encoder", "decoder")]
    for path in paths:
        path.parent.mkdir()
        path.write_bytes(b"onnx")
    assert main(["explore", *map(str, paths), *DATA]) == 1
    assert "two files have one name" in capsys.readouterr().err


def test_code_of_its_own_is_not_promised_to_a_file(weights, code, tmp_path, capsys):
    kept = tmp_path / "kept.safetensors"
    given = ["--weights", str(weights), "--to", str(kept)]
    assert main(["explore", f"{code}:Net", *DATA, *given]) == 1
    assert "code of its own" in capsys.readouterr().err and not kept.exists()
