"""Networks made elsewhere: read as said, kept in our files, written as ONNX."""

import dataclasses

import numpy as np
import onnxruntime
import pytest
import torch
from foreign_networks import NETWORKS, network, network_checkpoint

from vae_explorer.errors import CheckpointError, ConfigError
from vae_explorer.export import onnx_export
from vae_explorer.models.checkpoints import load_checkpoint, save_checkpoint
from vae_explorer.models.foreign import network as networks
from vae_explorer.models.foreign.adapter import ForeignConfig, ValueReading

NAMES = list(NETWORKS)


def asked(model):
    """Pictures, codes and labels for a model."""
    draw = torch.Generator().manual_seed(0)
    x = torch.rand(5, *model.image_shape, generator=draw)
    z = torch.randn(5, model.latent_dim, generator=draw)
    return x, z, torch.arange(5) % 4 if model.config.classes else None


@pytest.mark.parametrize("name", NAMES)
def test_network_comes_back_from_its_file(name, tmp_path):
    checkpoint = network_checkpoint(name)
    save_checkpoint(checkpoint, tmp_path / "model.safetensors")
    again = load_checkpoint(tmp_path / "model.safetensors")
    assert again.config == checkpoint.config
    x, z, y = asked(checkpoint.model)
    for ours, theirs in zip(again.model.encode(x, y), checkpoint.model.encode(x, y), strict=True):
        assert torch.equal(ours, theirs)
    assert torch.equal(again.model.decode(z, y), checkpoint.model.decode(z, y))


@pytest.mark.parametrize("name", NAMES)
def test_onnx_gives_the_same_numbers_of_plain_pictures(name):
    checkpoint = network_checkpoint(name)
    files = onnx_export.files(checkpoint)
    x, z, y = asked(checkpoint.model)
    label = {} if y is None else {"y": y.numpy()}
    encoder, decoder = (
        onnxruntime.InferenceSession(files[f"{part}.onnx"]) for part in ("encoder", "decoder")
    )
    wanted = checkpoint.model.encode(x, y)
    made = encoder.run(None, {"x": x.numpy()} | label)
    assert len(made) == (2 if checkpoint.config.variational else 1)
    for ours, theirs in zip(made, wanted, strict=False):
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-4)
    (pictures,) = decoder.run(None, {"z": z.numpy()} | label)
    np.testing.assert_allclose(pictures, checkpoint.model.decode(z, y).numpy(), atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "head", "logvar"),
    [
        ("log_variance", -1.0, -1.0),
        ("log_standard_deviation", -1.0, -2.0),
        ("standard_deviation", 0.5, 2 * np.log(0.5)),
        ("variance", 0.5, np.log(0.5)),
        ("softplus_standard_deviation", 1.0, 2 * np.log(np.log1p(np.e))),
    ],
)
def test_second_head_is_what_it_is_said_to_be(kind, head, logvar):
    config = dataclasses.replace(NETWORKS["log variance"], reading=reading(second_head=kind))
    model = networks.NetworkModel(config).eval()
    last = model.encoder[-1]
    torch.nn.init.zeros_(last.weight)
    torch.nn.init.constant_(last.bias, head)
    mu, made = model.encode(torch.rand(3, 1, 9, 9))
    torch.testing.assert_close(mu, torch.full((3, 2), head))
    torch.testing.assert_close(made, torch.full((3, 2), float(logvar)))


def reading(**changes):
    return dataclasses.replace(NETWORKS["log variance"].reading, **changes)


def test_values_between_minus_one_and_one_become_pictures():
    model = network("colour, tanh, BGR")
    z = torch.randn(4, 3)
    raw = model.decoder(z)
    torch.testing.assert_close(model.decode(z), raw.flip(1) / 2 + 0.5)
    x = torch.rand(4, 3, 16, 20)
    torch.testing.assert_close(model.encode(x)[0], model.encoder(2 * x.flip(1) - 1)[:, :3])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"latent_dim": 3}, "encoder gives"),
        ({"image_size": 10}, "encoder does not fit together"),
        ({"channels": 2}, "1 .grey. or 3"),
        ({"pixel_scale": 0.0}, "pixel_scale"),
        ({"classes": 3}, "one-hot"),
        ({"decoder": ()}, "decoder gives"),
        ({"channels": 1.0}, "1 .grey. or 3"),
        ({"variational": False}, "second head"),
        ({"reading": ValueReading((0.5,) * 3, (0.5,) * 3, "flat")}, "more channels"),
        ({"reading": ValueReading(pixel_layout="flat", channel_order="bgr")}, "more channels"),
        ({"reading": ValueReading(pixel_layout="image_channels_last")}, "channels first"),
    ],
)
def test_settings_that_do_not_fit_are_refused(changes, why):
    with pytest.raises(ConfigError, match=why):
        dataclasses.replace(NETWORKS["log variance"], **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"input_std": (0.0,)},
        {"input_mean": (float("nan"),)},
        {"output_mean": (0.5, 0.5)},
        {"input_mean": (0.5, 0.5, 0.5)},
        {"second_head": "sigma"},
        {"pixel_layout": 3},
    ],
    ids=str,
)
def test_readings_that_are_none_are_refused(changes):
    with pytest.raises(ConfigError):
        ValueReading(**changes)


def test_unknown_settings_are_of_a_newer_version():
    plain = networks.to_dict(NETWORKS["told the class"])
    assert networks.from_dict(plain) == NETWORKS["told the class"]
    for wrong in (plain | {"colour": 1}, plain | {"encoder": "MLP"}, [], {"reading": 3}):
        with pytest.raises(ConfigError):
            networks.from_dict(wrong)


def test_code_of_its_own_is_kept_in_no_file(tmp_path):
    checkpoint = network_checkpoint("log variance")
    live = dataclasses.replace(checkpoint, config=ForeignConfig())
    with pytest.raises(CheckpointError, match="code of its own"):
        save_checkpoint(live, tmp_path / "model.safetensors")
    assert not list(tmp_path.iterdir())
