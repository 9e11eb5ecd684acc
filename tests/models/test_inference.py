"""What a frozen model says: places decoded, pictures reconstructed."""

import dataclasses

import pytest
import torch

from vae_explorer.config import ModelConfig
from vae_explorer.data.datasets import to_unit
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.likelihoods import bernoulli_nll
from vae_explorer.models.vae import new_model


def of_kind(**fields):
    config = ModelConfig(encoder=(8,), decoder=(8,), **fields)
    return Checkpoint(new_model(config, 0).eval().requires_grad_(False), config)


@pytest.fixture
def x(held_out):
    return to_unit(held_out.images[:6])


def test_one_place_is_decoded_like_many(checkpoint):
    z = torch.randn(4, 3)
    many = inference.decode(checkpoint, z)
    assert many.shape == (4, 1, 28, 28)
    torch.testing.assert_close(inference.decode(checkpoint, z[2]), many[2:3])


def test_label_counts_for_conditional_models_only(checkpoint):
    z, conditional = torch.randn(2, 3), of_kind(classes=10)
    assert torch.equal(inference.decode(checkpoint, z, 3), inference.decode(checkpoint, z, 4))
    three, four = (inference.decode(conditional, z, label) for label in (3, 4))
    assert not torch.equal(three, four)
    each = inference.decode(conditional, z, torch.tensor([3, 4]))
    torch.testing.assert_close(each, torch.stack([three[0], four[1]]))


def test_reconstruction_is_decoded_at_the_posterior_mean(checkpoint, x):
    result = inference.reconstruct(checkpoint, x)
    mu, logvar = checkpoint.model.encode(x)
    torch.testing.assert_close(result.mu, mu)
    torch.testing.assert_close(result.sigma.square(), logvar.exp())
    torch.testing.assert_close(result.pictures, checkpoint.model.decode(mu))
    logits = checkpoint.model.decode_raw(mu)
    torch.testing.assert_close(result.nll, bernoulli_nll(logits, x.flatten(1)))
    assert result.nll.shape == (6,) and result.kl.shape == (6, 3) and (result.kl >= 0).all()


def test_autoencoder_has_no_kl_to_show(x):
    assert inference.reconstruct(of_kind(variational=False), x).kl.abs().max() == 0


def test_conditional_reconstruction_takes_the_label(x):
    conditional = of_kind(classes=10)
    one, other = (inference.reconstruct(conditional, x, label) for label in (1, 2))
    assert not torch.equal(one.mu, other.mu) and not torch.equal(one.pictures, other.pictures)


def test_model_is_left_as_it_was(checkpoint, x):
    before = {k: v.clone() for k, v in checkpoint.model.state_dict().items()}
    inference.reconstruct(checkpoint, x)
    inference.decode(checkpoint, torch.zeros(3))
    after = checkpoint.model.state_dict()
    assert all(torch.equal(before[k], after[k]) for k in before)
    assert dataclasses.replace(checkpoint) == checkpoint
