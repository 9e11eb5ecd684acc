"""Bounds on log p(x) against torch.distributions and numerical integration."""

import math

import pytest
import torch
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from vae_explorer import losses
from vae_explorer.config import ModelConfig, choices
from vae_explorer.losses import LIKELIHOODS, OBJECTIVES, elbo, iwae, log_weights
from vae_explorer.model import new_model


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def line_model():
    """A model of one coordinate, and three black-and-white pictures of 8x8 pixels."""
    config = ModelConfig(latent_dim=1, encoder=(8,), decoder=(8,), fourier=4, image_size=8)
    x = torch.rand(3, 1, 8, 8, generator=seeded(1)).round()
    model = new_model(config, 3).requires_grad_(False)
    model.decoder[-1].weight.mul_(4)  # or z would hardly matter
    return model, x


def integrated_log_likelihood(model, x):
    """log p(x) of a model of one coordinate, by the trapezoidal rule over z."""
    z = torch.linspace(-8, 8, 4001).unsqueeze(1)
    bernoulli = Independent(Bernoulli(logits=model.decode_logits(z)), 1)
    log_p = torch.stack([bernoulli.log_prob(picture.flatten()) for picture in x])
    log_joint = log_p + Normal(0, 1).log_prob(z).squeeze(1)  # (B, 4001)
    density = log_joint.double().exp()
    return torch.trapezoid(density, z.squeeze(1).double(), dim=1).log().float()


@pytest.mark.parametrize("scale", [0.1, 1.0, 5.0])
def test_kl_is_that_of_torch_distributions(scale):
    mu, logvar = scale * torch.randn(64, 4), scale * torch.randn(64, 4)
    expected = kl_divergence(Normal(mu, (0.5 * logvar).exp()), Normal(0, 1))
    torch.testing.assert_close(losses.kl_divergence(mu, logvar), expected, rtol=1e-4, atol=1e-6)


def test_kl_is_zero_at_the_prior_and_positive_elsewhere():
    assert losses.kl_divergence(torch.zeros(1, 3), torch.zeros(1, 3)).abs().max() == 0
    assert (losses.kl_divergence(torch.randn(99, 3), torch.randn(99, 3)) > 0).all()


@pytest.mark.parametrize("scale", [1, 10, 100])
def test_bernoulli_nll_is_that_of_torch_distributions(scale):
    logits = scale * torch.randn(7, 5, 20)
    x = torch.rand(7, 5, 20).round()
    expected = -Bernoulli(logits=logits).log_prob(x).sum(dim=-1)
    torch.testing.assert_close(losses.bernoulli_nll(logits, x), expected, rtol=1e-5, atol=1e-4)


def test_bernoulli_nll_of_grey_pixels_is_the_tutorials_cross_entropy():
    logits, x = torch.randn(6, 784), torch.rand(6, 784)
    expected = torch.nn.functional.binary_cross_entropy(logits.sigmoid(), x, reduction="sum")
    torch.testing.assert_close(losses.bernoulli_nll(logits, x).sum(), expected)


def test_bernoulli_nll_of_certain_pixels_is_finite():
    logits = torch.tensor([[1000.0, -1000.0]])
    assert losses.bernoulli_nll(logits, torch.tensor([[1.0, 0.0]])).item() == 0
    assert losses.bernoulli_nll(logits, torch.tensor([[0.0, 1.0]])).item() == 2000


def test_bernoulli_gradient_is_the_derivative():
    logits = torch.randn(3, 4, dtype=torch.double, requires_grad=True)
    x = torch.rand(3, 4, dtype=torch.double)
    assert torch.autograd.gradcheck(lambda v: losses.bernoulli_nll(v, x), [logits])


def test_bernoulli_gradient_reaches_broadcast_samples():
    logits = torch.randn(2, 3, 4, dtype=torch.double, requires_grad=True)
    x = torch.rand(3, 4, dtype=torch.double).expand(2, -1, -1)
    assert torch.autograd.gradcheck(lambda v: losses.bernoulli_nll(v, x), [logits])


def test_gaussian_nll_is_half_the_squared_error_and_differs_from_the_density_by_a_constant():
    logits, x = torch.randn(5, 20), torch.rand(5, 20)
    ours = losses.gaussian_nll(logits, x)
    torch.testing.assert_close(ours, 0.5 * (logits.sigmoid() - x).square().sum(dim=-1))
    density = -Normal(logits.sigmoid(), 1).log_prob(x).sum(dim=-1)
    torch.testing.assert_close(density - ours, torch.full((5,), 10 * math.log(2 * math.pi)))


def test_registries_hold_what_the_config_offers():
    assert set(LIKELIHOODS) == set(choices(ModelConfig, "likelihood"))
    assert set(OBJECTIVES) == {"elbo", "iwae"}


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0, 4.0])
def test_elbo_loss_is_reconstruction_plus_beta_kl(model, beta):
    x = torch.rand(6, 1, 28, 28)
    loss = elbo(model, x, generator=seeded(), beta=beta)
    assert loss.reconstruction.shape == (6,) and loss.kl.shape == (6, 3)
    expected = (loss.reconstruction + beta * loss.kl.sum(dim=1)).mean()
    torch.testing.assert_close(loss.loss, expected)
    torch.testing.assert_close(loss.kl, losses.kl_divergence(*model.encode(x)))


def test_elbo_averages_the_reconstruction_over_samples(line_model):
    model, x = line_model
    many = elbo(model, x, generator=seeded(), samples=64).reconstruction
    ones = [elbo(model, x, generator=seeded(i)).reconstruction for i in range(64)]
    spread = torch.stack(ones).std(dim=0) / 8
    assert ((many - torch.stack(ones).mean(dim=0)).abs() < 5 * spread + 1e-4).all()


def test_elbo_encodes_what_is_seen_and_explains_what_is_there(model):
    x, seen = torch.rand(2, 2, 1, 28, 28)
    loss = elbo(model, x, generator=seeded(), seen=seen)
    torch.testing.assert_close(loss.kl, elbo(model, seen, generator=seeded()).kl)
    elsewhere = elbo(model, seen, generator=seeded(), seen=seen)
    assert not torch.equal(loss.reconstruction, elsewhere.reconstruction)


def test_autoencoder_pays_no_kl_and_draws_nothing():
    model = new_model(ModelConfig(encoder=(8,), decoder=(8,), variational=False), 0)
    x = torch.rand(4, 1, 28, 28)
    one, other = (elbo(model, x, generator=seeded(seed)) for seed in (0, 1))
    assert one.kl.abs().max() == 0 and torch.equal(one.loss, other.loss)
    expected = losses.bernoulli_nll(model.decode_logits(model.encode(x)[0]), x.flatten(1))
    torch.testing.assert_close(one.reconstruction, expected)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_likelihood_is_the_configs(likelihood):
    config = ModelConfig(encoder=(8,), decoder=(8,), variational=False, likelihood=likelihood)
    model, x = new_model(config, 0), torch.rand(4, 1, 28, 28)
    expected = LIKELIHOODS[likelihood](model.decode_logits(model.encode(x)[0]), x.flatten(1))
    torch.testing.assert_close(elbo(model, x).reconstruction, expected)


@pytest.mark.parametrize("objective", [elbo, iwae])
def test_conditional_samples_keep_their_labels(objective):
    model = new_model(ModelConfig(encoder=(8,), decoder=(8,), classes=10), 0)
    with torch.no_grad():
        model.log_variance_layer.weight.zero_()
        model.log_variance_layer.bias.fill_(-14)
    x, y = torch.rand(5, 1, 28, 28), torch.arange(5)
    loss = objective(model, x, y, generator=seeded(), samples=3)
    expected = losses.bernoulli_nll(model.decode_logits(model.encode(x, y)[0], y), x.flatten(1))
    torch.testing.assert_close(loss.reconstruction, expected, rtol=1e-3, atol=0)


def test_log_weights_are_those_of_torch_distributions(line_model):
    model, x = line_model
    weights, reconstruction, mu, logvar = log_weights(model, x, None, 5, seeded())
    eps = torch.empty(5, *mu.shape).normal_(generator=seeded())
    posterior = Independent(Normal(mu, (0.5 * logvar).exp()), 1)
    z = mu + (0.5 * logvar).exp() * eps
    log_p_x = -reconstruction
    log_p_z = Independent(Normal(torch.zeros(1), torch.ones(1)), 1).log_prob(z)
    torch.testing.assert_close(weights, log_p_x + log_p_z - posterior.log_prob(z))
    bernoulli = Bernoulli(logits=model.decode_logits(z.flatten(0, 1)).view(5, 3, 64))
    torch.testing.assert_close(log_p_x, bernoulli.log_prob(x.flatten(1)).sum(dim=-1))


def test_iwae_of_one_sample_is_an_elbo_estimate(line_model):
    model, x = line_model
    generators = [seeded(seed) for seed in range(300)]
    one = torch.stack([iwae(model, x, generator=g, samples=1).loss for g in generators])
    exact = elbo(model, x, generator=seeded(), samples=2000).loss
    assert abs(one.mean() - exact) < 5 * one.std() / 300**0.5


def test_iwae_tends_to_the_integrated_log_likelihood(line_model):
    model, x = line_model
    exact = integrated_log_likelihood(model, x)
    weights, *_ = log_weights(model, x, None, 20_000, seeded())
    torch.testing.assert_close(
        weights.logsumexp(dim=0) - math.log(20_000), exact, atol=0.02, rtol=0
    )
    assert iwae(model, x, generator=seeded(), samples=20_000).loss == pytest.approx(
        -exact.mean().item(), abs=0.02
    )


def test_bound_tightens_with_samples_and_stays_below_the_likelihood(line_model):
    model, x = line_model
    exact = -integrated_log_likelihood(model, x).mean()
    means = [
        torch.stack([iwae(model, x, generator=seeded(i), samples=k).loss for i in range(200)])
        for k in (1, 5, 50)
    ]
    loose, closer, tight = (m.mean().item() for m in means)
    assert loose > closer > tight > exact.item() - 0.01


def test_iwae_refuses_a_weight_of_the_kl(model):
    with pytest.raises(ValueError, match="beta"):
        iwae(model, torch.rand(1, 1, 28, 28), beta=2.0)


@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES.keys())
def test_same_generator_same_loss(model, objective):
    x = torch.rand(4, 1, 28, 28)
    one, again, other = (objective(model, x, generator=seeded(s), samples=3) for s in (0, 0, 1))
    assert torch.equal(one.loss, again.loss) and not torch.equal(one.loss, other.loss)
