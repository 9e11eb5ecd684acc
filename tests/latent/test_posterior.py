"""Posteriors against closed forms: a linear decoder, whose best posterior can be written down."""

import pytest
import torch
from torch import Generator
from torch.distributions import Normal, kl_divergence

from vae_explorer.config import ModelConfig
from vae_explorer.latent import geometry, posterior
from vae_explorer.latent.geometry import Neighbours
from vae_explorer.models import likelihoods
from vae_explorer.models.vae import new_model
from vae_explorer.training.objective.losses import batch_loss

SIDE, LABELS = 8, torch.tensor([3, 3, 5, 5, 7])


class LinearModel:
    """x = W z + 0.5 + N(0, I) over 8 x 8 pixels, with orthogonal columns W; q(z|x) as it is told.

    The precision of its true posterior is I + W^T W, which is diagonal, and its mean W^T (x - 0.5)
    divided by that.
    """

    pixel_nll = staticmethod(likelihoods.half_squared_error)

    def __init__(self, told_mu: list[float], told_logvar: list[float]):
        self.told = torch.tensor([told_mu]), torch.tensor([told_logvar])
        directions, _ = torch.linalg.qr(torch.randn(SIDE**2, 2, generator=seeded(5)))
        self.columns = directions * torch.tensor([0.6, 0.3])
        self.precision = 1 + self.columns.square().sum(dim=0)

    def encode(self, x, y):
        return tuple(told.expand(len(x), -1) for told in self.told)

    def decode_raw(self, z, y=None):
        return 0.5 + z @ self.columns.T  # means themselves

    def truth(self, x):
        """Mean (N, 2) and variance (2,) of p(z|x)."""
        return (x.flatten(1) - 0.5) @ self.columns / self.precision, 1 / self.precision

    def nats_lost(self, x):
        """KL(q || p(z|x)) (N,): what the bound loses under the q that the encoder is told."""
        mu, variance = self.truth(x)
        told = Normal(self.told[0], (0.5 * self.told[1]).exp())
        return kl_divergence(told, Normal(mu, variance.sqrt())).sum(dim=1)


def seeded(seed: int) -> Generator:
    """A generator of its own."""
    return Generator().manual_seed(seed)


@pytest.fixture
def linear():
    """A linear model whose encoder is far off."""
    return LinearModel([1.5, -1.0], [0.7, -2.0])


@pytest.fixture
def x(linear):
    """Three pictures that the linear model can make, up to a little noise."""
    z = torch.tensor([[0.0, 0.0], [1.0, -0.5], [-0.8, 1.2]])
    pictures = 0.5 + z @ linear.columns.T
    return (pictures + 0.02 * torch.randn(pictures.shape, generator=seeded(1))).view(3, 1, 8, 8)


def test_refining_finds_the_true_posterior_and_all_that_was_lost(linear, x):
    before, after = posterior.refine(linear, x, None, seeded(0), draws=64, samples=4096)
    mu, variance = linear.truth(x)
    torch.testing.assert_close(after.mu, mu, atol=0.03, rtol=0)
    torch.testing.assert_close(after.sigma, variance.sqrt().expand(3, 2), atol=0.03, rtol=0)
    lost = before.neg_elbo - after.neg_elbo
    torch.testing.assert_close(lost, linear.nats_lost(x), atol=0.05, rtol=0.03)


def test_encoder_that_is_right_has_nothing_to_lose(linear, x):
    mu, variance = linear.truth(x)
    linear.told = mu, variance.log().expand(3, 2)
    before, after = posterior.refine(linear, x, None, seeded(0), draws=64, samples=4096)
    torch.testing.assert_close(before.neg_elbo, after.neg_elbo, atol=0.01, rtol=0)


@pytest.mark.parametrize("seed", range(5))
def test_the_better_of_both_is_never_worse_and_is_one_of_them(linear, x, seed):
    mu, variance = linear.truth(x)
    linear.told = mu, variance.log().expand(3, 2)  # refining can only do harm, by its noise
    before, after = posterior.refine(linear, x, None, seeded(seed), steps=20)
    assert (after.neg_elbo > before.neg_elbo).any()
    best = posterior.best_of(before, after)
    assert (best.neg_elbo <= before.neg_elbo).all() and (best.neg_elbo <= after.neg_elbo).all()
    for n in range(3):
        chosen = after if after.neg_elbo[n] < before.neg_elbo[n] else before
        for value, expected in zip(best, chosen, strict=True):
            assert torch.equal(value[n], expected[n])


def test_before_is_what_the_encoder_says(linear, x):
    before, _ = posterior.refine(linear, x, None, seeded(0), steps=1)
    for value, told in zip(before[:2], linear.encode(x, None), strict=True):
        assert torch.equal(value, told)


def test_bound_is_that_of_the_losses(model, held_out):
    x = held_out.images[:4].float().unsqueeze(1) / 255
    mu, logvar = model.encode(x)
    eps = torch.empty_like(mu).normal_(generator=seeded(3))
    bound = posterior.neg_elbo(model, x, None, mu, logvar, eps[None])
    loss = batch_loss(model, x, generator=seeded(3))
    torch.testing.assert_close(bound, loss.reconstruction + loss.kl.sum(dim=1))


def test_same_seed_same_refinement_another_seed_another(linear, x):
    runs = [posterior.refine(linear, x, None, seeded(s), steps=5)[1].mu for s in (4, 4, 5)]
    assert torch.equal(runs[0], runs[1]) and not torch.equal(runs[0], runs[2])


def test_progress_goes_from_the_first_step_to_the_last(linear, x):
    shares = []
    posterior.refine(linear, x, None, seeded(0), steps=4, progress=shares.append)
    assert shares == [0.25, 0.5, 0.75, 1.0]


def test_conditional_model_is_refined_for_its_class(x):
    model = new_model(
        ModelConfig(encoder=(8,), decoder=(8,), fourier=0, classes=10, image_size=8), 0
    ).requires_grad_(False)
    ends = [posterior.refine(model, x, torch.full((3,), y), seeded(0), steps=5)[1] for y in (1, 2)]
    assert not torch.equal(ends[0].mu, ends[1].mu)


def test_draws_have_the_posteriors_mean_and_spread():
    mu, sigma = torch.tensor([2.0, -1.0]), torch.tensor([0.1, 1.5])
    z = posterior.posterior_samples(mu, sigma, list(range(4000)))
    torch.testing.assert_close(z.mean(dim=0), mu, atol=0.1, rtol=0)
    torch.testing.assert_close(z.std(dim=0), sigma, atol=0.1, rtol=0.05)


def test_a_draw_never_depends_on_the_others():
    mu, sigma = torch.zeros(3), torch.ones(3)
    three, ten = (posterior.posterior_samples(mu, sigma, list(range(n))) for n in (3, 10))
    assert torch.equal(three, ten[:3])
    assert len(posterior.posterior_samples(mu, sigma, [])) == 0


def test_covariance_is_that_of_the_projected_draws():
    points = torch.randn(50, 5, generator=seeded(0)) * torch.tensor([3.0, 2, 1, 0.5, 0.2])
    projection = geometry.projection(points)
    sigma = torch.tensor([0.5, 1.0, 0.1, 2.0, 0.3])
    seen = projection(posterior.posterior_samples(torch.zeros(5), sigma, list(range(5000))))
    expected = posterior.covariance(sigma, projection.axes)
    torch.testing.assert_close(torch.cov(seen.T), expected, atol=0.08, rtol=0.05)


@pytest.mark.parametrize(
    ("indices", "distances", "expected"),
    [
        ([0, 1, 2], [1.0, 1.0, 1.0], (3, 2 / 3, 2 / 3)),
        ([0, 1, 2], [2.0, 2.0, 0.5], (3, 2 / 3, 1 / 3)),
        ([0, 2], [1.0, 3.0], (3, 1 / 2, 3 / 4)),  # of as many the nearer
        ([0, 2], [3.0, 1.0], (5, 1 / 2, 3 / 4)),
        ([4], [0.0], (7, 1.0, 1.0)),
        ([0, 1, 2, 3, 4], [5.0, 5.0, 5.0, 5.0, 0.0], (3, 2 / 5, 0.0)),
    ],
)
def test_neighbours_vote(indices, distances, expected):
    vote = posterior.vote(Neighbours(torch.tensor(indices), torch.tensor(distances)), LABELS)
    assert vote.label == expected[0]
    assert (vote.share, vote.weighted) == pytest.approx(expected[1:], abs=1e-6)
