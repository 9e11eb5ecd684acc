"""Every kind of model: shapes, ranges, seeds, and the tutorial's own weights."""

import pytest
import torch
from torch import nn

from vae_explorer.config import ModelConfig
from vae_explorer.models.operations.kinds import Fourier, Linear, Residual
from vae_explorer.models.vae import (
    LOGVAR_RANGE,
    decoder_operations,
    encoder_operations,
    new_model,
    summarize,
)
from vae_explorer.presets import PRESETS

SMALL = {"encoder": (16,), "decoder": (16,), "fourier": 4}
KINDS = {
    "mlp": ModelConfig(**SMALL),
    "plain z": ModelConfig(**SMALL | {"fourier": 0}),
    "deep": ModelConfig(encoder=(24, 16), decoder=(8, 16, 24), latent_dim=7),
    "one coordinate": ModelConfig(**SMALL, latent_dim=1),
    "convolutional": ModelConfig(**SMALL, convolutions=(4, 8)),
    "convolutional without hidden layer": ModelConfig(
        encoder=(), decoder=(16,), convolutions=(4, 8, 8)
    ),
    "conditional": ModelConfig(**SMALL, classes=10),
    "autoencoder": ModelConfig(**SMALL, variational=False),
    "residual": ModelConfig(encoder=(16,), decoder=(16, 16, 16), fourier=4, residual=True),
    "gaussian": ModelConfig(**SMALL, likelihood="gaussian"),
    "small picture": ModelConfig(**SMALL, image_size=9),
    "small convolutional": ModelConfig(**SMALL, image_size=9, convolutions=(4, 4, 4)),
    "colour": ModelConfig(**SMALL, image_size=12, image_width=20, channels=3),
    "convolutional both ways": ModelConfig(
        **SMALL, convolutions=(4, 8), decoder_convolutions=(8, 4), normalization="batch"
    ),
    "wide colour, transposed": ModelConfig(
        encoder=(16,),
        decoder=(),
        convolutions=(4, 8),
        decoder_convolutions=(8, 4),
        upsampling="transposed",
        normalization="group",
        image_size=9,
        image_width=22,
        channels=3,
        likelihood="gaussian",
        pixel_scale=0.0,
    ),
    "conditional with a convolutional decoder": ModelConfig(
        **SMALL, decoder_convolutions=(4,), classes=10
    ),
}


@pytest.fixture(params=KINDS.values(), ids=KINDS.keys())
def kind(request):
    return request.param


def labels(config, count):
    return torch.arange(count) % config.classes if config.classes else None


def test_pictures_in_codes_out_and_back(kind):
    model = new_model(kind, 0)
    y = labels(kind, 5)
    mu, logvar = model.encode(torch.rand(5, *kind.image_shape), y)
    assert mu.shape == logvar.shape == (5, kind.latent_dim)
    picture = model.decode(mu, y)
    assert picture.shape == (5, *kind.image_shape)
    assert picture.min() >= 0 and picture.max() <= 1
    assert model.decode_raw(mu, y).shape == (5, kind.pixels)


def test_forward_decodes_the_posterior_mean(kind):
    model = new_model(kind, 0)
    x, y = torch.rand(2, *kind.image_shape), labels(kind, 2)
    reconstruction, mu, logvar = model(x, y)
    assert torch.equal(mu, model.encode(x, y)[0]) and torch.equal(logvar, model.encode(x, y)[1])
    assert torch.equal(reconstruction, model.decode(mu, y))


def test_all_weights_receive_a_gradient(kind):
    model = new_model(kind, 0)
    x, y = torch.rand(3, *kind.image_shape), labels(kind, 3)
    mu, logvar = model.encode(x, y)
    nll = model.pixel_nll(model.decode_raw(mu, y), x.flatten(1))
    (nll.sum() + mu.sum() + logvar.sum()).backward()
    assert all(p.grad is not None for p in model.parameters())


def test_operations_have_the_widths_the_module_has(kind):
    for operations, module in [
        (encoder_operations(kind), new_model(kind, 0).encoder),
        (decoder_operations(kind), new_model(kind, 0).decoder),
    ]:
        assert len(operations) == len(module)
        for operation, layer in zip(operations, module, strict=True):
            if isinstance(operation, Linear):
                assert (layer.in_features, layer.out_features) == operation[:2]


def test_same_seed_gives_the_same_weights_whatever_ran_before(small_config):
    first = new_model(small_config, 5).state_dict()
    torch.randn(17)
    again, other = new_model(small_config, 5).state_dict(), new_model(small_config, 6).state_dict()
    assert all(torch.equal(first[k], again[k]) for k in first)
    assert not any(torch.equal(first[k], other[k]) for k in first)


def test_new_model_leaves_the_global_generator_alone(small_config):
    torch.manual_seed(0)
    expected = torch.randn(3)
    torch.manual_seed(0)
    new_model(small_config, 5)
    assert torch.equal(torch.randn(3), expected)


def test_conditional_model_answers_differently_for_another_label():
    model = new_model(KINDS["conditional"], 0)
    z, x = torch.zeros(1, 3), torch.rand(1, 1, 28, 28)
    three, four = torch.tensor([3]), torch.tensor([4])
    assert not torch.equal(model.decode(z, three), model.decode(z, four))
    assert not torch.equal(model.encode(x, three)[0], model.encode(x, four)[0])


@pytest.mark.parametrize(
    ("kind", "y"), [("conditional", None), ("mlp", torch.tensor([1])), ("autoencoder", [1])]
)
def test_labels_are_asked_for_and_refused(kind, y):
    model = new_model(KINDS[kind], 0)
    with pytest.raises(ValueError, match="labels"):
        model.decode(torch.zeros(1, 3), y)
    with pytest.raises(ValueError, match="labels"):
        model.encode(torch.zeros(1, 1, 28, 28), y)


def test_log_variance_stays_within_its_range(model):
    with torch.no_grad():
        model.log_variance_layer.bias.copy_(torch.tensor([-1e4, 0.0, 1e4]))
    _, logvar = model.encode(torch.rand(1, 1, 28, 28))
    assert logvar[0, 0] == LOGVAR_RANGE[0] and logvar[0, 2] == LOGVAR_RANGE[1]


def test_autoencoder_has_no_variance_layer_and_a_posterior_without_width():
    model = new_model(KINDS["autoencoder"], 0)
    assert not hasattr(model, "log_variance_layer")
    _, logvar = model.encode(torch.rand(2, 1, 28, 28))
    assert (logvar == LOGVAR_RANGE[0]).all()


def test_skip_connections_join_equal_widths_only():
    operations = decoder_operations(
        ModelConfig(decoder=(16, 16, 8, 8), fourier=0, residual=True, encoder=(4,))
    )
    assert [isinstance(o, Residual) for o in operations] == [0, 0, 1, 0, 0, 1, 0]


def test_fourier_features_stand_first_and_read_the_coordinates_only():
    operations = decoder_operations(KINDS["conditional"])
    assert operations[0] == Fourier(3, 4, KINDS["conditional"].fourier_scale)
    assert operations[1].inputs == 3 + 10 + 2 * 4


def test_summary_counts_every_parameter_once(kind):
    model = new_model(kind, 0)
    rows = summarize(model)
    assert sum(row.parameters for row in rows) == sum(p.numel() for p in model.parameters())
    assert all(row.part and row.layer for row in rows)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("mlp", "linear 784 → 16"),
        ("mlp", "Fourier features 3 → 11"),
        ("convolutional", "convolution 1 → 4, 3×3, stride 2"),
        ("residual", "residual: linear 16 → 16, GELU"),
    ],
)
def test_summary_describes_layers_in_words(kind, text):
    assert text in [row.layer for row in summarize(new_model(KINDS[kind], 0))]


def test_tutorial_summary_says_its_slope():
    model = new_model(PRESETS["mnist-3d-tutorial"].model, 0)
    assert "leaky ReLU 0.3" in [row.layer for row in summarize(model)]
    assert sum(row.parameters for row in summarize(model)) == sum(
        inputs * outputs + outputs
        for inputs, outputs in [
            *[(784, 392), (392, 392), (392, 3), (392, 3)],
            *[(3, 392), (392, 392), (392, 784)],
        ]
    )


def test_decoder_ends_in_logits_not_in_a_sigmoid(kind):
    assert isinstance(new_model(kind, 0).decoder[-1], nn.Linear | nn.Flatten)
