"""The command that says what a model believes of pictures, and what it refuses."""

import json
import math

import pytest
import torch
from PIL import Image

from vae_explorer.cli import main
from vae_explorer.config import ModelConfig
from vae_explorer.latent.lattice import prior_lattice
from vae_explorer.models.checkpoints import Checkpoint, save_checkpoint
from vae_explorer.models.vae import new_model

QUICK = ["--iw-samples", "0", "--prior-points", "0", "--gap-images", "0", "--lattice-points", "64"]
ANOMALIES = ["--corruption", "noise", "--most", "20", "--score", "exact_nll"]


@pytest.fixture
def digit(tmp_path, digits):
    """A picture file of a digit."""
    path = tmp_path / "digit.png"
    Image.fromarray(digits.test.images[0].numpy()).resize((112, 112)).save(path)
    return path


@pytest.fixture
def saved(tmp_path):
    """Writes a small untrained model of these settings, spoilt."""

    def save(spoil=None, **fields):
        config = ModelConfig(encoder=(8,), decoder=(8,), fourier=4, **fields)
        model = new_model(config, 0).requires_grad_(False)
        if spoil is not None:
            spoil(model)
        save_checkpoint(Checkpoint(model, config, dataset="digits"), tmp_path / "m.safetensors")
        return tmp_path / "m.safetensors"

    return save


def test_picture_gets_its_evidence_its_posterior_and_both_gaps(run_main, saved, digit):
    printed = run_main("posterior", saved(), digit, digit, "--lattice-points", "64")
    first, exact, encoder, gaps = printed.splitlines()[:4]
    assert len(printed.splitlines()) == 8
    assert first.startswith(f"{digit}: log p(x) -") and "±" in first and "ELBO -" in first
    assert all(word in exact for word in ("mean (", "sigma (", "mode ("))
    assert all(word in encoder for word in ("mu (", "sigma ("))
    assert "approximation " in gaps and "amortisation " in gaps


def test_json_holds_the_same_and_adds_up(run_main, saved, digit):
    (found,) = json.loads(
        run_main("posterior", saved(), digit, "--json", "--lattice-points", "4096")
    )
    assert found["picture"] == str(digit)
    lost = found["approximation_gap"] + found["amortisation_gap"]
    assert found["log_evidence"] - found["elbo"] == pytest.approx(lost, abs=1e-3)
    assert found["amortisation_gap"] >= 0
    assert len(found["mean"]) == len(found["mode"]) == len(found["encoder_sigma"]) == 3
    covariance = torch.tensor(found["covariance"])
    sigma = torch.tensor(found["sigma"])
    torch.testing.assert_close(covariance.diagonal().sqrt(), sigma)


@pytest.mark.parametrize(
    ("fields", "flags", "message"),
    [
        ({"latent_dim": 4}, [], "iw_nll"),
        ({"variational": False}, [], "plain autoencoder"),
        ({"classes": 10}, [], "give a class"),
        ({"classes": 10}, ["--label", "10"], "give a class"),
        ({}, ["--lattice-points", "100"], "power of two"),
        ({}, ["--seed", "-1"], "seed must be"),
    ],
)
def test_what_has_no_exact_posterior_is_refused(refuse, saved, digit, fields, flags, message):
    assert message.lower() in refuse("posterior", saved(**fields), digit, *flags).lower()


def test_conditional_model_is_asked_under_its_class(run_main, saved, digit):
    path, few = saved(classes=10), ["--lattice-points", "64"]
    one, two = (run_main("posterior", path, digit, "--label", y, *few) for y in "12")
    assert one != two


def test_lattice_that_does_not_fit_into_memory_is_said_and_still_serves(
    run_main, saved, digit, monkeypatch, capsys
):
    few = ["--lattice-points", "64"]
    path = saved()
    expected = run_main("posterior", path, digit, *few)
    monkeypatch.setattr(prior_lattice.shortage, "__defaults__", (1000,))
    monkeypatch.setitem(prior_lattice.decoded_lattice.__kwdefaults__, "max_bytes", 1000)
    assert main(["posterior", str(path), str(digit), *few]) == 0
    out, err = capsys.readouterr()
    assert out == expected
    assert "64 decoded points take 0 MB" in err and "fewer --lattice-points" in err


def test_gaussian_pixels_have_an_exact_posterior(run_main, saved, digit):
    path = saved(likelihood="gaussian", pixel_scale=0.1)
    assert "log p(x) " in run_main("posterior", path, digit, "--lattice-points", "64")


@pytest.mark.parametrize(
    "command", [["posterior"], ["evaluate"], ["anomalies", "--corruption=noise"]]
)
def test_weights_that_are_no_numbers_are_named(refuse, saved, digit, command):
    path = saved(spoil=lambda model: model.decoder[-1].bias.fill_(math.nan))
    arguments = [digit] if command == ["posterior"] else []
    said = refuse(command[0], path, *arguments, *command[1:])
    assert "decoder.3.bias holds values that are not finite numbers" in said


def test_decoder_that_gives_no_numbers_is_named_before_minutes_of_measuring(refuse, saved):
    path = saved(spoil=lambda model: model.decoder[-1].weight.fill_(3e38))
    assert "the model is damaged or its training failed" in refuse("evaluate", path, *QUICK)


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("posterior", "no point of the latent space explains picture 1"),
        ("evaluate", "no point of the latent space explains picture 1"),
        ("anomalies", "that are no usable numbers: choose another one"),
    ],
)
def test_picture_that_no_point_explains_is_named(saved, digit, capsys, command, sentence):
    path = str(saved(spoil=lambda model: model.decoder[-1].bias.fill_(-3e38)))
    flags = {"posterior": [str(digit)], "evaluate": QUICK, "anomalies": ANOMALIES}[command]
    assert main([command, path, *flags]) == 1
    last = capsys.readouterr().err.splitlines()[-1]  # behind the bars of progress
    assert last.startswith("error: ") and sentence in last and last.endswith(".")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"latent_dim": 4}, "at most 3 coordinates, this one has 4"),
        ({"variational": False}, "plain autoencoder has no prior"),
        ({"likelihood": "gaussian"}, "no likelihood of pixels"),
    ],
)
def test_evaluation_says_why_there_is_no_exact_likelihood(run_main, saved, fields, sentence):
    printed = run_main("evaluate", saved(**fields), *QUICK)
    (line,) = (line for line in printed.splitlines() if line.startswith("exact_nll"))
    assert sentence in line and line.split()[1] == "–"


@pytest.mark.parametrize(
    "fields", [{"classes": 10}, {"likelihood": "gaussian", "pixel_scale": 0.1}], ids=str
)
def test_evaluation_of_conditional_and_gaussian_models_has_the_exact_likelihood(
    run_main, saved, fields
):
    found = json.loads(run_main("evaluate", saved(**fields), "--json", *QUICK))
    assert "lattice of 64 points" in found["exact_nll"]["protocol"]


@pytest.mark.parametrize(
    "fields", [{}, {"classes": 10}, {"likelihood": "gaussian", "pixel_scale": 0.1}], ids=str
)
def test_anomalies_are_told_by_the_exact_likelihood(run_main, saved, fields):
    found = json.loads(run_main("anomalies", saved(**fields), "--json", *ANOMALIES))
    assert found["score"] == "exact_nll" and "exact_nll" in found["auroc_by_score"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"latent_dim": 4}, "exact_nll is for models of at most 3 coordinates, this one has 4"),
        ({"variational": False}, "a plain autoencoder has no exact_nll"),
    ],
)
def test_anomalies_without_an_exact_likelihood_are_refused(refuse, saved, fields, sentence):
    assert sentence in refuse("anomalies", saved(**fields), *ANOMALIES)


def test_anomalies_of_a_model_published_before_the_score_say_so(refuse):
    said = refuse("anomalies", "digits-3d", "--corruption", "noise", "--score", "exact_nll")
    assert "published before there was exact_nll: publish it again" in said
