"""Both estimators against the derivative in closed form: a linear decoder, Gaussian pixels."""

import pytest
import torch
from torch import Generator, nn

from vae_explorer.config import ModelConfig
from vae_explorer.models.latent_model import LatentModel
from vae_explorer.teaching.gradient_estimates import estimates


class LinearModel(LatentModel):
    """x = A z + noise of deviation 1: the expected squared error has a gradient in closed form."""

    def __init__(self):
        super().__init__()
        self.config = ModelConfig(latent_dim=2, likelihood="gaussian", image_size=8)
        self.matrix = nn.Parameter(torch.randn(64, 2, generator=Generator().manual_seed(1)))

    def encode(self, x, y=None):
        mu = torch.tensor([[0.5, -1.0]]).expand(len(x), -1)
        return mu, torch.tensor([[-1.0, -2.0]]).expand(len(x), -1)

    def decode_raw(self, z, y=None):
        return z @ self.matrix.T

    def means(self, raw):
        return raw


@pytest.fixture(scope="module")
def found():
    """Many estimates, and the true derivative."""
    model, x = LinearModel(), torch.rand(1, 1, 8, 8, generator=Generator().manual_seed(2))
    made = estimates(model, x, None, Generator().manual_seed(3), count=4_000, draws=4)
    mu = model.encode(x)[0][0]
    with torch.no_grad():
        truth = model.matrix.T @ (model.matrix @ mu - x.flatten())
    return made, float(truth[made.coordinate])


def test_coordinate_is_the_one_of_least_variance(found):
    assert found[0].coordinate == 1


def test_both_are_right_on_average(found):
    made, truth = found
    for values in (made.pathwise, made.score):
        error = float(values.std()) / len(values) ** 0.5
        assert abs(float(values.mean()) - truth) < 4 * error


def test_score_function_is_spread_more_widely(found):
    made, _ = found
    assert made.ratio > 2 and made.draws_ratio == pytest.approx(made.ratio**2)
    assert made.ratio == pytest.approx(float(made.score.std() / made.pathwise.std()), rel=1e-5)
