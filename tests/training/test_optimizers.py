"""Optimisers are torch's, with the memory of gradients that the settings ask for."""

import pytest
import torch

from vae_explorer.training.optimizers import new_optimizer, optimizer_state, restore_optimizer


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"optimizer": "adam"}, (0.9, 0.999)),
        ({"optimizer": "adamw"}, (0.9, 0.99)),
        ({"optimizer": "adamw", "momentum": 0.8, "square_decay": 0.95}, (0.8, 0.95)),
        ({"optimizer": "adam", "square_decay": 0.9}, (0.9, 0.9)),
    ],
)
def test_adam_remembers_as_long_as_the_settings_say(
    model, tiny_training, replaced, settings, expected
):
    optimizer = new_optimizer(replaced(tiny_training, **settings), model.parameters())
    assert all(group["betas"] == expected for group in optimizer.param_groups)


@pytest.mark.parametrize("momentum", [0.0, 0.7])
@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_any_momentum_steps_and_is_restored(model, tiny_training, replaced, name, momentum):
    config = replaced(tiny_training, optimizer=name, momentum=momentum)
    optimizer = new_optimizer(config, model.parameters())
    for parameter in model.parameters():
        parameter.grad.fill_(0.5)
    before = model.mean_layer.weight.clone()
    optimizer.step()
    assert not torch.equal(model.mean_layer.weight, before)
    state = optimizer_state(optimizer)
    again = new_optimizer(config, model.parameters())
    restore_optimizer(again, state)
    found = optimizer_state(again)
    assert found.keys() == state.keys() and all(torch.equal(found[k], state[k]) for k in state)
