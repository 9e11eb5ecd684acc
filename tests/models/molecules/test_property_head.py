import dataclasses

import pytest
import torch
from molecules import small_molecule_checkpoint
from torch import Generator

from vae_explorer.errors import CheckpointError
from vae_explorer.models.checkpoints import load_checkpoint, save_checkpoint
from vae_explorer.models.molecules import property_head


@pytest.fixture(scope="module")
def head():
    """Of two properties of three coordinates: a sum in hundreds, and a square."""
    mu = torch.randn(2_000, 3, generator=Generator().manual_seed(0))
    values = torch.stack([100 * mu.sum(dim=1) + 300, mu[:, 0].square()], dim=1)
    return property_head.fit(mu, values), mu, values


def test_head_predicts_in_the_units_of_the_properties(head):
    made, _, _ = head
    mu = torch.randn(500, 3, generator=Generator().manual_seed(1))
    values = torch.stack([100 * mu.sum(dim=1) + 300, mu[:, 0].square()], dim=1)
    assert min(property_head.explained(made, mu, values)) > 0.9


def test_fit_is_the_same_for_the_same_seed(head):
    made, mu, values = head
    again = property_head.fit(mu, values)
    assert torch.equal(again(mu[:5]), made(mu[:5]))


def test_ascent_takes_equal_steps_uphill(head):
    made, _, _ = head
    path = property_head.ascend(made, torch.zeros(3), 0, 10, 0.1)
    assert path.shape == (11, 3) and torch.equal(path[0], torch.zeros(3))
    lengths = path.diff(dim=0).norm(dim=1)
    assert torch.allclose(lengths, torch.full((10,), 0.1), atol=1e-5)
    predicted = made(path)[:, 0]
    assert (predicted.diff() > 0).all()
    down = property_head.ascend(made, torch.zeros(3), 0, 10, -0.1)
    assert made(down)[-1, 0] < made(down)[0, 0]


def test_what_is_followed_has_the_prediction_at_each_point(head):
    made, _, _ = head
    followed = property_head.followed(made, torch.zeros(3), 1, 4, -0.2)
    assert len(followed.path) == len(followed.predicted) == 5
    assert followed.predicted == made(followed.path)[:, 1].tolist()


def test_head_comes_back_with_its_model(head, tmp_path):
    made = head[0]
    whole = dataclasses.replace(small_molecule_checkpoint(), property_head=made)
    save_checkpoint(whole, tmp_path / "a.safetensors")
    z = torch.randn(4, 3)
    assert torch.equal(load_checkpoint(tmp_path / "a.safetensors").property_head(z), made(z))


def test_head_that_does_not_fit_is_refused(head):
    state = head[0].state_dict()
    with pytest.raises(CheckpointError, match="does not fit its model"):
        property_head.from_tensors(state, 4)
    with pytest.raises(CheckpointError, match="does not fit its model"):
        property_head.from_tensors({}, 3)
    with pytest.raises(CheckpointError, match="not finite"):
        property_head.from_tensors(state | {"mean": torch.full((2,), torch.nan)}, 3)
