"""Who classifies generated pictures, how right the classifier is, and how sure its shares are."""

import pytest
import torch

from vae_explorer.data.datasets import to_unit
from vae_explorer.errors import DataError
from vae_explorer.evaluation.classes.class_judge import (
    Rate,
    agreement,
    class_agreement,
    classifier_of,
    style_agreement,
)
from vae_explorer.latent.generation import density_half
from vae_explorer.latent.geometry import nearest
from vae_explorer.latent.posterior import vote
from vae_explorer.models.checkpoints import Checkpoint, EncodedSet, encode_split, load_checkpoint
from vae_explorer.training.runs.model_library import SHIPPED

# what is said


@pytest.fixture
def clear():
    """Codes of three classes far apart, (60, 3), and their labels."""
    labels = torch.arange(60) % 3
    mu = torch.nn.functional.one_hot(labels, 3) * 10.0 + torch.randn(60, 3)
    return mu, labels


def test_neighbours_of_the_classifying_half_say_the_class(checkpoint, clear):
    mu, labels = clear
    half = density_half(labels)
    strange = mu.clone()
    strange[half] = mu[half].roll(1, dims=1)  # what is drawn from has no say
    classifier = classifier_of(
        checkpoint, EncodedSet(strange, torch.zeros_like(mu), labels, "test")
    )
    assert torch.equal(classifier.classify_codes(mu), labels)
    assert torch.equal(classifier.labels, labels[~half])
    assert classifier.accuracy.total.successes == 0


def test_tie_goes_to_the_nearer_neighbours(checkpoint):
    near, far = torch.tensor([1.0, 0, 0]), torch.tensor([-3.0, 0, 0])
    rows = [near, near, far, far]
    mu = torch.stack([row for row in rows for _ in range(2)])
    labels = torch.tensor([5, 5, 5, 5, 2, 2, 2, 2])
    classifier = classifier_of(checkpoint, EncodedSet(mu, torch.zeros_like(mu), labels, "test"))
    assert classifier.classify_codes(torch.tensor([[0.5, 0, 0], [-3.0, 0, 0]])).tolist() == [5, 2]


def test_tie_goes_by_distances_and_not_by_ranks_as_in_a_single_vote(checkpoint):
    mu = torch.tensor([[0.1], [1.0], [1.0], [1.1], [1.2]]).repeat_interleave(2, dim=0)
    mu = torch.nn.functional.pad(mu, (0, 2))
    labels = torch.tensor([1, 0, 0, 1, 2]).repeat_interleave(2)
    classifier = classifier_of(checkpoint, EncodedSet(mu, torch.zeros_like(mu), labels, "test"))
    assert classifier.labels.tolist() == [1, 0, 0, 1, 2]
    assert classifier.classify_codes(torch.zeros(1, 3)).tolist() == [1]
    assert vote(nearest(classifier.mu, torch.zeros(3), 5), classifier.labels).label == 1


def test_classifier_encodes_pictures_with_its_own_model(checkpoint, held_out):
    pictures = to_unit(held_out.images)
    classifier = classifier_of(checkpoint)
    assert torch.equal(
        classifier.classify(pictures), classifier.classify_codes(checkpoint.encoded.mu)
    )


def test_accuracy_is_measured_on_the_other_half(checkpoint, held_out):
    classifier = classifier_of(checkpoint)
    half = density_half(checkpoint.encoded.labels)
    requested = checkpoint.encoded.labels[half]
    right = (classifier.classify_codes(checkpoint.encoded.mu[half]) == requested).sum()
    assert classifier.accuracy.total == Rate(int(right), len(requested))
    assert sum(rate.trials for rate in classifier.accuracy.by_class.values()) == len(requested)


@pytest.mark.parametrize("kind", [{"count": 0}, {"count": 1}, {"classes": 10}])
def test_model_without_codes_that_tell_classes_cannot_classify(small, kind):
    with pytest.raises(DataError, match="cannot classify"):
        classifier_of(small(**kind))


def test_agreement_is_counted_by_the_class_that_was_asked_for():
    requested = torch.arange(10).repeat(4)
    assert agreement(requested, requested).total == Rate(40, 40)
    deaf = agreement(torch.zeros(40, dtype=torch.long), requested)
    assert deaf.total == Rate(4, 40)
    assert (deaf.by_class[0], deaf.by_class[7]) == (Rate(4, 4), Rate(0, 4))


def test_styles_are_counted_in_all_classes_but_their_own(checkpoint, small):
    conditional = small(classes=10)
    found = style_agreement(conditional, conditional.encoded, classifier_of(checkpoint), styles=7)
    assert found.total.trials == 7 * 9
    own = conditional.encoded.labels[density_half(conditional.encoded.labels)][:7].bincount(
        minlength=10
    )
    assert [found.by_class[c].trials for c in range(10)] == (7 - own).tolist()


def test_interval_of_styles_is_as_wide_as_so_few_styles_make_it(checkpoint, small):
    conditional, right = small(classes=10), torch.tensor([True, False]).repeat(5)
    labels = conditional.encoded.labels[density_half(conditional.encoded.labels)][:10]
    requested = torch.cat([torch.tensor([c for c in range(10) if c != own]) for own in labels])

    class Clannish:
        """Right about all pictures of every second style, wrong about all others."""

        def classify(self, pictures):
            return torch.where(right.repeat_interleave(9), requested, (requested + 1) % 10)

    total = style_agreement(conditional, conditional.encoded, Clannish(), styles=10).total
    assert (total.successes, total.trials) == (45, 90)
    low, high = total.interval
    assert low < 0.3 and high > 0.7  # of 90 draws, one by one, it would be 0.4 to 0.6
    assert style_agreement(conditional, conditional.encoded, Clannish(), styles=10).total == total


def test_class_without_a_centre_is_left_out_of_the_styles(checkpoint, small):
    plain = small(labels=4)
    found = style_agreement(plain, plain.encoded, classifier_of(checkpoint), styles=5)
    assert set(found.by_class) == {0, 1, 2, 3} and found.total.trials == 5 * 3


def test_styles_of_one_class_alone_are_refused(checkpoint, small):
    with pytest.raises(DataError, match="one class only"):
        style_agreement(
            small(labels=1), small(labels=1).encoded, classifier_of(checkpoint), styles=5
        )


def test_styles_of_nothing_encoded_are_refused(checkpoint, small):
    with pytest.raises(DataError, match="no encoded pictures"):
        style_agreement(small(count=0), None, classifier_of(checkpoint), styles=5)


def test_every_class_is_asked_for_as_often_with_seeds_of_its_own(checkpoint, held_out, small):
    classifier, conditional, heard = classifier_of(checkpoint), small(classes=10), []
    found = class_agreement(conditional, None, classifier, per_class=3, progress=heard.append)
    known = classifier.labels.unique().tolist()
    assert list(found.by_class) == known
    assert all(rate.trials == 3 for rate in found.by_class.values())
    assert heard[-1] == 1.0 and heard == sorted(heard)
    assert class_agreement(conditional, None, classifier, per_class=3) == found
    assert found.total.successes == sum(rate.successes for rate in found.by_class.values())


def test_classes_without_a_density_are_left_out_and_none_at_all_is_refused(checkpoint, small):
    classifier, plain = classifier_of(checkpoint), small(labels=4)
    found = class_agreement(plain, plain.encoded, classifier, per_class=2)
    assert set(found.by_class) <= {0, 1, 2, 3} and found.by_class
    with pytest.raises(DataError, match="no encoded pictures"):
        class_agreement(small(count=0), None, classifier, per_class=2)


def test_trained_model_makes_the_class_that_it_is_given():
    """The shipped conditional model, classified by another: mostly the class it was given."""
    conditional, other = (
        load_checkpoint(SHIPPED / f"{name}.safetensors")
        for name in ("mnist-conditional-3d", "mnist-32d")
    )
    classifier = classifier_of(other)
    assert classifier.accuracy.total.share > 0.95
    assert class_agreement(conditional, None, classifier, per_class=20).total.interval[0] > 0.8


# shares


@pytest.mark.parametrize(
    ("hit", "count", "low", "high"),
    [  # Newcombe 1998, Statistics in Medicine 17, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_interval_is_that_of_wilson(hit, count, low, high):
    assert Rate(hit, count).interval == pytest.approx((low, high), abs=5e-5)


def test_nothing_counted_is_anything():
    assert Rate(0, 0).share == 0 and Rate(0, 0).interval == (0.0, 1.0)


def test_share_is_said_with_its_interval():
    assert str(Rate(81, 263)) == "30.8 % (25.5 – 36.6)"


def test_split_of_digits_is_classified_better_than_by_chance(model, held_out, digits):
    """Even an untrained encoder keeps like pictures near each other."""
    test = digits.test
    encoded = encode_split(model, to_unit(test.images), test.labels, "test")

    classifier = classifier_of(Checkpoint(model, model.config, encoded=encoded))
    assert classifier.accuracy.total.interval[0] > 0.3
