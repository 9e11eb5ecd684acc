"""The written-out gradient is that of autograd, but for the rounding of bfloat16."""

import pytest
import torch

from vae_explorer.config import ModelConfig, TrainConfig
from vae_explorer.models.vae import new_model
from vae_explorer.training.objective.batch_module import BatchLoss
from vae_explorer.training.objective.gradients import ElboGradients, fits
from vae_explorer.training.objective.losses import batch_loss

SETTINGS = {"beta": 1.0, "free_bits": 0.0, "frozen": 0}
MODELS = {
    "fourier, gelu": {},
    "no fourier": {"fourier": 0},
    "leaky relu": {"activation": "leaky_relu", "fourier": 0},
    "relu": {"activation": "relu"},
    "conditional": {"classes": 10},
    "conditional, no fourier": {"classes": 10, "fourier": 0},
    "autoencoder": {"variational": False},
    "conditional autoencoder": {"classes": 10, "variational": False},
    "one coordinate": {"latent_dim": 1},
    "many coordinates": {"latent_dim": 12},
    "one layer each": {"encoder": (24,), "decoder": (24,)},
}
OBJECTIVES = {
    "plain": {},
    "beta": {"beta": 4.0},
    "no KL": {"beta": 0.0},
    "free bits": {"free_bits": 0.3},
    "half for the encoder": {"frozen": 32},
    "all for the encoder": {"frozen": 64},
}


def gradients(model):
    return {name: weight.grad.clone() for name, weight in model.named_parameters()}


@pytest.fixture
def both(few):
    """both(model settings, objective settings) -> (loss, gradients) by autograd and by hand."""

    def compute(of_model, settings, shown=None, precision=torch.float32):
        sizes = {"encoder": (48, 32), "decoder": (32, 48), "fourier": 8, "fourier_scale": 0.5}
        model = new_model(ModelConfig(**(sizes | of_model)), 0)
        torch.nn.init.normal_(model.mean_layer.bias)  # some KL to have a gradient of
        x = few.images[:64].unsqueeze(1) / 255
        y = few.labels[:64] if model.config.classes else None
        settings = SETTINGS | settings

        def by(function, **more):
            model.zero_grad()
            generator = torch.Generator().manual_seed(3)
            return function(x, y, generator=generator, encoder_input=shown, **settings, **more)

        auto = by(BatchLoss(model, "elbo"), samples=1)
        auto.loss.backward()
        expected = gradients(model) if not settings["frozen"] else frozen_gradients(model)
        hand = by(ElboGradients(model))
        return (auto, expected), (hand, gradients(model))

    return compute


def frozen_gradients(model):
    """Where the decoder learned nothing autograd leaves no gradient at all."""
    zero = torch.zeros_like
    named = model.named_parameters()
    return {name: zero(w) if w.grad is None else w.grad.clone() for name, w in named}


def assert_alike(expected, found):
    for name, gradient in expected.items():
        if not gradient.any():
            assert not found[name].any(), name
            continue
        cosine = torch.cosine_similarity(gradient.flatten(), found[name].flatten(), dim=0)
        assert cosine > 0.995, name
        assert found[name].norm() == pytest.approx(gradient.norm().item(), rel=0.03), name


@pytest.mark.parametrize("of_model", MODELS.values(), ids=MODELS)
def test_gradient_of_any_plain_model_is_autograds(both, of_model):
    (auto, expected), (hand, found) = both(of_model, {})
    assert_alike(expected, found)
    torch.testing.assert_close(hand.loss, auto.loss, rtol=2e-3, atol=0)
    torch.testing.assert_close(hand.reconstruction, auto.reconstruction, rtol=1e-2, atol=0)
    torch.testing.assert_close(hand.kl, auto.kl, rtol=3e-2, atol=2e-2)


@pytest.mark.parametrize("settings", OBJECTIVES.values(), ids=OBJECTIVES)
def test_gradient_of_any_weighing_is_autograds(both, settings):
    if settings.get("frozen"):  # noise is drawn in two parts there: take none
        (auto, expected), (hand, found) = both({"variational": False}, settings)
    else:
        (auto, expected), (hand, found) = both({}, settings)
    assert_alike(expected, found)
    torch.testing.assert_close(hand.loss, auto.loss, rtol=2e-3, atol=0)
    assert hand.reconstruction.shape == auto.reconstruction.shape


def test_encoder_sees_what_it_is_shown_and_the_loss_what_there_was(both, few):
    hidden = (few.images[:64].unsqueeze(1) / 255) * (torch.arange(28) % 2)
    (_, expected), (hand, found) = both({}, {}, shown=hidden)
    assert_alike(expected, found)
    assert hand.loss != both({}, {})[1][0].loss


def test_saturated_variance_has_no_gradient(both):
    """As clamping has none: the encoder's second head is left alone out of range."""
    model = new_model(ModelConfig(encoder=(8,), decoder=(8,), fourier=0), 0)
    model.log_variance_layer.bias.data.fill_(100.0)
    x = torch.rand(4, 1, 28, 28)
    ElboGradients(model)(x, None, generator=None, encoder_input=None, **SETTINGS)
    assert not model.log_variance_layer.weight.grad.any()
    assert model.mean_layer.weight.grad.any()


@pytest.mark.parametrize("scale", [1e3, 1e6])
def test_loss_and_gradient_are_finite_where_logits_are_huge(scale):
    model = new_model(ModelConfig(encoder=(8,), decoder=(8,), fourier=0), 0)
    model.decoder[-1].bias.data.fill_(scale)
    x = torch.rand(4, 1, 28, 28)
    generator = torch.Generator().manual_seed(0)
    hand = ElboGradients(model)(x, None, generator=generator, encoder_input=None, **SETTINGS)
    auto = batch_loss(model, x, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(hand.loss, auto.loss, rtol=1e-2, atol=0)
    assert all(weight.grad.isfinite().all() for weight in model.parameters())


@pytest.mark.parametrize(
    ("fields", "of_model"),
    [
        ({"objective": "iwae", "samples": 2}, {}),
        ({"samples": 2}, {}),
        ({"precision": "float32"}, {}),
        ({}, {"convolutions": (4,)}),
        ({}, {"residual": True}),
        ({}, {"dropout": 0.1}),
        ({}, {"likelihood": "gaussian"}),
    ],
    ids=str,
)
def test_whatever_else_there_is_is_left_to_autograd(fields, of_model):
    assert fits(TrainConfig(), "elbo")
    config = TrainConfig(model=ModelConfig(**of_model), **fields)
    assert not fits(config, config.objective)
