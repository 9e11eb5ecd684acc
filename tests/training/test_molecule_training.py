"""Molecules in the engine that trains on pictures: their run folder, resuming, diagnoses."""

import dataclasses

import pytest
import torch
from molecules import CHAINS, SMALL, quick_training

from vae_explorer.errors import ConfigError
from vae_explorer.models.molecules.molecule_vae import MoleculeVAE
from vae_explorer.molecule_config import MoleculeConfig
from vae_explorer.molecules import molecule_sets, tokens
from vae_explorer.training import diagnostics, run_preparation
from vae_explorer.training.engine import train
from vae_explorer.training.run_execution import execute_run
from vae_explorer.training.runs.run_folder import create_run


@pytest.fixture
def published(monkeypatch):
    """MOSES as a few chains, whatever RDKit would say of them."""
    parts = {"train": CHAINS, "test": CHAINS[:10], "test_scaffolds": CHAINS[:5]}
    monkeypatch.setattr(molecule_sets.moses, "read_split", lambda split, root=None: parts[split])
    return run_preparation.prepare(quick_training("moses"))


def test_preparation_finds_tokens_and_length(published):
    assert published.config.model.tokens == tokens.found_tokens(CHAINS)
    assert published.config.model.length == 16
    assert "SMILES of at most 16 tokens of 7 kinds." in published.notes


def test_loss_falls_and_every_part_learns(published):
    config = dataclasses.replace(published.config, epochs=12, learning_rate=0.02)
    reports = list(train(config, published.dataset.train, published.dataset.validation))
    assert reports[-1].validation.loss < 0.8 * reports[0].validation.loss
    fresh = next(train(published.config, published.dataset.train, published.dataset.validation))
    after = reports[-1].model.state_dict()
    assert all(not torch.equal(v, after[k]) for k, v in fresh.model.state_dict().items())


def test_an_epoch_takes_a_part_of_the_set_and_a_pass_all_of_it(published):
    config = dataclasses.replace(published.config, epochs=3, learning_rate=1e-4)
    seen = []
    split = published.dataset.train
    original = MoleculeVAE.prepared

    def prepared(self, stored):
        seen.extend(tokens.to_texts(stored, config.model.tokens) if self.training else [])
        return original(self, stored)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MoleculeVAE, "prepared", prepared)
        list(train(config, split, published.dataset.validation))
    assert [len(set(seen[:40])), len(seen)] == [40, 108]
    assert set(seen) == set(tokens.to_texts(split.images, config.model.tokens))


def test_resumed_run_ends_as_an_unbroken_one(published):
    config = dataclasses.replace(published.config, epochs=4, average=0.9, kl_annealing="linear")
    parts = published.dataset.train, published.dataset.validation
    whole = list(train(config, *parts))
    first = next(train(config, *parts))
    state = {name: value.clone() for name, value in first.state.items()}
    rest = list(train(config, *parts, resume=state))
    assert [r.epoch for r in rest] == [2, 3, 4]
    assert rest[-1].validation == whole[-1].validation
    last, expected = rest[-1].model.state_dict(), whole[-1].model.state_dict()
    assert all(torch.equal(last[name], value) for name, value in expected.items())


@pytest.mark.parametrize("architecture", ["recurrent", "tutorial"])
def test_run_folder_keeps_molecules_as_it_keeps_pictures(published, architecture):
    model = dataclasses.replace(published.config.model, architecture=architecture)
    run = create_run("molecules", dataclasses.replace(published.config, model=model))
    told = list(execute_run(run, lambda checkpoint, dataset: checkpoint))
    assert run.status().state == "finished" and len(run.metrics()) == len(told) == 2
    assert run.config() == dataclasses.replace(published.config, model=model)
    snapshot, kept = run.snapshot(2), run.snapshot_pictures()
    assert snapshot.mu.shape == (12, 3) and snapshot.reconstructions.shape == (10, 1, 16)
    assert tokens.to_texts(kept.images, model.tokens) == CHAINS[108:118]


def test_collapse_is_diagnosed(published):
    line = {"epoch": 5, "beta": 1.0, "kl_per_dimension": [0.0] * 3, "seconds": 1.0, "epochs": 9}
    figures = {"loss": 30.0, "reconstruction": 30.0, "kl": 0.0}
    lines = [line | {"phase": "main", "train": figures, "validation": figures}] * 3
    found = diagnostics.diagnose(published.config, lines)
    assert found[0].name == "Posterior collapse"


def test_settings_of_molecules_are_checked():
    with pytest.raises(ConfigError, match="lattice is for pictures"):
        quick_training("moses", objective="lattice")
    assert MoleculeConfig(**SMALL.settings()) == SMALL
