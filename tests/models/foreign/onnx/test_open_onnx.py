"""ONNX files of real exporters and of our own, opened: the same numbers, the right reading."""

import importlib.util
import io
import os
import subprocess
import sys

import numpy as np
import onnx_models as made
import onnxruntime
import pytest
import torch
from foreign_networks import NETWORKS, network_checkpoint
from paths import ROOT
from torch import nn

from vae_explorer.errors import CheckpointError
from vae_explorer.export import onnx_export
from vae_explorer.models.checkpoints import load_checkpoint, save_checkpoint
from vae_explorer.models.foreign.conformance import criteria
from vae_explorer.models.foreign.network import NetworkModel
from vae_explorer.models.foreign.onnx.onnx_session import SessionModel

EXACT = 1e-5


def answers(opened) -> dict:
    return {decision.name: decision.value for decision in opened.card.decisions}


def assert_same(model, own, x):
    """As the PyTorch module itself has it."""
    for mine, theirs in zip(model.encode(x), own.encode(x), strict=True):
        assert torch.allclose(mine, theirs, atol=EXACT)
    z = torch.randn(40, own.size)
    assert torch.allclose(model.decode(z).flatten(1), own.decode(z).flatten(1), atol=EXACT)


@pytest.mark.parametrize("dynamic", [True, False])
def test_a_pair_becomes_a_network_of_the_same_numbers(opened, dense, grey, dynamic):
    found = opened(made.pair(dense, grey, dynamic=dynamic), grey)
    assert isinstance(found.checkpoint.model, NetworkModel)
    assert_same(found.checkpoint.model, dense, grey)
    assert answers(found)["second head"] == "log_variance"
    assert answers(found)["head order"] == "mean_first"
    assert answers(found)["input range"] == "unit"
    assert found.checkpoint.sha256 and found.checkpoint.name == "model"


def test_which_file_is_the_encoder_is_told_by_shapes_alone(opened, dense, grey):
    files = made.pair(dense, grey)
    swapped = {"a.onnx": files["decoder.onnx"], "b.onnx": files["encoder.onnx"]}
    assert_same(opened(swapped, grey).checkpoint.model, dense, grey)


@pytest.mark.parametrize("dynamic", [True, False])
def test_a_whole_vae_that_samples_is_cut_before_its_noise(opened, dense, grey, dynamic):
    outputs = ["recon", "mu", "logvar"]
    data = made.exported(dense, grey[:1], names=["x"], outputs=outputs, dynamic=dynamic)
    found = opened({"vae.onnx": data}, grey)
    assert isinstance(found.checkpoint.model, NetworkModel)
    assert_same(found.checkpoint.model, dense, grey)


class OneOutput(nn.Module):
    """Gives its reconstruction alone, with noise or at the mean."""

    def __init__(self, model, noise):
        super().__init__()
        self.model, self.noise = model, noise

    def forward(self, x):
        mu, logvar = self.model.encode(x)
        noise = torch.randn_like(mu) * (0.5 * logvar).exp() if self.noise else 0
        return self.model.decode(mu + noise)


@pytest.mark.parametrize("noise", [True, False])
def test_a_whole_vae_that_gives_pictures_alone_is_cut_at_its_latent_value(
    opened, dense, grey, noise
):
    data = made.exported(OneOutput(dense, noise), grey[:1], names=["x"], outputs=["y"])
    found = opened({"vae.onnx": data}, grey)
    mu, logvar = found.checkpoint.model.encode(grey)
    assert torch.allclose(mu, dense.encode(grey)[0], atol=EXACT)
    assert found.checkpoint.config.variational == noise
    if noise:  # exp(logvar / 2) is recognised
        assert torch.allclose(logvar, dense.encode(grey)[1], atol=EXACT)


HEADS = {
    "deviation": (lambda m, v: (m, (v / 2).exp()), ["mu", "sigma"], "log_variance"),
    "variance": (lambda m, v: (m, v.exp()), ["mean", "var"], "log_variance"),
    "half": (lambda m, v: (m, v / 2), ["mean", "log_std"], "log_standard_deviation"),
    "joint": (lambda m, v: torch.cat([m, v], dim=1), ["h"], "log_variance"),
    "swapped": (lambda m, v: (v, m), ["o1", "o2"], "log_variance"),
    "named": (lambda m, v: (v, m), ["z_log_var", "z_mean"], "log_variance"),
    "softplus": (
        lambda m, v: (m, nn.functional.softplus(((v / 2).exp().exp() - 1).log())),
        ["loc", "scale"],
        "standard_deviation",
    ),
}


@pytest.mark.parametrize("kind", HEADS)
def test_second_heads_are_recognised(opened, dense, grey, kind):
    change, outputs, expected = HEADS[kind]
    files = made.pair(dense, grey, encoder=made.Encoder(dense, change), outputs=outputs)
    found = opened(files, grey)
    assert answers(found)["second head"] == expected
    order = "mean_second" if kind in ("swapped", "named") else "mean_first"
    assert answers(found)["head order"] == order
    for mine, theirs in zip(found.checkpoint.model.encode(grey), dense.encode(grey), strict=True):
        assert torch.allclose(mine, theirs, atol=1e-4)


def test_a_clipped_and_a_deep_second_head_are_networks_too(opened, dense, grey):
    class Heads(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(1)
            self.model = dense
            self.more = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))

        def forward(self, x):
            mu, logvar = self.model.encode(x)
            return mu, (logvar + 0.1 * self.more(logvar)).clamp(-6, 1.5)

    class Deep(Heads):
        def forward(self, x):
            mu, logvar = self.model.encode(x)
            return mu, nn.functional.softplus(self.more(logvar)) + 1e-5

    own = Deep()
    found = opened(made.pair(dense, grey, encoder=own, outputs=["loc", "scale"]), grey)
    assert isinstance(found.checkpoint.model, NetworkModel)
    (_, logvar), (_, scale) = found.checkpoint.model.encode(grey), own(grey)
    wanted = 2 * scale.log() if answers(found)["second head"] != "variance" else scale.log()
    assert torch.allclose(logvar, wanted, atol=1e-3)
    clipped = made.Encoder(dense, lambda m, v: (m, v.clamp(-4, -2)))
    found = opened(made.pair(dense, grey, encoder=clipped), grey)
    assert isinstance(found.checkpoint.model, NetworkModel)
    assert torch.allclose(
        found.checkpoint.model.encode(grey)[1], dense.encode(grey)[1].clamp(-4, -2), atol=1e-4
    )


ACTIVATIONS = [nn.GELU, nn.SiLU, nn.Mish, nn.ELU, nn.SELU, nn.Hardswish, nn.Softplus, nn.PReLU]
ACTIVATIONS += [nn.ReLU6, nn.Tanh, nn.Sigmoid, nn.LeakyReLU, nn.Softsign]


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_activations_become_plain_operations(opened, grey, kind):
    model = made.trained(made.Dense(act=kind), grey, made.loss, 200, 1e-2).requires_grad_(False)
    found = opened(made.pair(model, grey), grey, given={"input range": "unit"})
    assert isinstance(found.checkpoint.model, NetworkModel)
    assert_same(found.checkpoint.model, model, grey)


def test_a_colour_pair_of_convolutions_has_the_bound_of_its_module(opened, convolutional, colour):
    files = made.pair(convolutional, colour)
    found = opened(files, colour)
    model = found.checkpoint.model
    assert isinstance(model, NetworkModel) and model.config.image_shape == (3, 16, 16)
    assert_same(model, convolutional, colour)
    assert answers(found)["channel order"] == "rgb"
    session = onnxruntime.InferenceSession(files["encoder.onnx"])
    mu, logvar = (torch.from_numpy(v) for v in session.run(None, {"x": colour.numpy()}))
    assert torch.allclose(model.encode(colour)[0], mu, atol=EXACT)
    eps = torch.empty_like(mu).normal_(generator=torch.Generator().manual_seed(3))
    means = convolutional.decode(mu + (logvar / 2).exp() * eps).flatten(1)
    scale = torch.tensor(model.config.pixel_scale)
    own = made.gaussian_nats(means, colour.flatten(1), scale) + made.kl_nats(mu, logvar)
    mine = criteria.neg_elbo(model, colour, None, torch.Generator().manual_seed(3))
    assert abs(own.mean().item() - mine) < 0.1


def test_a_whole_colour_vae_is_cut_as_well(opened, convolutional, colour):
    outputs = ["recon", "mu", "logvar"]
    data = made.exported(convolutional, colour[:1], names=["x"], outputs=outputs)
    assert_same(opened({"vae.onnx": data}, colour).checkpoint.model, convolutional, colour)


def test_an_opened_network_has_gradients_and_can_be_kept(opened, convolutional, colour, tmp_path):
    checkpoint = opened(made.pair(convolutional, colour), colour).checkpoint
    z = torch.zeros(1, 4, requires_grad=True)
    checkpoint.model.decode(z).sum().backward()
    assert z.grad is not None and z.grad.abs().sum() > 0
    save_checkpoint(checkpoint, tmp_path / "model.safetensors")
    again = load_checkpoint(tmp_path / "model.safetensors").model
    assert torch.equal(again.decode(z), checkpoint.model.decode(z))


@pytest.mark.parametrize("name", NETWORKS)
def test_our_own_export_of_any_network_opens_as_the_same(name, opened, monkeypatch):
    own = network_checkpoint(name)
    x = torch.rand(24, *own.config.image_shape)
    y = torch.arange(24) % own.config.classes if own.config.classes else None
    files = onnx_export.files(own)
    monkeypatch.setattr(
        criteria, "mean_picture_nats", lambda *_, **__: float("inf")
    )  # it is untrained
    given = {"input range": "unit"} | ({"channel order": "rgb"} if x.shape[1] == 3 else {})
    decoder = made.parsed(files["decoder.onnx"]).graph.node[-1].op_type
    given["output"] = "logits" if decoder == "Sigmoid" else "unit"
    found = opened(files, x, y, given=given)
    model = found.checkpoint.model
    assert isinstance(model, NetworkModel)
    assert model.config.likelihood == own.config.likelihood
    mu, logvar = own.model.encode(x, y)
    assert torch.allclose(model.encode(x, y)[0], mu, atol=EXACT)
    if own.config.variational and answers(found)["second head"] == own.config.reading.second_head:
        assert torch.allclose(model.encode(x, y)[1], logvar, atol=1e-3)
    assert torch.allclose(model.decode(mu, y), own.model.decode(mu, y), atol=EXACT)


class Conditional(nn.Module):
    """One half, told the class as a number."""

    def __init__(self, half):
        super().__init__()
        self.part = half

    def forward(self, v, y):
        return self.part(v, nn.functional.one_hot(y, 4).float())


@pytest.mark.parametrize("index", [True, False])
def test_a_conditional_pair_takes_classes_or_one_hot_labels(opened, grey, index):
    y = torch.arange(len(grey)) % 4
    hot = torch.eye(4)[y]
    model = made.trained(made.Dense(classes=4), grey, lambda m, x: made.loss(m, x, hot), 300, 5e-3)
    model.requires_grad_(False)
    halves = made.Encoder(model), made.Decoder(model)
    encoder, decoder = map(Conditional, halves) if index else halves
    label = (y if index else hot)[:1]
    files = {
        "encoder.onnx": made.exported(
            encoder, grey[:1], label, names=["x", "y"], outputs=["mu", "logvar"]
        ),
        "decoder.onnx": made.exported(
            decoder, torch.zeros(1, 2), label, names=["z", "y"], outputs=["p"]
        ),
    }
    found = opened(files, grey, y).checkpoint
    assert isinstance(found.model, NetworkModel) and found.config.classes == 4
    mu, _ = model.encode(grey, hot)
    assert torch.allclose(found.model.encode(grey, y)[0], mu, atol=EXACT)
    assert torch.allclose(found.model.decode(mu, y).flatten(1), model.decode(mu, hot), atol=EXACT)
    with pytest.raises(CheckpointError, match="choose data with labels"):
        opened(files, grey)


class Recurrent(nn.Module):
    """A decoder with a GRU: no plain operations."""

    def __init__(self, model):
        super().__init__()
        torch.manual_seed(0)
        self.model, self.gru, self.out = model, nn.GRU(4, 8, batch_first=True), nn.Linear(8, 64)

    def forward(self, z):
        states, _ = self.gru(torch.cat([z] * 6, dim=1).reshape(-1, 3, 4))
        return self.model.decode(z) * (1 + 0.01 * self.out(states[:, -1]))


def test_a_safe_graph_of_other_operators_is_run_by_the_runtime(opened, dense, grey):
    own = Recurrent(dense).eval()
    found = opened(made.pair(dense, grey, decoder=own), grey).checkpoint
    assert isinstance(found.model, SessionModel)
    assert not found.model.differentiable
    z = torch.randn(37, 2)  # more than two batches
    made_of_z = found.model.decode(z).flatten(1)
    assert torch.allclose(made_of_z, own(z).clamp(0, 1).detach(), atol=EXACT)
    with pytest.raises(CheckpointError, match="code of its own"):
        save_checkpoint(found, "nowhere.safetensors")


def test_outputs_of_a_tanh_and_inputs_of_bytes_are_found(opened, dense, grey):
    class Bytes(nn.Module):
        def forward(self, x):
            return dense.encode(x / 255)

    files = made.pair(
        dense, grey, encoder=Bytes(), decoder=made.Decoder(dense, lambda v: 2 * v - 1)
    )
    found = opened(files, grey)
    assert answers(found)["output"] == "signed"
    assert answers(found)["input range"] == "bytes"
    mu = dense.encode(grey)[0]
    assert torch.allclose(found.checkpoint.model.encode(grey)[0], mu, atol=1e-4)


@pytest.mark.skipif(importlib.util.find_spec("onnxscript") is None, reason="no onnxscript")
def test_the_newer_exporter_of_pytorch_is_read_too(opened, convolutional, colour):
    def exported(model, value, outputs):
        file = io.BytesIO()
        torch.onnx.export(
            model.eval(),
            (value,),
            file,
            output_names=outputs,
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim.AUTO},),
            external_data=False,
        )
        return file.getvalue()

    files = {
        "encoder.onnx": exported(made.Encoder(convolutional), colour[:2], ["mu", "logvar"]),
        "decoder.onnx": exported(made.Decoder(convolutional), torch.zeros(2, 4), ["x"]),
    }
    assert_same(opened(files, colour).checkpoint.model, convolutional, colour)


def test_weights_of_half_precision_are_widened(opened, dense, grey):
    files = {k: made.halved(data) for k, data in made.pair(dense, grey).items()}
    mu = opened(files, grey).checkpoint.model.encode(grey)[0]
    assert np.allclose(mu, dense.encode(grey)[0], atol=0.02)


def test_the_runtime_reports_to_nobody_and_is_imported_only_when_wanted(tmp_path):
    program = (
        "import sys, vae_explorer.models.foreign.model_door\n"
        "assert 'onnxruntime' not in sys.modules and 'onnx' not in sys.modules\n"
        "from onnx import helper\n"
        "from vae_explorer.models.foreign.onnx.runtime import session_of\n"
        "value = helper.make_tensor_value_info('x', 1, [1])\n"
        "node = helper.make_node('Identity', ['x'], ['y'])\n"
        "out = helper.make_tensor_value_info('y', 1, [1])\n"
        "graph = helper.make_graph([node], 'g', [value], [out])\n"
        "session_of(helper.make_model(graph, ir_version=8).SerializeToString())\n"
    )
    without = {k: v for k, v in os.environ.items() if not k.startswith("ORT_")}
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", program], env=without | home, cwd=ROOT, check=True)
    assert not list(tmp_path.rglob("*icrosoft*"))
