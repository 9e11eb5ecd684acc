"""The command that says what a model believes of pictures, and what it refuses."""

import json

import pytest
import torch
from PIL import Image

from vae_explorer.config import ModelConfig
from vae_explorer.models.checkpoints import Checkpoint, save_checkpoint
from vae_explorer.models.vae import new_model


@pytest.fixture
def digit(tmp_path, digits):
    """A picture file of a digit."""
    path = tmp_path / "digit.png"
    Image.fromarray(digits.test.images[0].numpy()).resize((112, 112)).save(path)
    return path


@pytest.fixture
def saved(tmp_path):
    """Writes a small untrained model of these settings."""

    def save(**fields):
        config = ModelConfig(encoder=(8,), decoder=(8,), fourier=4, **fields)
        model = new_model(config, 0).requires_grad_(False)
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
