"""The bound of one picture, against the score of the whole and the KL in closed form."""

import pytest
import torch
from torch import Generator

from vae_explorer.latent import posterior
from vae_explorer.teaching.bound import DRAWS, bound, encoded_costs


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_terms_add_up_to_the_bound(small, likelihood):
    model = small(likelihood=likelihood, pixel_scale=0.3 if likelihood == "gaussian" else 1.0).model
    x = torch.rand(1, *model.image_shape, generator=Generator().manual_seed(1))
    eps = torch.empty(64, 1, model.latent_dim).normal_(generator=Generator().manual_seed(2))
    with torch.no_grad():
        mu, logvar = model.encode(x)
    terms = bound(model, x[0], None, mu[0], (0.5 * logvar[0]).exp(), eps[:, 0])
    with torch.no_grad():
        whole = posterior.neg_elbo(model, x, None, mu, logvar, eps)
    assert terms.neg_elbo == pytest.approx(float(whole), rel=1e-4)
    assert terms.pixels.shape == x[0].shape
    assert terms.pixel_mean * x.numel() == pytest.approx(terms.reconstruction, rel=1e-5)


def test_prior_costs_nothing(small):
    model = small().model
    x = torch.zeros(model.image_shape)
    zeros = torch.zeros(model.latent_dim)
    terms = bound(model, x, None, zeros, torch.ones_like(zeros), torch.zeros(2, len(zeros)))
    assert terms.kl.tolist() == [0] * model.latent_dim


def test_conditional_model_is_told_the_class(small):
    model = small(classes=10).model
    x, zeros = torch.zeros(model.image_shape), torch.zeros(model.latent_dim)
    given = [
        bound(model, x, torch.tensor([y]), zeros, zeros + 1, torch.zeros(2, len(zeros)))
        for y in (0, 1)
    ]
    assert given[0].reconstruction != given[1].reconstruction


def test_costs_of_many_are_those_of_each(small):
    model = small().model
    x = torch.rand(3, *model.image_shape, generator=Generator().manual_seed(1))
    mu, costs = encoded_costs(model, x, None)
    assert mu.shape == (3, model.latent_dim)
    for n in range(3):
        assert encoded_costs(model, x[n : n + 1], None)[1].item() == pytest.approx(
            costs[n].item(), rel=1e-5
        )
    assert DRAWS > 1
