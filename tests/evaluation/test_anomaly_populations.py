"""Two sets of pictures, drawn, changed, scored and ranked."""

import pytest
import torch
from model_kinds import small_model

from vae_explorer.data.corruptions import CORRUPTIONS
from vae_explorer.data.datasets import Split, to_unit
from vae_explorer.errors import DataError
from vae_explorer.evaluation import anomaly_populations
from vae_explorer.evaluation.anomaly_detection import fit
from vae_explorer.evaluation.anomaly_populations import all_curves, corrupt, draw, flagged
from vae_explorer.models.inference import decode


@pytest.fixture
def detector(few, held_out):
    """Of an untrained model."""
    return fit(small_model(), few, held_out)


def test_all_of_a_small_split_are_taken_in_order(held_out):
    got = draw(held_out, "pictures")
    assert torch.equal(got.images, to_unit(held_out.images))
    assert torch.equal(got.labels, held_out.labels)
    assert got.about == "40 pictures"


def test_of_a_large_split_some_are_drawn_the_same_each_time(held_out):
    first, again, other = (draw(held_out, "pictures", max_pictures=9, seed=s) for s in (3, 3, 4))
    assert torch.equal(first.images, again.images)
    assert not torch.equal(first.images, other.images)
    assert first.about == "9 of 40 pictures, drawn with seed 3"
    assert len(draw(held_out, "pictures", max_pictures=None).images) == 40


def test_drawn_pictures_keep_their_labels_and_the_order_of_the_split():
    split = Split(torch.arange(200).view(200, 1, 1).byte(), torch.arange(200))
    got = draw(split, "pictures", max_pictures=50)
    places = (got.images.flatten() * 255).round().long()
    assert torch.equal(places, got.labels) and torch.equal(places, got.indices)
    assert torch.equal(places, places.sort().values)


def test_classes_can_be_chosen(held_out):
    ones = draw(held_out, "pictures", classes={1})
    others = draw(held_out, "pictures", classes=set(range(10)) - {1})
    assert set(ones.labels.tolist()) == {1} and 1 not in others.labels
    assert len(ones.images) + len(others.images) == 40
    assert (held_out.labels[ones.indices] == 1).all()


def test_class_without_pictures_cannot_be_drawn(held_out):
    with pytest.raises(DataError, match="no pictures of class 99"):
        draw(held_out, "pictures of class 99", classes={99})


def test_data_set_without_a_class_has_all_others(digits):
    got = anomaly_populations.without_class(digits, 3)
    for name in ("train", "validation", "test"):
        split = got.split(name)
        assert set(split.labels.tolist()) == set(range(10)) - {3}
        assert len(split.images) == int((digits.split(name).labels != 3).sum())


def test_data_set_of_one_class_cannot_do_without(digits):
    one = digits._replace(test=drawn_split(digits.test, 3))
    with pytest.raises(DataError, match="too few"):
        anomaly_populations.without_class(one, 3)


@pytest.mark.parametrize("label", [-1, 10])
def test_data_set_cannot_do_without_a_class_it_has_not(digits, label):
    with pytest.raises(DataError, match="from 0 to 9"):
        anomaly_populations.without_class(digits, label)


@pytest.mark.parametrize("name", ["train", "validation", "test"])
def test_one_picture_is_too_few_to_do_without_a_class(digits, name):
    split = digits.split(name)
    kept = (split.labels == 3) | (torch.arange(len(split)) == (split.labels != 3).nonzero()[0])
    poor = digits._replace(**{name: Split(split.images[kept], split.labels[kept])})
    with pytest.raises(DataError, match="too few"):
        anomaly_populations.without_class(poor, 3)


def drawn_split(split: Split, label: int) -> Split:
    """The pictures of one class."""
    return Split(split.images[split.labels == label], split.labels[split.labels == label])


def test_anomalies_of_a_left_out_class_are_test_pictures_unless_it_is_new_to_the_model(digits):
    assert anomaly_populations.source_of_class(digits, new=False) == (digits.test, "test pictures")
    split, what = anomaly_populations.source_of_class(digits, new=True)
    assert what == "training pictures"
    assert torch.equal(split.images[: len(digits.train)], digits.train.images)
    assert torch.equal(split.labels[len(digits.train) :], digits.validation.labels)


def test_pictures_of_other_classes_than_the_models_have_no_labels(held_out):
    assert draw(held_out, "pictures", labelled=False).labels is None


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corrupted_pictures_are_the_same_each_time_and_others_than_before(held_out, name):
    normal = draw(held_out, "pictures")
    first, again = (corrupt(normal, name, seed=2) for _ in range(2))
    assert torch.equal(first.images, again.images)
    assert not torch.equal(first.images, normal.images)
    assert torch.equal(first.labels, normal.labels) and name in first.about


def test_flagged_shares_are_those_above_the_validation_quantile(detector):
    name = detector.names[0]
    edge = detector.threshold(name, 0.9)
    normal, anomalous = edge + torch.tensor([-1.0, -1, -1, 1]), edge + torch.tensor([1.0, 1])
    found = flagged(detector, name, 0.9, normal, anomalous)
    assert found == (edge, 0.25, 1.0, pytest.approx(2 / 3))
    assert flagged(detector, name, 0.9, normal - 2, anomalous - 9)[1:] == (0, 0, 1)


def test_higher_quantile_flags_no_more(detector, held_out):
    name = "combined"
    scores = detector.scores(to_unit(held_out.images))[name]
    shares = [flagged(detector, name, q / 10, scores, scores).normal for q in range(5, 10)]
    assert shares == sorted(shares, reverse=True) and shares[0] > shares[-1]


def test_every_score_has_curves():
    normal = {"a": torch.tensor([0.0, 1]), "b": torch.tensor([3.0, 4])}
    anomalous = {"a": torch.tensor([2.0]), "b": torch.tensor([1.0])}
    found = all_curves(normal, anomalous)
    assert {name: c.auroc for name, c in found.items()} == {"a": 1.0, "b": 0.0}


def test_ranking_begins_at_its_end_and_equals_keep_their_order():
    values = torch.tensor([1.0, 3.0, 1.0, 3.0, 2.0])
    assert anomaly_populations.highest(values, 3) == [1, 3, 4]
    assert anomaly_populations.lowest(values, 4) == [0, 2, 4, 1]
    assert anomaly_populations.highest(values, 9) == [1, 3, 4, 0, 2]


@pytest.mark.parametrize("labelled", [True, False])
def test_reconstructions_of_a_conditional_model_are_of_one_class_each(held_out, labelled):
    made = small_model(classes=10)
    chosen = draw(held_out, "pictures", labelled=labelled)
    x, r = anomaly_populations.reconstruct_some(made, chosen, [5, 2])
    assert torch.equal(x, chosen.images[[5, 2]])
    y = chosen.labels[[5, 2]] if labelled else anomaly_populations.best_class(made.model, x)
    mu, _ = made.model.encode(x, y)
    assert torch.allclose(r, decode(made, mu, y), atol=1e-6)


def test_reconstructions_need_no_labels(held_out):
    made = small_model()
    x, r = anomaly_populations.reconstruct_some(made, draw(held_out, "", labelled=False), [0])
    assert x.shape == r.shape == (1, 1, 28, 28)
