"""Which models stand beside another: on a walk, as its judge, as its counterpart."""

import dataclasses

import pytest

from vae_explorer.training.runs import model_matching
from vae_explorer.training.runs.model_matching import Facts


def facts(key: str, **others) -> Facts:
    """Facts of a model of one data set."""
    usual = {
        "name": key,
        "sha256": key,
        "dataset": "mnist",
        "image_size": 28,
        "latent_dim": 3,
        "conditional": False,
        "variational": True,
        "encoded": True,
        "accuracy": 0.9,
    }
    return Facts(key, **(usual | others))


def test_plain_autoencoder_of_the_same_size_walks_beside_a_vae_first():
    own = facts("own")
    others = [
        own,
        facts("ten", latent_dim=10),
        facts("like"),
        facts("wide", variational=False, latent_dim=64),
        facts("plain", variational=False),
    ]
    found = [other.key for other in model_matching.companions(own, others)]
    assert found == ["plain", "wide", "like", "ten"]
    found = [other.key for other in model_matching.companions(others[-1], others)]
    assert found == ["own", "like", "ten", "wide"]


@pytest.mark.parametrize(
    "unfit",
    [
        {"dataset": "kmnist"},
        {"dataset": ""},
        {"image_size": 8},
        {"conditional": True},
        {"encoded": False},
        {"sha256": "own"},
    ],
)
def test_model_of_other_pictures_or_without_codes_does_not_walk_beside(unfit):
    assert model_matching.companions(facts("own"), [facts("other", **unfit)]) == []


def test_conditional_model_has_unconditional_companions():
    own = facts("own", conditional=True)
    others = [own, facts("told", conditional=True), facts("plain")]
    assert [other.key for other in model_matching.companions(own, others)] == ["plain"]


# classifiers and counterparts


def test_most_accurate_of_the_others_judges_and_never_the_model_itself():
    own = facts("own", accuracy=0.99)
    others = [own, facts("worse", accuracy=0.8), facts("best", accuracy=0.97)]
    assert [other.key for other in model_matching.classifiers(own, others)] == ["best", "worse"]


@pytest.mark.parametrize(
    "unfit",
    [
        {"dataset": "kmnist"},
        {"image_size": 64},
        {"conditional": True},
        {"encoded": False},
        {"accuracy": 0.0},
        {"sha256": "own"},
    ],
)
def test_model_that_cannot_judge_is_never_asked(unfit):
    assert model_matching.classifiers(facts("own"), [facts("other", **unfit)]) == []


def test_models_of_unknown_pictures_have_no_peers():
    assert model_matching.classifiers(facts("own", dataset=""), [facts("other", dataset="")]) == []


def test_counterpart_is_the_other_kind_most_alike():
    told = [facts("told", conditional=True), facts("told-ae", conditional=True, variational=False)]
    plain = [facts("ten", latent_dim=10), facts("three"), facts("unencoded", encoded=False)]
    plain += [facts("beta", elbo=False), facts("large", parameters=10**6)]
    assert [f.key for f in model_matching.counterparts(plain[1], told + plain)] == [
        "told",
        "told-ae",
    ]
    assert [f.key for f in model_matching.counterparts(told[0], told + plain)] == [
        *("three", "large", "beta", "ten")
    ]


def test_facts_are_read_off_a_checkpoint(checkpoint):
    scored = dataclasses.replace(checkpoint, scores={"knn_accuracy": {"value": 0.93}})
    known = model_matching.facts("key", scored)
    assert (known.key, known.dataset, known.accuracy, known.encoded) == (
        "key",
        "digits",
        0.93,
        True,
    )


@pytest.mark.parametrize("value", [7, -0.5, [0.9]])
def test_accuracy_that_is_none_counts_as_none(checkpoint, value):
    odd = dataclasses.replace(checkpoint, scores={"knn_accuracy": {"value": value}})
    assert model_matching.facts("key", odd).accuracy == 0
