import dataclasses

import pytest
import torch
from molecules import SMILES, needs_rdkit, small_molecule_checkpoint, small_molecule_model

from vae_explorer.config import ModelConfig, to_dict
from vae_explorer.errors import CheckpointError, ConfigError, DataError
from vae_explorer.models.checkpoints import EncodedSet, load_checkpoint, save_checkpoint
from vae_explorer.models.molecules import in_smiles
from vae_explorer.molecule_config import MoleculeConfig, MoleculeTrainConfig, train_config
from vae_explorer.molecules import tokens

KINDS = ["recurrent", "tutorial"]


def stored(model, texts=SMILES):
    return tokens.to_numbers(texts, model.config.tokens, model.config.length)


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_and_ranges(kind):
    model = small_molecule_model(architecture=kind)
    x = model.prepared(stored(model))
    mu, logvar = model.encode(x)
    assert mu.shape == logvar.shape == (len(SMILES), 3)
    decoded = model.decode(mu)
    assert decoded.dtype == torch.int64 and decoded.max() < model.config.token_count
    assert model.stored(decoded).shape == (len(SMILES), 1, model.config.length)
    nll = model.reconstruction_nll(mu.unsqueeze(0).expand(2, -1, -1), x)
    assert nll.shape == (2, len(SMILES)) and nll.min() > 0
    assert nll.max() < model.blank_loss() * 2
    assert torch.allclose(nll[0], nll[1], rtol=1e-4)


def test_how_far_a_batch_is_filled_up_makes_no_difference():
    model = small_molecule_model()
    x = model.prepared(stored(model))
    alone = [model.prepared(stored(model, [text])) for text in SMILES[::20]]
    z = torch.randn(1, len(SMILES), 3)
    with torch.inference_mode():
        mu, nll = model.encode(x)[0][::20], model.reconstruction_nll(z, x)[0, ::20]
        for i, one in enumerate(alone):
            assert torch.allclose(model.encode(one)[0][0], mu[i], atol=1e-5)
            of_one = model.reconstruction_nll(z[:, 20 * i : 20 * i + 1], one)
            assert of_one.item() == pytest.approx(nll[i].item(), abs=1e-4)


def test_likelihood_is_the_product_over_tokens_and_the_end():
    model = small_molecule_model()
    x = model.prepared(stored(model, ["CCO"]))
    z = torch.randn(1, 1, 3)
    logits = model.decoder(z[0], x)[0].log_softmax(dim=1)
    by_hand = -sum(logits[i, n] for i, n in enumerate([*x[0].tolist(), 1]))
    assert model.reconstruction_nll(z, x).item() == pytest.approx(by_hand.item(), abs=1e-4)


def test_likelihoods_of_all_strings_sum_to_at_most_one():
    model = small_molecule_model(tokens=("C", "O"), length=3)
    every = [""] + [a + b + c for a in "CO" for b in ("", "C", "O") for c in ("", "C", "O")]
    every = sorted(set(every))
    x = torch.cat([tokens.to_numbers([t], ("C", "O"), 3).flatten(1) for t in every]).long()
    total = (-model.reconstruction_nll(torch.zeros(1, len(every), 3), x)).exp().sum().item()
    assert 0 < total <= 1 + 1e-6


def test_what_is_written_is_the_likeliest_token_each_time():
    model = small_molecule_model()
    z = torch.randn(5, 3, generator=torch.Generator().manual_seed(1))
    written = model.decode(z)
    for row, point in zip(written, z, strict=True):
        text = row[row.gt(1)]
        logits = model.decoder(point.unsqueeze(0), text.unsqueeze(0))[0]
        length = min(len(text) + 1, written.shape[1])
        assert logits.argmax(dim=1)[:length].tolist() == row[:length].tolist()


def test_picture_operations_are_refused():
    with pytest.raises(TypeError, match="token by token"):
        small_molecule_model().decode_raw(torch.zeros(1, 3))


# settings


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"latent_dim": 0}, "latent_dim must be at least 1"),
        ({"tokens": ("C", "C")}, "must be 250 different ones at most"),
        ({"tokens": ("C", 1)}, "tokens must be short texts"),
        ({"notation": "inchi"}, "notation must be one of smiles, selfies"),
        ({"length": 501}, "length must be at least 0 and at most 500"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ConfigError) as error:
        MoleculeConfig(**settings)
    assert message in str(error.value)


@pytest.mark.parametrize("name", ["augment", "input_dropout"])
def test_settings_of_pictures_are_refused(name):
    with pytest.raises(ConfigError, match=f"{name} is for pictures"):
        MoleculeTrainConfig(**{name: 0.5})
    with pytest.raises(ConfigError, match="is for pictures"):
        MoleculeTrainConfig(objective="lattice", model=MoleculeConfig(latent_dim=2))


def test_settings_survive_json():
    config = MoleculeTrainConfig(model=MoleculeConfig(tokens=("C", "O"), length=7), epoch_size=9)
    assert train_config(to_dict(config)) == config
    assert isinstance(train_config({"model": to_dict(ModelConfig())}).model, ModelConfig)


# checkpoints


def test_checkpoint_comes_back_with_tokens_and_encoded_molecules(tmp_path):
    made = small_molecule_checkpoint()
    mu, logvar = in_smiles.encode_stored(made.model, stored(made.model, SMILES[:5]))
    encoded = EncodedSet(mu, logvar, torch.zeros(5, dtype=torch.int64), "test")
    whole = dataclasses.replace(made, encoded=encoded, smiles=tuple(SMILES[:5]))
    for half in (False, True):
        path = tmp_path / f"{half}.safetensors"
        save_checkpoint(whole, path, half=half)
        read = load_checkpoint(path)
        assert read.config == made.config and read.smiles == tuple(SMILES[:5])
        assert torch.allclose(read.encoded.mu, mu, atol=0 if not half else 1e-3)
        text = in_smiles.decode(made.model, mu)
        assert half or in_smiles.decode(read.model, read.encoded.mu) == text


def test_checkpoint_of_a_newer_kind_or_with_odd_texts_is_refused(tmp_path):
    made = dataclasses.replace(small_molecule_checkpoint(), smiles=("C" * 2_000,))
    save_checkpoint(made, tmp_path / "a.safetensors")
    with pytest.raises(CheckpointError, match="smiles are not readable"):
        load_checkpoint(tmp_path / "a.safetensors")


# SMILES in, SMILES out


@needs_rdkit
def test_smiles_are_read_however_they_are_written():
    model = small_molecule_model()
    one, other = in_smiles.encode(model, ["CCO"]), in_smiles.encode(model, ["OCC"])
    assert torch.equal(one[0], other[0])
    assert in_smiles.objection(model, "CCO") == ""
    for text, message in (("P", "has P"), ("no", "is not a SMILES"), ("C.C", "is a salt")):
        assert message in in_smiles.objection(model, text)
        with pytest.raises(DataError):
            in_smiles.encode(model, ["CCO", text])


@needs_rdkit
def test_what_is_no_molecule_is_shown_as_it_was_written():
    model = small_molecule_model()
    z = torch.randn(20, 3, generator=torch.Generator().manual_seed(0))
    made = in_smiles.decoded(model, z)
    assert [one.text for one in made] == in_smiles.decode(model, z)
    assert any(one.smiles is None for one in made)
