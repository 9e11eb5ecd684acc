"""Scores of unusual molecules: by hand where that can be, and where they say nothing."""

import pytest
import torch
from molecules import CHAINS, HAS_RDKIT, RINGS, needs_rdkit, small_molecule_model

from vae_explorer.errors import DataError
from vae_explorer.evaluation.molecules import molecule_anomalies
from vae_explorer.evaluation.molecules.molecule_anomalies import SCORES, Reference
from vae_explorer.molecules import chemistry

pytestmark = needs_rdkit
NORMAL = [str(chemistry.canonical(text)) for text in CHAINS[:24]] if HAS_RDKIT else []


@pytest.fixture(scope="module")
def model():
    """The small one."""
    return small_molecule_model()


@pytest.fixture(scope="module")
def comparison(model):
    """Chains against rings, of which one cannot be read."""
    rings, names = [*RINGS, "C[Si]C"], [*"abcdef", "silane"]
    return molecule_anomalies.compare(model, NORMAL[::2], NORMAL[1::2], rings, names, "Chains.")


def test_scores_without_a_model_are_what_rdkit_says(model):
    scored = Reference(model, ["CCO", "c1ccccc1"]).scored(["CCO", "CCCl"])
    assert scored.scores["heavy_atoms"].tolist() == [3, 3]
    prints = chemistry.fingerprints(["CCO", "CCCl", "c1ccccc1"])
    alike = chemistry.tanimoto(prints, prints)
    # itself does not count: the nearest to CCO is benzene
    wanted = [1 - alike[0, 2], 1 - max(alike[1, 0], alike[1, 2])]
    assert scored.scores["unlike_others"].tolist() == pytest.approx(wanted)


def test_nats_add_up_and_each_score_is_there(comparison):
    scores = comparison.anomalous.scores
    assert set(scores) == set(SCORES) == set(comparison.curves)
    assert torch.allclose(scores["neg_elbo"], scores["reconstruction"] + scores["kl"])
    assert all(values.isfinite().all() for values in scores.values())
    # benzene is written in eight tokens
    assert scores["neg_elbo_per_token"][0] == pytest.approx(scores["neg_elbo"][0].item() / 8)


def test_what_cannot_be_read_is_named_and_has_no_score(comparison):
    (sentence,) = comparison.refused
    assert sentence.startswith("silane: ") and "[Si]" in sentence
    assert comparison.anomalous.names == tuple("abcdef")


def test_threshold_comes_from_the_reference_alone(comparison):
    flagged = comparison.flagged("neg_elbo", 0.5)
    assert flagged.threshold == comparison.reference.scores["neg_elbo"].median().item() or (
        flagged.threshold == torch.quantile(comparison.reference.scores["neg_elbo"], 0.5).item()
    )
    above = (comparison.normal.scores["neg_elbo"] > flagged.threshold).double().mean().item()
    assert flagged.normal == above


def test_a_score_no_better_than_one_without_a_model_is_said_to_be(comparison):
    curves = dict(comparison.curves)
    curves["kl"] = curves["kl"]._replace(auroc=0.8, auroc_high=0.9)
    curves["unlike_others"] = curves["unlike_others"]._replace(auroc=0.9, auroc_high=0.95)
    assert "asks no model" in molecule_anomalies.verdict(curves, "kl")
    curves["kl"] = curves["kl"]._replace(auroc=0.99, auroc_high=1.0)
    curves["heavy_atoms"] = curves["heavy_atoms"]._replace(auroc=0.2, auroc_high=0.3)
    assert molecule_anomalies.verdict(curves, "kl") == ""
    assert "guessing" in molecule_anomalies.verdict(curves, "heavy_atoms")


def test_too_few_molecules_are_refused(model):
    with pytest.raises(DataError, match="1 readable anomalous"):
        molecule_anomalies.compare(model, NORMAL[::2], NORMAL[1::2], ["CCO"], [""], "")


def test_samples_keep_their_order_and_halves_share_nothing():
    texts = [str(i) for i in range(100)]
    drawn = molecule_anomalies.sample(texts, 10, 0)
    assert len(drawn) == 10 and drawn == sorted(drawn, key=int)
    assert drawn == molecule_anomalies.sample(texts, 10, 0)
    first, second = molecule_anomalies.halves(texts)
    assert not set(first) & set(second) and len(first) == len(second) == 50
