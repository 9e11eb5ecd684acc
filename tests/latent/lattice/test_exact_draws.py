"""Draws from exact posteriors, and the vote of their neighbours."""

import pytest
import torch
from torch import Generator

from vae_explorer.latent import exact
from vae_explorer.latent.lattice import exact_draws
from vae_explorer.latent.lattice.prior_lattice import decoded_lattice
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.shipped import CHECKPOINTS


@pytest.fixture(scope="module", params=["mnist-2d", "mnist-3d"])
def believed(request):
    """A lattice, five pictures, their posteriors and 4,000 draws of each."""
    checkpoint = load_checkpoint(CHECKPOINTS / f"{request.param}.safetensors")
    lattice = decoded_lattice(checkpoint.model, 2**14)
    with torch.inference_mode():
        x = checkpoint.model.decode(checkpoint.encoded.mu[:5])
    posterior = exact.posterior(lattice, x, draws=4_000)
    return lattice, x, posterior, posterior.draws


def test_draws_have_the_mean_and_the_covariance_of_the_posterior(believed):
    _, _, posterior, z = believed
    sigma = posterior.covariance.diagonal(dim1=1, dim2=2).sqrt()
    assert ((z.mean(dim=1) - posterior.mean).abs() / sigma).max() < 0.1
    for n in range(len(z)):
        ratio = torch.cov(z[n].T) / posterior.covariance[n]
        assert ratio.diagonal().sub(1).abs().max() < 0.15


def test_every_tenth_draw_is_such_a_sample_too(believed):
    _, _, posterior, z = believed
    sigma = posterior.covariance.diagonal(dim1=1, dim2=2).sqrt()
    assert ((z[:, ::10].mean(dim=1) - posterior.mean).abs() / sigma).max() < 0.2


def test_a_seed_draws_the_same_points_again(believed):
    lattice, x, _, z = believed
    assert torch.equal(exact.posterior(lattice, x, draws=4_000).draws, z)
    assert not torch.equal(exact.posterior(lattice, x, draws=4_000, seed=1).draws, z)


def test_none_are_drawn_unless_asked_for(believed):
    lattice, x, posterior, _ = believed
    assert exact.posterior(lattice, x).draws.shape == (len(x), 0, posterior.mean.shape[1])


def test_classes_have_the_share_of_the_neighbours_that_are_theirs():
    mu = torch.randn(300, 2, generator=Generator().manual_seed(0))
    mu[:200, 0] -= 50
    labels = torch.tensor([4] * 200 + [2] * 100)
    z = torch.tensor([[-50.0, 0.0]] * 3 + [[0.0, 0.0]])
    votes = exact_draws.class_shares(z, mu, labels)
    assert votes.labels.tolist() == [4, 2]
    assert votes.shares.tolist() == [0.75, 0.25]


def test_fewer_codes_than_neighbours_vote_all():
    votes = exact_draws.class_shares(torch.zeros(2, 1), torch.ones(3, 1), torch.tensor([1, 0, 1]))
    assert votes.labels.tolist() == [1, 0]
    assert votes.shares.tolist() == pytest.approx([2 / 3, 1 / 3])


def test_many_draws_are_looked_at_in_parts(monkeypatch):
    mu = torch.randn(50, 3, generator=Generator().manual_seed(0))
    z, labels = torch.randn(40, 3), torch.arange(50) % 7
    whole = exact_draws.class_shares(z, mu, labels)
    monkeypatch.setattr(exact_draws, "_DISTANCES", 200)
    assert torch.equal(exact_draws.class_shares(z, mu, labels).shares, whole.shares)
