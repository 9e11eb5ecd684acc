"""Short trainings: what a weight of the KL term does, the same each time."""

import torch

from vae_explorer.teaching import spread
from vae_explorer.teaching.short_training import SHOWN, short_training


def test_heavy_kl_collapses_and_a_light_one_does_not():
    plain, heavy = (short_training(beta, epochs=4) for beta in (1.0, 784.0))
    assert heavy.kl[-1] < 0.1 < 2 < plain.kl[-1]
    assert len(plain.kl) == len(plain.reconstruction) == 4
    assert plain.samples.shape == plain.reconstructed.shape == (SHOWN, 1, 28, 28)
    different = spread.between_pictures(plain.reconstructed)
    assert different > 5 * spread.between_pictures(heavy.reconstructed)
    assert plain.neg_elbo < heavy.neg_elbo


def test_a_training_comes_out_the_same_each_time():
    first, second = (short_training(2.0, epochs=1) for _ in range(2))
    assert torch.equal(first.reconstructed, second.reconstructed)
