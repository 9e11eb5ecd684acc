"""Roles that somebody gives to layers, and files that say themselves how they are read."""

import io
from types import SimpleNamespace

import pytest
import torch
from model_files import assert_refused, pt, saved_bytes
from model_kinds import small_model
from torch import Generator, nn
from weight_modules import Basic, trained

from vae_explorer.data.datasets import to_unit
from vae_explorer.errors import CheckpointError
from vae_explorer.export import export_formats
from vae_explorer.models.foreign.tutorial_state_dict import import_state_dict
from vae_explorer.models.foreign.weights.layers import layers_of
from vae_explorer.models.foreign.weights.mapping import mapped, roles_of, table
from vae_explorer.models.foreign.weights.open_weights import open_weights

SHAPE = (1, 28, 28)
ROLES = "encoder=fc1 mean=fc21 second=fc22 decoder=fc3,fc4"


@pytest.fixture(scope="module")
def example(digits):
    """PyTorch's example, trained, with pictures."""
    x = to_unit(digits.train.images)
    torch.manual_seed(0)
    return SimpleNamespace(module=trained(Basic(), x, digits.train.labels), x=x)


def test_table_says_what_layers_are_taken_for(example):
    found = table(layers_of(example.module.state_dict(), True), SHAPE)
    assert [(row.name, row.role) for row in found] == [
        ("fc1", "encoder"),
        ("fc21", "mean"),
        ("fc22", "second"),
        ("fc3", "decoder"),
        ("fc4", "decoder"),
    ]
    assert found[0].shape == (64, 784)


@pytest.mark.parametrize("roles", [ROLES, roles_of(ROLES)])
def test_given_roles_make_the_same_layout(example, roles):
    (layout,) = mapped(layers_of(example.module.state_dict(), True), roles, SHAPE)
    assert [step.layer.name for step in layout.wiring.heads] == ["fc21", "fc22"]
    assert layout.wiring.latent == 6


def test_layers_in_a_strange_order_open_by_roles(example):
    state = {f"x{i}.{k}": v for i, (k, v) in enumerate(example.module.state_dict().items())}
    names = {k.rpartition(".")[0]: k for k in state}
    a, b, c, d, e = dict.fromkeys(n.partition(".")[2] for n in names)
    merged = {k.partition(".")[2]: v for k, v in state.items()}
    roles = f"encoder={a} mean={b} second={c} decoder={d},{e}"
    opened = open_weights(
        pt(dict(reversed(merged.items()))),
        "strange",
        example.x,
        roles=roles,
        generator=Generator().manual_seed(0),
    )
    assert opened.card.neg_elbo < opened.card.mean_picture


BAD_ROLES = {
    "an unknown role": "encoder=fc1 means=fc21",
    "no name": "encoder fc1",
    "an unknown layer": "encoder=fc9 mean=fc21 second=fc22 decoder=fc3,fc4",
    "a layer that does not fit": "encoder=fc3 mean=fc21 second=fc22 decoder=fc3,fc4",
    "no decoder": "encoder=fc1 mean=fc21 second=fc22",
    "a decoder that ends early": "encoder=fc1 mean=fc21 second=fc22 decoder=fc3",
}


@pytest.mark.parametrize("roles", BAD_ROLES.values(), ids=BAD_ROLES.keys())
def test_roles_that_do_not_fit_are_refused(example, roles):
    data = pt(example.module.state_dict())
    assert_refused(lambda d: open_weights(d, "bad", example.x[:50], roles=roles), data)


def test_pictures_of_another_size_are_named_with_their_sizes():
    data = pt(Basic().state_dict())
    message = assert_refused(lambda d: open_weights(d, "a", torch.rand(9, 1, 32, 32)), data)
    assert "784" in message and "1,024" in message


def test_answers_that_are_none_are_refused(example):
    data = pt(example.module.state_dict())
    for given in ({"activation": "cosine"}, {"weather": "ReLU"}, {"pixel scale": "wide"}):
        with pytest.raises(CheckpointError):
            open_weights(data, "a", example.x[:50], given=given)
    opened = open_weights(data, "a", example.x, given={"activation": "tanh"})
    assert opened.card.decisions[0].given and opened.card.decisions[0].value == "tanh"


KINDS = {
    "Fourier features": {"fourier": 4},
    "convolutional": {"convolutions": (4,), "decoder_convolutions": (4,), "encoder": ()},
    "normalised": {
        "convolutions": (4,),
        "decoder_convolutions": (4,),
        "encoder": (),
        "normalization": "batch",
    },
    "conditional": {"classes": 10},
    "residual": {"decoder": (8, 8), "residual": True, "fourier": 4},
    "learned scale": {"likelihood": "gaussian", "pixel_scale": 0.0},
}


@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS.keys())
def test_our_own_export_opens_exactly_again(settings, digits):
    checkpoint = small_model(**settings)
    data = export_formats.state_dict(checkpoint)
    state = torch.load(io.BytesIO(data), weights_only=True)
    checkpoint.model.load_state_dict(state)  # strict: torch does not notice the record
    again = open_weights(data, "again", to_unit(digits.train.images[:60]), digits.train.labels[:60])
    assert again.checkpoint.config == checkpoint.config == import_state_dict(data).config
    z, y = torch.randn(3, checkpoint.config.latent_dim), None
    if checkpoint.config.classes:
        y = torch.tensor([1, 2, 3])
    assert torch.equal(again.checkpoint.model.decode(z, y), checkpoint.model.decode(z, y))


def test_opened_weights_survive_our_checkpoint_and_export(example, tmp_path):
    opened = open_weights(pt(example.module.state_dict()), "first", example.x)
    z = torch.randn(3, 6)
    own = opened.checkpoint
    for data in (saved_bytes(own, tmp_path), export_formats.state_dict(own)):
        again = open_weights(data, "again", example.x)
        assert again.checkpoint.config == opened.checkpoint.config
        assert torch.equal(again.checkpoint.model.decode(z), opened.checkpoint.model.decode(z))
        assert abs(again.card.neg_elbo - opened.card.neg_elbo) < 2


def test_a_model_of_other_names_is_found_by_shapes():
    sizes = {
        "zebra": (784, 32),
        "apple": (32, 16),
        "left": (16, 3),
        "right": (16, 3),
        "kiwi": (3, 16),
        "mango": (16, 32),
        "aardvark": (32, 784),
    }
    module = nn.ModuleDict({name: nn.Linear(*size) for name, size in sizes.items()})
    state = dict(sorted(module.state_dict().items()))
    roles = {row.name: row.role for row in table(layers_of(state, False), SHAPE)}
    assert roles["zebra"] == roles["apple"] == "encoder"
    assert {roles["left"], roles["right"]} == {"mean", "second"}
    assert roles["kiwi"] == roles["mango"] == roles["aardvark"] == "decoder"
