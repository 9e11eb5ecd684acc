"""What one setting changes: which pair is taken, and that the sentence holds its figures."""

import dataclasses

import pytest

from vae_explorer.config import ModelConfig, TrainConfig, to_dict
from vae_explorer.evaluation import ablation, model_comparison
from vae_explorer.evaluation.metrics import Score
from vae_explorer.evaluation.model_comparison import Row
from vae_explorer.evaluation.references import REFERENCES

BASE = TrainConfig()
FIGURES = {"neg_elbo": 100.0, "kl": 10.0, "reconstruction": 90.0, "iw_nll": 98.0}
FIGURES |= {"knn_accuracy": 0.9, "active_units": 3.0, "prior_nll": 97.0}


def made(name: str, figures: dict | None = None, model: dict | None = None, **training) -> Row:
    """A model of these settings with these scores."""
    config = dataclasses.replace(ModelConfig(), **(model or {}))
    settings = to_dict(dataclasses.replace(BASE, **training)) | to_dict(config)
    settings.pop("model")
    values = FIGURES | (figures or {})
    scores = {key: Score(value, None, "40 test images") for key, value in values.items()}
    kind = model_comparison.kind_of(config, settings)
    return Row(name, kind, "mnist", config.latent_dim, scores, settings)


def found(rows, about):
    """The finding about one setting."""
    return next((f for f in ablation.findings(rows, "mnist") if f.about == about), None)


PLAIN = made("plain")
CHANGED = {
    "β": made("four", {"kl": 6.0, "reconstruction": 97.0, "neg_elbo": 103.0}, beta=4.0),
    "IWAE": made("five", {"iw_nll": 95.0}, objective="iwae", samples=5),
    "Lattice": made(
        "summed", {"prior_nll": 94.0}, objective="lattice", lattice_points=2048, encoder_epochs=3
    ),
    "Conditioning": made("told", {"knn_accuracy": 0.2}, {"classes": 10}),
    "No KL term": made("bare", {"reconstruction": 85.0}, {"variational": False}),
}


@pytest.mark.parametrize("about", CHANGED)
def test_each_setting_has_its_sentence_and_models(about):
    finding = found([PLAIN, *CHANGED.values()], about)
    assert finding.models == ("plain", CHANGED[about].name)
    assert finding.text.endswith(".") and "\n" not in finding.text
    assert finding.other_differences == ""


def test_figures_stand_in_the_sentence_and_move_the_way_it_says():
    text = found([PLAIN, CHANGED["β"]], "β").text
    assert text.startswith("With β = 4 in place of 1, KL falls from 10.00 to 6.00 nats")
    assert "reconstruction rises from 90.00 to 97.00 nats" in text
    assert "5-NN accuracy stays at 0.900" in text
    halved = made("half", {"kl": 12.0}, beta=0.5)
    assert "KL rises from 10.00 to 12.00" in found([PLAIN, halved], "β").text


def test_lattice_says_what_became_of_decoder_and_encoder():
    text = found([PLAIN, CHANGED["Lattice"]], "Lattice").text
    assert "a lattice of 2,048 points" in text
    assert "encoder-free NLL falls from 97.00 to 94.00 nats; −ELBO stays at 100.00 nats" in text
    polished = made("polished", polish_epochs=2, polish_objective="lattice")
    assert found([PLAIN, polished], "Lattice").models == ("plain", "polished")


def test_most_alike_pair_is_taken_and_what_is_unlike_is_told():
    wide = made("wide", model={"encoder": (2048, 1024)}, epochs=700)
    finding = found([wide, CHANGED["β"]], "β")
    assert finding.models == ("wide", "four")
    assert "epochs 700 and 10" in finding.other_differences
    assert "encoder 2048-1024 and 1024-512" in finding.other_differences
    assert found([wide, PLAIN, CHANGED["β"]], "β").models == ("plain", "four")


def test_seed_and_threads_make_no_difference():
    assert found([made("plain", seed=4, threads=2), CHANGED["β"]], "β").other_differences == ""


def test_models_that_differ_in_two_of_the_settings_show_neither():
    both = made("both", model={"classes": 10}, beta=4.0)
    assert ablation.findings([PLAIN, both], "mnist") == []


def test_sizes_are_told_by_the_best_plain_model_of_each():
    rows = [
        PLAIN,
        made("poor", {"neg_elbo": 140.0}),
        made("ten", {"neg_elbo": 95.0, "active_units": 7.0}, {"latent_dim": 10}),
        CHANGED["Conditioning"],
    ]
    finding = found(rows, "Latent size")
    assert finding.models == ("plain", "ten")
    assert finding.text.startswith("With 3 and 10 coordinates, −ELBO is 100.00 and 95.00 nats")
    assert "of the 10 only 7 are active" in finding.text


def test_models_of_another_likelihood_are_not_held_against():
    gaussian = {"likelihood": "gaussian"}
    rows = [made("mean", {"neg_elbo": -550.0}, gaussian), CHANGED["β"]]
    assert ablation.findings(rows, "mnist") == []
    rows += [PLAIN, made("large", {"neg_elbo": -600.0}, gaussian | {"latent_dim": 10})]
    assert found(rows, "β").models == ("plain", "four")
    finding = found(rows, "Latent size")
    assert finding.models == ("mean", "large") and "and Gaussian pixels" in finding.text


def test_nothing_is_found_across_data_sets_without_scores_or_in_published_figures():
    elsewhere = CHANGED["β"]._replace(dataset="digits")
    bare = CHANGED["β"]._replace(scores={})
    assert ablation.findings([PLAIN, elsewhere, bare, *REFERENCES], "mnist") == []


def test_model_of_unknown_training_is_never_the_plain_one():
    unknown = PLAIN._replace(name="unknown", settings=to_dict(ModelConfig()))
    assert ablation.findings([unknown, CHANGED["β"]], "mnist") == []
    assert found([unknown, PLAIN, CHANGED["β"]], "β").models == ("plain", "four")
