"""Learning rate and KL weight go up and down when they should."""

from dataclasses import replace

import pytest

from vae_explorer.config import TrainConfig
from vae_explorer.training.schedules import kl_weight, lattice_points, learning_rate


def rates(config, steps=200):
    epochs = range(config.total_epochs)
    return [learning_rate(config, e, s / steps) for e in epochs for s in range(steps)]


def test_constant_schedule_keeps_the_peak():
    config = TrainConfig(schedule="constant", epochs=2, polish_epochs=1, learning_rate=0.5)
    assert rates(config) == [0.5] * 400 + [config.polish_learning_rate] * 200


def test_cosine_schedule_warms_up_over_a_tenth_and_decays_to_a_hundredth():
    config = TrainConfig(epochs=10, learning_rate=1.0)
    assert learning_rate(config, 0, 0.0) == pytest.approx(0.01)
    assert learning_rate(config, 0, 0.5) == pytest.approx(0.5)
    assert learning_rate(config, 1, 0.0) == pytest.approx(1.0)
    assert learning_rate(config, 5, 0.5) == pytest.approx(0.01 + 0.99 / 2)
    assert learning_rate(config, 9, 1.0) == pytest.approx(0.01)
    values = rates(config)
    peak = values.index(max(values))
    assert peak == 200 and values[:201] == sorted(values[:201])
    assert values[200:] == sorted(values[200:], reverse=True)


def test_polish_warms_up_and_decays_anew():
    joint = TrainConfig(epochs=4, learning_rate=0.3)
    both = TrainConfig(epochs=4, polish_epochs=4, learning_rate=0.3, polish_learning_rate=0.3 / 2)
    values = rates(both)
    assert values[:800] == rates(joint)
    assert values[800:] == pytest.approx([v / 2 for v in rates(joint)])


def test_linear_schedule_falls_by_the_same_amount_each_epoch():
    config = TrainConfig(schedule="linear", epochs=10, learning_rate=1.0)
    assert learning_rate(config, 1, 0.0) == pytest.approx(1.0)
    falls = [learning_rate(config, e, 0.0) - learning_rate(config, e + 1, 0.0) for e in range(1, 9)]
    assert falls == pytest.approx([0.11] * 8)
    assert learning_rate(config, 9, 1.0) == pytest.approx(0.01)


def test_step_schedule_falls_to_a_tenth_twice():
    config = TrainConfig(schedule="step", epochs=8, learning_rate=1.0)
    expected = [1.0] * 4 + [0.1] * 2 + [0.01] * 2
    assert [learning_rate(config, e, 0.5) for e in range(8)] == pytest.approx(expected)


def weights(config, steps=10):
    epochs = range(config.total_epochs)
    return [kl_weight(config, e, s / steps) for e in epochs for s in range(steps)]


def test_without_annealing_the_weight_is_beta():
    assert set(weights(TrainConfig(epochs=3, polish_epochs=2, beta=0.7))) == {0.7}


def test_linear_annealing_rises_once_and_stays():
    config = TrainConfig(epochs=10, polish_epochs=2, beta=4.0, kl_annealing="linear", kl_warmup=0.5)
    found = weights(config)
    assert found[:50] == pytest.approx([4.0 * i / 50 for i in range(50)])
    assert set(found[50:]) == {4.0}


def test_cyclical_annealing_begins_anew_in_each_cycle():
    config = TrainConfig(epochs=8, kl_annealing="cyclical", kl_cycles=2, kl_warmup=0.25)
    found = weights(config)
    cycle = [i / 10 for i in range(10)] + [1.0] * 30
    assert found == pytest.approx(cycle * 2)


@pytest.mark.parametrize("annealing", ["linear", "cyclical"])
def test_rise_that_takes_no_time_is_none(annealing):
    assert set(weights(TrainConfig(epochs=2, kl_annealing=annealing, kl_warmup=0.0))) == {1.0}


def counts(config):
    return [lattice_points(config, e, s) for e in range(config.total_epochs) for s in (0, 0.5)]


def test_points_of_a_lattice_double_after_equal_parts_of_its_epochs():
    config = TrainConfig(epochs=3, objective="lattice", lattice_start=16, lattice_points=64)
    assert counts(config) == [16, 16, 32, 32, 64, 64]
    polished = replace(config, polish_epochs=1, encoder_epochs=1)
    assert counts(polished)[:6] == counts(config) and counts(polished)[6:8] == [64, 64]
    assert counts(replace(config, lattice_start=128)) == [64] * 6


def test_polish_of_its_own_objective_has_few_points_at_first():
    config = TrainConfig(
        epochs=5, polish_epochs=3, polish_objective="lattice", lattice_start=16, lattice_points=64
    )
    assert counts(config)[10:] == [16, 16, 32, 32, 64, 64]
