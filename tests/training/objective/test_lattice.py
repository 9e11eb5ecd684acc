"""The lattice objective, against integrals, closed forms and autograd of the plain sum."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal

from vae_explorer.config import ModelConfig
from vae_explorer.data.datasets import Split, to_unit
from vae_explorer.latent.lattice.prior_lattice import MAX_DIM
from vae_explorer.models.latent_model import LatentModel
from vae_explorer.models.likelihoods import STEP_CONSTANT
from vae_explorer.models.vae import new_model
from vae_explorer.objectives import MAX_LATTICE_DIM
from vae_explorer.training.objective import lattice
from vae_explorer.training.objective.lattice import Points, lattice_nll, lattice_terms
from vae_explorer.training.objective.losses import batch_loss

PIXELS = {
    "bernoulli": {},
    "squared error": {"likelihood": "gaussian"},
    "learned scale": {"likelihood": "gaussian", "pixel_scale": 0.0},
}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def model_of(latent_dim, **settings):
    """A small model whose pictures of 8x8 pixels depend on z."""
    sizes = {"encoder": (16,), "decoder": (16,), "fourier": 4, "image_size": 8}
    model = new_model(ModelConfig(latent_dim=latent_dim, **(sizes | settings)), 0)
    for weights in (model.decoder[-1].weight, model.mean_layer.weight):
        weights.data.mul_(4)
    return model


def pictures(count=6):
    return torch.rand(count, 1, 8, 8, generator=seeded(1))


def plain_sum(model, x, points):
    """-mean log p(x), every picture's points decoded for it alone; densities by torch's own."""
    with torch.no_grad():
        mu, logvar = model.encode(x)
        shared, own = lattice._points(mu, logvar, points, seeded())
    z = torch.cat([shared.expand(len(x), -1, -1), own], dim=1)
    raw = model.decode_raw(z.flatten(0, 1)).unflatten(0, z.shape[:2])
    log_p = -model.pixel_nll(raw, x.flatten(1).unsqueeze(1))
    prior = Normal(0, 1).log_prob(z).sum(dim=2)
    scale = lattice.WIDER * (0.5 * logvar).exp().unsqueeze(1)
    proposal = Normal(mu.unsqueeze(1), scale).log_prob(z).sum(dim=2)
    density = points.shared * prior.exp() + points.own * proposal.exp()
    return -(log_p + prior - density.log()).logsumexp(dim=1).mean()


@pytest.mark.parametrize("own", [0, 5])
@pytest.mark.parametrize("latent_dim", [1, 2, 3])
@pytest.mark.parametrize("pixels", PIXELS.values(), ids=PIXELS)
def test_value_and_gradient_are_those_of_the_plain_sum(latent_dim, own, pixels):
    model, x, points = model_of(latent_dim, **pixels), pictures(), Points(64, own)
    expected = plain_sum(model, x, points)
    expected.backward()
    of_decoder = {n: p for n, p in model.named_parameters() if n.startswith(("dec", "log_pixel"))}
    gradients = {name: weight.grad.clone() for name, weight in of_decoder.items()}
    model.zero_grad()
    loss = batch_loss(model, x, objective="lattice", points=points, generator=seeded())
    loss.loss.backward()
    torch.testing.assert_close(loss.loss, expected)
    for name, gradient in gradients.items():
        error = (of_decoder[name].grad - gradient).norm()
        assert error <= 1e-4 * gradient.norm(), name


@pytest.mark.parametrize("pixels", PIXELS.values(), ids=PIXELS)
def test_trained_encoder_learns_by_the_bound_and_nothing_of_it_reaches_the_decoder(pixels):
    model, x = model_of(2, **pixels), pictures()
    terms = lattice_terms(model, x, Points(16, trained=True), seeded())
    terms.misfit.mean().backward()
    found = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    assert found and not any(name.startswith(("decoder", "log_pixel")) for name in found)
    model.zero_grad()
    generator = seeded()
    lattice._points(*model.encode(x), Points(16), generator)  # drawn before
    loss = batch_loss(model, x, generator=generator)
    loss.loss.backward()
    torch.testing.assert_close(terms.misfit.mean(), loss.loss)
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, model.get_parameter(name).grad)


def test_untrained_encoder_learns_to_be_the_exact_posterior():
    """By -E log q(z|x) under p(z|x), and nothing of it reaches the decoder."""
    model, x, points = model_of(2), pictures(), Points(256, 3)
    terms = lattice_terms(model, x, points, seeded())
    terms.misfit.mean().backward()
    found = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    assert found and not any(name.startswith("decoder") for name in found)
    model.zero_grad()
    mu, logvar = model.encode(x)
    with torch.no_grad():
        shared, own = lattice._points(mu, logvar, points, seeded())
        log_p = lattice._log_likelihood(model, x.flatten(1), shared, own)
        weights = (log_p - lattice._log_density(mu, logvar, points, shared, own)).softmax(dim=1)
    z = torch.cat([shared.expand(len(x), -1, -1), own], dim=1)
    log_q = Normal(mu.unsqueeze(1), (0.5 * logvar).exp().unsqueeze(1)).log_prob(z).sum(dim=2)
    expected = -(weights * log_q).sum(dim=1).mean()
    expected.backward()
    torch.testing.assert_close(terms.misfit.mean(), expected)
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, model.get_parameter(name).grad, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("own", [0, 16])
def test_one_coordinate_is_that_of_numerical_integration(own):
    model, x = model_of(1), pictures()
    z = torch.linspace(-8, 8, 4001, dtype=torch.double)
    with torch.no_grad():
        raw = model.decode_raw(z.float().unsqueeze(1))
        log_p = -model.pixel_nll(raw, x.flatten(1).unsqueeze(1)).double()
        terms = lattice_terms(model, x, Points(2**12, own), seeded())
    joint = (log_p + Normal(0, 1).log_prob(z)).exp()
    evidence = torch.trapezoid(joint, z)
    reconstruction = -torch.trapezoid(joint * log_p, z) / evidence
    torch.testing.assert_close(terms.log_evidence.double(), evidence.log(), rtol=0, atol=0.01)
    torch.testing.assert_close(terms.reconstruction.double(), reconstruction, rtol=0, atol=0.02)


class Line(LatentModel):
    """x = W z + b + noise: p(x) is a Gaussian, known in closed form."""

    def __init__(self, latent_dim):
        super().__init__()
        self.config = SimpleNamespace(likelihood="gaussian", pixel_scale=0.5, latent_dim=latent_dim)
        self.weight = torch.nn.Parameter(torch.randn(4, latent_dim, generator=seeded(2)))
        self.bias = torch.nn.Parameter(torch.randn(4, generator=seeded(3)))

    def encode(self, x, y=None):
        zero = torch.zeros(len(x), self.config.latent_dim)
        return zero, zero

    def decode_raw(self, z, y=None):
        return z @ self.weight.T + self.bias

    def means(self, raw):
        return raw

    def log_evidence(self, x):
        """With the factor of a step of 1/255 that pixels have."""
        covariance = self.weight @ self.weight.T + self.config.pixel_scale**2 * torch.eye(4)
        steps = 4 * (STEP_CONSTANT - 0.5 * math.log(2 * math.pi))
        return MultivariateNormal(self.bias, covariance).log_prob(x.flatten(1)) - steps


@pytest.mark.parametrize("own", [0, 64])
@pytest.mark.parametrize("latent_dim", [1, 2, 3])
def test_linear_gaussian_model_has_its_closed_form(latent_dim, own):
    """In value and gradient: that of the likelihood itself, not of a bound."""
    model, x = Line(latent_dim), torch.randn(16, 1, 2, 2, generator=seeded(4))
    expected = -model.log_evidence(x).mean()
    expected.backward()
    gradients = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    points = Points(2**14, own)
    loss = batch_loss(model, x, objective="lattice", points=points, generator=seeded())
    loss.loss.backward()
    torch.testing.assert_close(loss.loss, expected, rtol=0, atol=0.02)
    for p, gradient in zip(model.parameters(), gradients, strict=True):
        assert (p.grad - gradient).norm() < 0.03 * gradient.norm()


def test_estimate_is_unbiased_wherever_the_encoder_puts_its_points():
    model, x, generator = model_of(2), pictures(3), seeded()
    with torch.no_grad():
        exact = lattice_terms(model, x, Points(2**16), generator).log_evidence.exp()
        each = [lattice_terms(model, x, Points(4, 4), generator) for _ in range(4000)]
    ratios = torch.stack([terms.log_evidence.exp() / exact for terms in each])
    error = ratios.std(dim=0) / len(each) ** 0.5
    assert ((ratios.mean(dim=0) - 1).abs() < 4 * error).all()


@pytest.mark.parametrize("own", [0, 8])
def test_rounding_of_weights_is_all_that_autocast_rounds(own):
    """It would round sums of some hundred nats to whole ones, and narrow proposals away."""
    model, x = model_of(2, image_size=28, decoder=(64,)), torch.rand(4, 1, 28, 28)
    model.log_variance_layer.weight.data.zero_()
    model.log_variance_layer.bias.data.fill_(-5.0)  # narrow proposals
    exact = lattice_terms(model, x, Points(256, own), seeded())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = lattice_terms(model, x, Points(256, own), seeded())
    assert torch.get_float32_matmul_precision() == "highest"
    assert exact.log_evidence.abs().min() > 300
    torch.testing.assert_close(rounded.log_evidence, exact.log_evidence, rtol=0, atol=0.3)
    torch.testing.assert_close(rounded.misfit, exact.misfit, rtol=0.05, atol=0)


@pytest.mark.parametrize("latent_dim", [1, 2, 3])
def test_lattice_is_fresh_at_each_step_and_fills_the_prior(latent_dim):
    generator = seeded()
    one, other = (lattice.shifted_points(2**12, latent_dim, generator) for _ in range(2))
    assert not torch.equal(one, other)
    torch.testing.assert_close(one.mean(dim=0), torch.zeros(latent_dim), rtol=0, atol=0.02)
    torch.testing.assert_close(
        one.T.cov().view(-1, latent_dim), torch.eye(latent_dim), atol=0.03, rtol=0
    )
    assert MAX_LATTICE_DIM == MAX_DIM


def test_measured_likelihood_repeats(digits):
    model = new_model(ModelConfig(encoder=(8,), decoder=(8,)), 0)
    held_out = Split(*(part[:8] for part in digits.validation))
    expected = -lattice_terms(
        model, to_unit(held_out.images), Points(*lattice.MEASURED_POINTS[3]), seeded()
    ).log_evidence
    assert lattice_nll(model, held_out) == pytest.approx(expected.mean().item(), abs=1e-3)
