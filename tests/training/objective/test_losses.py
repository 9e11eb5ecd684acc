"""Bounds on log p(x) against torch.distributions and numerical integration."""

import copy
import dataclasses
import math
from functools import partial
from typing import NamedTuple

import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from vae_explorer.config import ModelConfig, TrainConfig, choices
from vae_explorer.models import likelihoods
from vae_explorer.models.vae import new_model
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.training.objective.losses import batch_loss, sample_terms

elbo = partial(batch_loss, objective="elbo")
iwae = partial(batch_loss, objective="iwae")


def log_weights(model, x, samples):
    return sample_terms(model, x, None, samples, seeded()).log_weights


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


class Integrals(NamedTuple):
    """What a model of one coordinate has to say about pictures, (B,) nats in double precision."""

    evidence: Tensor  # log p(x)
    bound: Tensor  # E_q[log p(x|z)] - KL(q || p)
    kl: Tensor
    gap: Tensor  # KL of q and the true posterior


def integrals(model, x):
    """By the trapezoidal rule over z; takes gradients to a model in double precision."""
    model = model if model.mean_layer.weight.dtype == torch.double else doubled(model)
    z = torch.linspace(-8, 8, 4001, dtype=torch.double)
    logits = model.decoder(z.unsqueeze(1))
    if model.config.likelihood == "bernoulli":
        pixels = Independent(Bernoulli(logits=logits), 1)
    else:
        pixels = Independent(Normal(logits.sigmoid(), 1), 1)
    log_p = pixels.log_prob(x.flatten(1).double().unsqueeze(1))  # (B, 4001)
    mu, logvar = (v.double() for v in model.encode(x.double()))
    log_prior, log_q = Normal(0, 1).log_prob(z), Normal(mu, (0.5 * logvar).exp()).log_prob(z)
    evidence = torch.trapezoid((log_p + log_prior).exp(), z).log()
    log_posterior = log_p + log_prior - evidence.unsqueeze(1)
    return Integrals(
        evidence,
        torch.trapezoid(log_q.exp() * (log_p + log_prior - log_q), z),
        torch.trapezoid(log_q.exp() * (log_q - log_prior), z),
        torch.trapezoid(log_q.exp() * (log_q - log_posterior), z),
    )


def doubled(model):
    """A copy in double precision."""
    return copy.deepcopy(model).double()


def assert_mean(values, expected, errors=4):
    """Independent estimates (N, ...) agree in the mean with (...), within its standard error."""
    standard_error = values.std(dim=0) / len(values) ** 0.5
    distance = (values.mean(dim=0) - expected).abs()
    assert (distance < errors * standard_error + 1e-4).all(), (distance / standard_error).max()


@pytest.mark.parametrize("scale", [0.1, 1.0, 5.0])
def test_kl_is_that_of_torch_distributions(scale):
    mu, logvar = scale * torch.randn(64, 4), scale * torch.randn(64, 4)
    expected = kl_divergence(Normal(mu, (0.5 * logvar).exp()), Normal(0, 1))
    torch.testing.assert_close(
        likelihoods.kl_divergence(mu, logvar), expected, rtol=1e-4, atol=1e-6
    )


def test_kl_is_zero_at_the_prior_and_positive_elsewhere():
    assert likelihoods.kl_divergence(torch.zeros(1, 3), torch.zeros(1, 3)).abs().max() == 0
    assert (likelihoods.kl_divergence(torch.randn(99, 3), torch.randn(99, 3)) > 0).all()


@pytest.mark.parametrize("scale", [1, 10, 100])
def test_bernoulli_nll_is_that_of_torch_distributions(scale):
    logits = scale * torch.randn(7, 5, 20)
    x = torch.rand(7, 5, 20).round()
    expected = -Bernoulli(logits=logits).log_prob(x).sum(dim=-1)
    torch.testing.assert_close(likelihoods.bernoulli_nll(logits, x), expected, rtol=1e-5, atol=1e-4)


def test_bernoulli_nll_of_grey_pixels_is_the_tutorials_cross_entropy():
    logits, x = torch.randn(6, 784), torch.rand(6, 784)
    expected = torch.nn.functional.binary_cross_entropy(logits.sigmoid(), x, reduction="sum")
    torch.testing.assert_close(likelihoods.bernoulli_nll(logits, x).sum(), expected)


def test_bernoulli_nll_of_certain_pixels_is_finite():
    logits = torch.tensor([[1000.0, -1000.0]])
    assert likelihoods.bernoulli_nll(logits, torch.tensor([[1.0, 0.0]])).item() == 0
    assert likelihoods.bernoulli_nll(logits, torch.tensor([[0.0, 1.0]])).item() == 2000


@pytest.mark.parametrize("x", [0.0, 0.3, 1.0])
def test_bernoulli_of_huge_logits_has_the_value_and_gradient_of_torchs_own(x):
    logits = torch.tensor([-1e4, -200.0, -90.0, -20.0, 0.0, 20.0, 90.0, 200.0, 1e4])
    ours, theirs = (logits.clone().requires_grad_() for _ in range(2))
    pixels = torch.full_like(logits, x)
    value = likelihoods.bernoulli_nll(ours, pixels)
    reference = torch.nn.functional.binary_cross_entropy_with_logits
    expected = reference(theirs, pixels, reduction="sum")
    value.backward()
    expected.backward()
    assert value.isfinite() and ours.grad.isfinite().all()
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_bernoulli_gradient_is_the_derivative():
    logits = torch.randn(3, 4, dtype=torch.double, requires_grad=True)
    x = torch.rand(3, 4, dtype=torch.double)
    assert torch.autograd.gradcheck(lambda v: likelihoods.bernoulli_nll(v, x), [logits])


def test_bernoulli_gradient_reaches_broadcast_samples():
    logits = torch.randn(2, 3, 4, dtype=torch.double, requires_grad=True)
    x = torch.rand(3, 4, dtype=torch.double).expand(2, -1, -1)
    assert torch.autograd.gradcheck(lambda v: likelihoods.bernoulli_nll(v, x), [logits])


def test_gaussian_nll_is_half_the_squared_error_and_differs_from_the_density_by_a_constant():
    means, x = torch.randn(5, 20), torch.rand(5, 20)
    ours = likelihoods.half_squared_error(means, x)
    torch.testing.assert_close(ours, 0.5 * (means - x).square().sum(dim=-1))
    density = -Normal(means, 1).log_prob(x).sum(dim=-1)
    torch.testing.assert_close(density - ours, torch.full((5,), 10 * math.log(2 * math.pi)))


@pytest.mark.parametrize("scale", [0.05, 0.3, 1.0])
def test_gaussian_nll_is_the_code_length_of_values_in_256_steps(scale):
    means, x = torch.randn(5, 20), torch.rand(5, 20)
    ours = likelihoods.gaussian_nll(means, x, torch.tensor(math.log(scale)))
    steps = 20 * math.log(255)
    density = Normal(means, scale).log_prob(x).sum(dim=-1)
    torch.testing.assert_close(ours, steps - density)


def test_learned_scale_becomes_the_error_of_the_pixels():
    config = ModelConfig(
        encoder=(8,), decoder=(8,), variational=False, likelihood="gaussian", pixel_scale=0.0
    )
    model, logits = new_model(config, 0), torch.zeros(64, 784)
    x = 0.5 + 0.1 * torch.randn(64, 784, generator=torch.Generator().manual_seed(0))
    optimizer = torch.optim.Adam([model.log_pixel_scale], 0.05)
    for _ in range(200):
        optimizer.zero_grad()
        model.pixel_nll(logits, x).mean().backward()
        optimizer.step()
    assert model.log_scale().exp().item() == pytest.approx(0.1, rel=0.02)


def test_registry_holds_what_the_config_offers():
    assert tuple(OBJECTIVES) == choices(TrainConfig, "objective")


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0, 4.0])
def test_elbo_loss_is_reconstruction_plus_beta_kl(model, beta):
    x = torch.rand(6, 1, 28, 28)
    loss = elbo(model, x, generator=seeded(), beta=beta)
    assert loss.reconstruction.shape == (6,) and loss.kl.shape == (6, 3)
    expected = (loss.reconstruction + beta * loss.kl.sum(dim=1)).mean()
    torch.testing.assert_close(loss.loss, expected)
    torch.testing.assert_close(loss.kl, likelihoods.kl_divergence(*model.encode(x)))


@pytest.mark.parametrize("beta", [1.0, 4.0])
def test_free_bits_are_counted_by_coordinate_and_leave_the_reported_kl_alone(model, beta):
    x = torch.rand(6, 1, 28, 28)
    plain = elbo(model, x, generator=seeded())
    kl = plain.kl.mean(dim=0)
    between = kl.sort().values[:2].mean().item()  # below it lies one of the three coordinates
    free = elbo(model, x, generator=seeded(), beta=beta, free_bits=between)
    paid = sum(max(value, between) for value in kl.tolist())
    assert free.loss.item() == pytest.approx(
        plain.reconstruction.mean().item() + beta * paid, rel=1e-5
    )
    assert torch.equal(free.kl, plain.kl)


def test_free_bits_take_the_gradient_of_the_kl_from_coordinates_below_them(model):
    x = torch.rand(6, 1, 28, 28)
    kl = elbo(model, x, generator=seeded()).kl.mean(dim=0)
    cheapest, between = kl.argmin().item(), kl.sort().values[:2].mean().item()
    model.decoder.requires_grad_(False)
    model.decoder[-1].weight.zero_()  # what is left of the gradient is the KL's
    elbo(model, x, generator=seeded(), free_bits=between).loss.backward()
    moved = model.mean_layer.bias.grad != 0
    assert moved.tolist() == [coordinate != cheapest for coordinate in range(3)]


def test_elbo_averages_the_reconstruction_over_samples(line_model):
    model, x = line_model
    many = elbo(model, x, generator=seeded(), samples=64).reconstruction
    ones = [elbo(model, x, generator=seeded(i)).reconstruction for i in range(64)]
    spread = torch.stack(ones).std(dim=0) / 8
    assert ((many - torch.stack(ones).mean(dim=0)).abs() < 5 * spread + 1e-4).all()


def test_elbo_encodes_what_the_encoder_is_shown_and_explains_the_pictures(model):
    x, shown = torch.rand(2, 2, 1, 28, 28)
    loss = elbo(model, x, generator=seeded(), encoder_input=shown)
    torch.testing.assert_close(loss.kl, elbo(model, shown, generator=seeded()).kl)
    elsewhere = elbo(model, shown, generator=seeded(), encoder_input=shown)
    assert not torch.equal(loss.reconstruction, elsewhere.reconstruction)


def test_autoencoder_pays_no_kl_and_draws_nothing():
    model = new_model(ModelConfig(encoder=(8,), decoder=(8,), variational=False), 0)
    x = torch.rand(4, 1, 28, 28)
    one, other = (elbo(model, x, generator=seeded(seed)) for seed in (0, 1))
    assert one.kl.abs().max() == 0 and torch.equal(one.loss, other.loss)
    expected = likelihoods.bernoulli_nll(model.decode_raw(model.encode(x)[0]), x.flatten(1))
    torch.testing.assert_close(one.reconstruction, expected)


@pytest.mark.parametrize(
    ("settings", "nll"),
    [
        ({"likelihood": "bernoulli"}, likelihoods.bernoulli_nll),
        (
            {"likelihood": "gaussian"},
            lambda logits, x: likelihoods.half_squared_error(logits.sigmoid(), x),
        ),
        (
            {"likelihood": "gaussian", "pixel_scale": 0.5},
            lambda logits, x: likelihoods.gaussian_nll(
                logits.sigmoid(), x, torch.tensor(0.5).log()
            ),
        ),
    ],
    ids=["bernoulli", "half the squared error", "gaussian"],
)
def test_likelihood_is_the_configs(settings, nll):
    config = ModelConfig(encoder=(8,), decoder=(8,), variational=False, **settings)
    model, x = new_model(config, 0), torch.rand(4, 1, 28, 28)
    expected = nll(model.decode_raw(model.encode(x)[0]), x.flatten(1))
    torch.testing.assert_close(elbo(model, x).reconstruction, expected)


@pytest.mark.parametrize("objective", [elbo, iwae])
def test_conditional_samples_keep_their_labels(objective):
    model = new_model(ModelConfig(encoder=(8,), decoder=(8,), classes=10), 0)
    with torch.no_grad():
        model.log_variance_layer.weight.zero_()
        model.log_variance_layer.bias.fill_(-14)
    x, y = torch.rand(5, 1, 28, 28), torch.arange(5)
    loss = objective(model, x, y, generator=seeded(), samples=3)
    expected = likelihoods.bernoulli_nll(model.decode_raw(model.encode(x, y)[0], y), x.flatten(1))
    torch.testing.assert_close(loss.reconstruction, expected, rtol=1e-3, atol=0)


def test_samples_follow_the_posterior(line_model):
    model, x = line_model
    terms = sample_terms(model, x, None, 40_000, seeded())
    torch.testing.assert_close(terms.z.mean(dim=0), terms.mu, atol=0.03, rtol=0)
    torch.testing.assert_close(terms.z.std(dim=0), (0.5 * terms.logvar).exp(), atol=0.03, rtol=0)


def test_samples_pass_the_gradient_of_rsample(line_model):
    model, x = line_model
    model.requires_grad_(True)
    terms = sample_terms(model, x, None, 3, seeded())
    posterior = Normal(terms.mu, (0.5 * terms.logvar).exp())
    expected = posterior.loc + posterior.scale * terms.eps.detach()
    wanted = [terms.mu, terms.logvar]
    ours, theirs = (
        torch.autograd.grad(z.square().sum(), wanted, retain_graph=True)
        for z in (terms.z, expected)
    )
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)


def test_log_weights_are_those_of_torch_distributions(line_model):
    model, x = line_model
    terms = sample_terms(model, x, None, 5, seeded())
    mu, logvar = terms.mu, terms.logvar
    eps = torch.empty(5, *mu.shape).normal_(generator=seeded())
    posterior = Independent(Normal(mu, (0.5 * logvar).exp()), 1)
    z = mu + (0.5 * logvar).exp() * eps
    log_p_x = -terms.reconstruction
    log_p_z = Independent(Normal(torch.zeros(1), torch.ones(1)), 1).log_prob(z)
    torch.testing.assert_close(terms.log_weights, log_p_x + log_p_z - posterior.log_prob(z))
    bernoulli = Bernoulli(logits=model.decode_raw(z.flatten(0, 1)).view(5, 3, 64))
    torch.testing.assert_close(log_p_x, bernoulli.log_prob(x.flatten(1)).sum(dim=-1))


def test_iwae_of_one_sample_is_an_elbo_estimate(line_model):
    model, x = line_model
    ones = torch.stack([iwae(model, x, generator=seeded(i), samples=1).loss for i in range(300)])
    assert_mean(ones, -integrals(model, x).bound.mean())


def test_iwae_tends_to_the_integrated_log_likelihood(line_model):
    model, x = line_model
    exact = integrals(model, x).evidence.float()
    weights = log_weights(model, x, 20_000)
    torch.testing.assert_close(
        weights.logsumexp(dim=0) - math.log(20_000), exact, atol=0.02, rtol=0
    )
    assert iwae(model, x, generator=seeded(), samples=20_000).loss == pytest.approx(
        -exact.mean().item(), abs=0.02
    )


def test_bound_tightens_with_samples_and_stays_below_the_likelihood(line_model):
    model, x = line_model
    exact = -integrals(model, x).evidence.mean()
    losses_of = {
        k: torch.stack([iwae(model, x, generator=seeded(i), samples=k).loss for i in range(200)])
        for k in (1, 2, 5, 50, 500)
    }
    means = [values.mean().item() for values in losses_of.values()]
    assert means == sorted(means, reverse=True) and means[0] > means[2] + 0.1
    for values in losses_of.values():
        assert values.mean() > exact - 4 * values.std() / 200**0.5
    assert means[-1] == pytest.approx(exact.item(), abs=0.03)


def test_mean_importance_weight_is_the_likelihood(line_model):
    model, x = line_model
    exact = integrals(model, x).evidence
    weights = log_weights(model, x, 20_000)
    assert_mean((weights.double() - exact).exp(), torch.ones(3))


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("narrower", [0.0, 2.0])
def test_elbo_tends_to_the_integral_over_the_posterior(line_model, likelihood, narrower):
    model, x = line_model
    model.config = dataclasses.replace(model.config, likelihood=likelihood)
    model.log_variance_layer.bias.sub_(narrower)
    constant = 32 * math.log(2 * math.pi) if likelihood == "gaussian" else 0.0
    exact = integrals(model, x)
    estimates = [elbo(model, x, generator=seeded(i), samples=100) for i in range(100)]
    torch.testing.assert_close(estimates[0].kl.squeeze(1), exact.kl.float())
    negative = torch.stack([e.reconstruction + e.kl.sum(dim=1) for e in estimates]) + constant
    assert_mean(negative, -exact.bound)
    torch.testing.assert_close(exact.evidence - exact.bound, exact.gap)
    assert (exact.gap > 0).all() and (negative.mean(dim=0) > -exact.evidence).all()


@pytest.mark.parametrize("beta", [1.0, 4.0])
def test_gradient_of_the_elbo_is_that_of_the_integral(line_model, beta):
    model, x = line_model
    precise = doubled(model).requires_grad_(True)
    exact = integrals(precise, x)
    (-exact.bound + (beta - 1) * exact.kl).mean().backward()
    model.requires_grad_(True)
    estimates = {name: [] for name, _ in model.named_parameters()}
    for seed in range(60):
        model.zero_grad()
        elbo(model, x, generator=seeded(seed), samples=100, beta=beta).loss.backward()
        for name, parameter in model.named_parameters():
            estimates[name].append(parameter.grad.clone())
    for name, parameter in precise.named_parameters():
        assert_mean(torch.stack(estimates[name]), parameter.grad, errors=5)


def test_gradient_of_iwae_weighs_the_samples_by_their_importance(line_model):
    """Burda et al. 2016, eq. 14."""
    model, x = line_model
    model.requires_grad_(True)
    wanted = list(model.parameters())
    ours = torch.autograd.grad(iwae(model, x, generator=seeded(), samples=7).loss, wanted)
    weights = log_weights(model, x, 7)
    share = weights.detach().double().exp()
    share = (share / share.sum(dim=0)).float()
    expected = torch.autograd.grad(-(share * weights).sum(dim=0).mean(), wanted)
    for one, other in zip(ours, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_huge_logits_leave_the_bound_and_its_gradient_finite(line_model, objective):
    model, x = line_model
    model.decoder[-1].weight.mul_(1e4)
    model.decoder[-1].bias.mul_(1e4)
    model.requires_grad_(True)
    loss = batch_loss(model, x, objective=objective, generator=seeded(), samples=20)
    loss.loss.backward()
    weights = log_weights(model, x, 20)
    assert weights.exp().max() == 0 and model.decode_raw(torch.zeros(1, 1)).abs().max() > 1e4
    assert loss.loss.isfinite() and loss.reconstruction.isfinite().all()
    assert all(p.grad.isfinite().all() for p in model.parameters())
    if objective == "iwae":
        expected = math.log(20) - weights.double().logsumexp(dim=0)
        torch.testing.assert_close(loss.loss.double(), expected.mean(), rtol=1e-5, atol=0)


def test_iwae_refuses_to_weigh_or_free_the_kl(model):
    with pytest.raises(ValueError, match="beta"):
        iwae(model, torch.rand(1, 1, 28, 28), beta=2.0)
    with pytest.raises(ValueError, match="free_bits"):
        iwae(model, torch.rand(1, 1, 28, 28), free_bits=0.1)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_same_generator_same_loss(model, objective):
    x = torch.rand(4, 1, 28, 28)
    one, again, other = (
        batch_loss(model, x, objective=objective, generator=seeded(s), samples=3) for s in (0, 0, 1)
    )
    assert torch.equal(one.loss, again.loss) and not torch.equal(one.loss, other.loss)
