"""Exact evidence and posteriors against closed forms, integration, and very many Sobol points."""

import dataclasses
import math

import pytest
import torch
from torch import Generator
from torch.distributions import Normal, kl_divergence

from vae_explorer.config import ModelConfig
from vae_explorer.data.datasets import binarize
from vae_explorer.errors import ExplorerError
from vae_explorer.latent import exact
from vae_explorer.latent.lattice import prior_lattice, proposals, weighed_points
from vae_explorer.latent.lattice.prior_lattice import decoded_lattice, shifted_lattice
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.models.latent_model import LatentModel
from vae_explorer.models.vae import new_model
from vae_explorer.shipped import CHECKPOINTS

SIDE, SCALE = 8, 0.1
SCALES = torch.tensor([0.5, 0.3, 0.1])  # of the columns of a linear decoder


class LinearModel(LatentModel):
    """x = W z + 0.5 + N(0, SCALE²) over 8 x 8 pixels, columns of W orthogonal; q(z|x) as told.

    The precision of its posterior is I + W^T W / SCALE², which is diagonal.
    """

    def __init__(self, dims: int, told: tuple[float, float] = (0.0, 0.0)):
        super().__init__()
        self.config = ModelConfig(
            latent_dim=dims, image_size=SIDE, likelihood="gaussian", pixel_scale=SCALE
        )
        self.columns = torch.linalg.qr(torch.randn(SIDE**2, dims, generator=seeded(5)))[0]
        self.columns = self.columns * SCALES[:dims]
        self.told = told
        self.precision = 1 + self.columns.square().sum(dim=0) / SCALE**2

    def encode(self, x, y=None):
        mean = self.truth(x)[0]
        return mean + self.told[0], (1 / self.precision).log().expand_as(mean) + self.told[1]

    def decode_raw(self, z, y=None):
        return 0.5 + z @ self.columns.T

    def means(self, raw):
        return raw

    def truth(self, x):
        """Mean (N, D) and variance (D,) of p(z|x)."""
        back = (x.flatten(1) - 0.5) @ self.columns / SCALE**2
        return back / self.precision, 1 / self.precision

    def evidence(self, x):
        """log p(x) (N,), by Bayes at z = the posterior's mean."""
        mean, variance = self.truth(x)
        likelihood = -self.pixel_nll(self.decode_raw(mean), x.flatten(1))
        return (
            likelihood
            + Normal(0, 1).log_prob(mean).sum(dim=1)
            - Normal(mean, variance.sqrt()).log_prob(mean).sum(dim=1)
        )


def seeded(seed: int) -> Generator:
    """A generator of its own."""
    return Generator().manual_seed(seed)


def pictures(linear, count=4):
    """What a linear model makes of draws from its prior, with its noise."""
    z = torch.randn(count, linear.latent_dim, generator=seeded(1))
    x = linear.decode_raw(z)
    x = x + SCALE * torch.randn(x.shape, generator=seeded(2))
    return x.view(-1, 1, SIDE, SIDE)


@pytest.fixture(scope="module")
def line_model():
    """Of one coordinate, Bernoulli."""
    config = ModelConfig(latent_dim=1, encoder=(8,), decoder=(8,), fourier=4, image_size=8)
    model = new_model(config, 3).requires_grad_(False).eval()
    model.decoder[-1].weight.mul_(4)  # or z would hardly matter
    return model


# the lattice


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_lattice_fills_the_prior_evenly_and_repeats_with_its_seed(dims):
    z = shifted_lattice(2**12, dims, 0)
    assert torch.equal(z, shifted_lattice(2**12, dims, 0))
    assert not torch.equal(z, shifted_lattice(2**12, dims, 1))
    torch.testing.assert_close(z.mean(dim=0), torch.zeros(dims), atol=0.01, rtol=0)
    torch.testing.assert_close(torch.cov(z.T).view(dims, dims), torch.eye(dims), atol=0.02, rtol=0)


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_cells_of_the_cube_hold_as_many_points_each(dims):
    cube = torch.special.ndtr(shifted_lattice(2**12, dims, 0))
    cells = (cube * 4).long() @ torch.tensor([1, 4, 16])[:dims]
    counts = torch.bincount(cells, minlength=4**dims)
    expected = 2**12 / 4**dims
    assert (counts - expected).abs().max() <= 0.3 * expected


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_moved_nets_fill_space_evenly_wherever_they_are_moved(dims):
    moves = torch.rand(5, dims, generator=seeded(0))
    z = prior_lattice.moved_net(64, moves)
    assert z.shape == (5, 64, dims) and not torch.equal(z[0], z[1])
    torch.testing.assert_close(z.mean(dim=1), torch.zeros(5, dims), atol=0.15, rtol=0)
    torch.testing.assert_close(z.std(dim=1), torch.ones(5, dims), atol=0.15, rtol=0)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian", "scaled"])
def test_likelihood_at_all_points_is_the_models(likelihood):
    fields = {
        "bernoulli": {},
        "gaussian": {"likelihood": "gaussian"},
        "scaled": {"likelihood": "gaussian", "pixel_scale": 0.05},
    }[likelihood]
    config = ModelConfig(latent_dim=2, encoder=(8,), decoder=(8,), image_size=8, **fields)
    model = new_model(config, 0).requires_grad_(False)
    lattice = decoded_lattice(model, 64)
    x = torch.rand(3, 1, 8, 8, generator=seeded(0))
    raw = model.decode_raw(lattice.points)
    expected = torch.stack([-model.pixel_nll(raw, p.flatten().expand(64, -1)) for p in x])
    torch.testing.assert_close(lattice.log_likelihood(x), expected, atol=1e-2, rtol=1e-5)


def test_lattice_is_kept_as_exactly_as_it_fits(line_model):
    x = binarize(torch.rand(3, 1, 8, 8, generator=seeded(0)), seeded(1))
    whole, half, none = (
        decoded_lattice(line_model, 1024, max_bytes=1024 * 64 * size) for size in (4, 2, 1)
    )
    assert whole.kept.dtype == torch.float32 and half.kept.dtype == torch.float16
    assert none.kept is None
    torch.testing.assert_close(none.log_likelihood(x), whole.log_likelihood(x))
    torch.testing.assert_close(half.log_likelihood(x), whole.log_likelihood(x), atol=0.05, rtol=0)


# evidence and posteriors


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_linear_model_has_the_evidence_and_posterior_of_its_closed_form(dims):
    linear = LinearModel(dims)
    x = pictures(linear)
    lattice = decoded_lattice(linear, 2**12)
    log_p, error = exact.log_evidence(lattice, x)
    torch.testing.assert_close(log_p, linear.evidence(x), atol=0.03, rtol=0)
    assert (error < 0.03).all()
    found = exact.posterior(lattice, x)
    mean, variance = linear.truth(x)
    torch.testing.assert_close(found.mean, mean, atol=0.02, rtol=0)
    expected = torch.diag(variance).expand(len(x), -1, -1)
    torch.testing.assert_close(found.covariance, expected, atol=0.03, rtol=0.05)
    torch.testing.assert_close(found.mode, mean, atol=0.25, rtol=0)
    assert torch.equal(found.log_evidence, log_p) and torch.equal(found.standard_error, error)


def test_evidence_is_the_integral_over_one_coordinate(line_model):
    x = binarize(torch.rand(6, 1, 8, 8, generator=seeded(0)), seeded(1))
    z = torch.linspace(-8, 8, 4001).unsqueeze(1)
    raw = line_model.decode_raw(z)
    log_p = torch.stack([-line_model.pixel_nll(raw, p.flatten().expand(4001, -1)) for p in x])
    joint = (log_p + Normal(0, 1).log_prob(z).squeeze(1)).double().exp()
    total = torch.trapezoid(joint, z.squeeze(1).double(), dim=1)
    mean = torch.trapezoid(joint * z.squeeze(1), z.squeeze(1).double(), dim=1) / total
    found = exact.posterior(decoded_lattice(line_model, 2**12), x)
    torch.testing.assert_close(found.log_evidence, total.log().float(), atol=2e-3, rtol=0)
    torch.testing.assert_close(found.mean[:, 0], mean.float(), atol=2e-3, rtol=0)


def test_stated_error_covers_the_truth():
    """Of 60 seeds, about 95 % of the errors lie within the interval of Student's t."""
    linear = LinearModel(3)
    x = pictures(linear, 2)
    truth, inside = linear.evidence(x), []
    for seed in range(30):
        log_p, error = exact.log_evidence(decoded_lattice(linear, 2**9, seed=seed), x)
        inside.append((log_p - truth).abs() <= 2.365 * error)
    assert torch.stack(inside).float().mean() >= 0.85


def test_errors_of_many_seeds_average_out():
    """Points that had chosen the density they are weighed by would give too little."""
    linear = LinearModel(3)
    x = pictures(linear, 4)
    lattices = (decoded_lattice(linear, 2**9, seed=seed) for seed in range(30))
    found = torch.stack([exact.log_evidence(lattice, x)[0] for lattice in lattices])
    assert abs((found - linear.evidence(x)).exp().mean() - 1) < 0.01


def test_proposals_of_a_shift_do_not_depend_on_its_own_points():
    z = torch.randn(2, 8, 20, 3, generator=seeded(0))
    log_weights = torch.randn(2, 8, 20, generator=seeded(1))
    moved = z.clone()
    moved[:, 4] += 1
    before, after = (proposals.fit(points, log_weights, 1.5) for points in (z, moved))
    same = (before.mean - after.mean).abs().amax(dim=2) < 1e-5
    assert same[:, 4].all() and same.sum() == 2


class FoldedModel(LinearModel):
    """z and -z look alike in the first coordinate: a posterior far from 0 has two modes."""

    def decode_raw(self, z, y=None):
        return super().decode_raw(torch.cat([z[:, :1].abs(), z[:, 1:]], dim=1))


def test_both_modes_of_a_posterior_are_found():
    """Each has half of the mass; p(x) is twice that of the model that has one."""
    linear, folded = LinearModel(3), FoldedModel(3)
    z = torch.tensor([[1.5, 0.2, -0.4], [-1.0, 0.9, 0.3]])
    x = folded.decode_raw(z).view(-1, 1, SIDE, SIDE)
    found = exact.posterior(decoded_lattice(folded, 2**14), x)
    difference = found.log_evidence - linear.evidence(x) - math.log(2)
    assert (difference.abs() < 4 * found.standard_error + 0.01).all()
    assert (found.standard_error < 0.1).all()
    torch.testing.assert_close(found.mean[:, 0], torch.zeros(2), atol=0.15, rtol=0)


def test_picture_has_the_same_posterior_in_any_company(line_model, monkeypatch):
    monkeypatch.setattr(weighed_points, "_WEIGHTS", 2 * 1024)  # two pictures at once
    lattice = decoded_lattice(line_model, 1024)
    x = binarize(torch.rand(5, 1, 8, 8, generator=seeded(0)), seeded(1))
    together, alone = exact.posterior(lattice, x), exact.posterior(lattice, x[3:4])
    for several, one in zip(together, alone, strict=True):
        torch.testing.assert_close(several[3:4], one, atol=1e-4, rtol=1e-4)


@pytest.fixture(scope="module")
def shipped_digits():
    """mnist-3d, and 20 digits decoded from its encoded test set, binarised."""
    checkpoint = load_checkpoint(CHECKPOINTS / "mnist-3d.safetensors")
    with torch.inference_mode():
        decoded = checkpoint.model.decode(checkpoint.encoded.mu[:20])
    return checkpoint.model, binarize(decoded, seeded(0))


def sobol_evidence(model, x, points=2**12):
    """log p(x) by Sobol points through the encoder's Gaussian at three times its width."""
    mu, logvar = model.encode(x)
    wide = 3 * (0.5 * logvar).exp()
    sobol = torch.quasirandom.SobolEngine(3, scramble=True, seed=0)
    eps = torch.special.ndtri(sobol.draw(points).clamp(1e-7, 1 - 1e-7))
    result = []
    for picture, m, s in zip(x.flatten(1), mu, wide, strict=True):
        z = m + s * eps
        likelihood = -model.pixel_nll(model.decode_raw(z), picture.expand(points, -1))
        ratio = Normal(0, 1).log_prob(z) - Normal(m, s).log_prob(z)
        result.append((likelihood + ratio.sum(dim=1)).logsumexp(dim=0) - math.log(points))
    return torch.stack(result)


def test_shipped_model_agrees_with_sobol_points_around_its_codes(shipped_digits):
    model, x = shipped_digits
    log_p, error = exact.log_evidence(decoded_lattice(model, 2**15), x)
    difference = log_p - sobol_evidence(model, x)
    assert difference.abs().max() < 0.2 and difference.abs().mean() < 0.03
    assert error.mean() < 0.03 and (difference.abs() < 5 * error + 0.05).all()


def test_conditional_model_is_asked_under_its_class():
    config = ModelConfig(latent_dim=2, encoder=(8,), decoder=(8,), classes=10, image_size=8)
    model = new_model(config, 0).requires_grad_(False)
    x = binarize(torch.rand(2, 1, 8, 8, generator=seeded(0)), seeded(1))
    ones = [exact.log_evidence(decoded_lattice(model, 256, label=y), x)[0] for y in (1, 2)]
    assert not torch.equal(*ones)
    assert exact.gaps(decoded_lattice(model, 256, label=1), x, steps=2).elbo.shape == (2,)


# gaps


def test_encoder_that_is_right_has_no_gaps():
    linear = LinearModel(2)
    found = exact.gaps(decoded_lattice(linear, 2**12), pictures(linear), steps=5)
    zero = torch.zeros(4)
    torch.testing.assert_close(found.approximation, zero, atol=0.03, rtol=0)
    torch.testing.assert_close(found.amortisation, zero, atol=0.02, rtol=0)


def test_gap_of_a_wrong_encoder_is_amortisation_and_known():
    linear = LinearModel(2, told=(0.2, 0.7))
    x = pictures(linear)
    found = exact.gaps(decoded_lattice(linear, 2**12), x, steps=5)
    mu, logvar = linear.encode(x)
    mean, variance = linear.truth(x)
    lost = kl_divergence(Normal(mu, (0.5 * logvar).exp()), Normal(mean, variance.sqrt()))
    torch.testing.assert_close(found.inference, lost.sum(dim=1), atol=0.05, rtol=0.02)
    torch.testing.assert_close(found.amortisation, lost.sum(dim=1), atol=0.05, rtol=0.03)
    torch.testing.assert_close(found.elbo, found.log_evidence - found.inference)


# what cannot be


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"latent_dim": 4}, "iw_nll"),
        ({"variational": False}, "autoencoder"),
        ({"classes": 10}, "class from 0 to 9"),
    ],
)
def test_model_of_which_nothing_exact_is_known_is_refused(fields, message):
    model = new_model(ModelConfig(encoder=(8,), decoder=(8,), **fields), 0)
    with pytest.raises(ExplorerError, match=message):
        decoded_lattice(model, 64)


@pytest.mark.parametrize("points", [0, 4, 1000, 2**21])
def test_number_of_points_that_makes_no_lattice_is_refused(model, points):
    with pytest.raises(ExplorerError, match="power of two"):
        decoded_lattice(model, points)


def test_lattice_that_must_be_kept_and_does_not_fit_is_refused(model):
    with pytest.raises(ExplorerError, match="use fewer points"):
        decoded_lattice(model, 1024, max_bytes=1024 * 784, keep=True)


def test_damaged_weights_are_named(line_model):
    damaged = new_model(line_model.config, 0).requires_grad_(False)
    damaged.decoder[-1].weight[0, 0] = math.nan
    with pytest.raises(ExplorerError, match="damaged"):
        decoded_lattice(damaged, 64)


def test_picture_that_no_point_explains_is_named(line_model, monkeypatch):
    monkeypatch.setattr(weighed_points, "_WEIGHTS", 64)  # one picture at once
    lattice = decoded_lattice(line_model, 64)
    black = torch.zeros_like(lattice.kept)
    black[:, :2] = -3e38  # two pixels that are never white: beyond all float32
    lattice = dataclasses.replace(lattice, kept=black, blank=None)
    x = torch.zeros(2, 1, 8, 8)
    x[1] = 1
    with pytest.raises(ExplorerError, match="explains picture 2"):
        exact.log_evidence(lattice, x)


def test_picture_that_is_no_numbers_is_refused(line_model):
    x = torch.full((1, 1, 8, 8), math.nan)
    with pytest.raises(ExplorerError, match="not finite"):
        exact.log_evidence(decoded_lattice(line_model, 64), x)


def test_no_pictures_have_no_evidence(line_model):
    log_p, error = exact.log_evidence(decoded_lattice(line_model, 64), torch.zeros(0, 1, 8, 8))
    assert len(log_p) == len(error) == 0
