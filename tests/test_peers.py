"""Which models stand beside another on a walk."""

import pytest

from vae_explorer import peers
from vae_explorer.peers import Facts


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
    found = [other.key for other in peers.companions(own, others)]
    assert found == ["plain", "wide", "like", "ten"]
    found = [other.key for other in peers.companions(others[-1], others)]
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
    assert peers.companions(facts("own"), [facts("other", **unfit)]) == []


def test_conditional_model_has_unconditional_companions():
    own = facts("own", conditional=True)
    others = [own, facts("told", conditional=True), facts("plain")]
    assert [other.key for other in peers.companions(own, others)] == ["plain"]
