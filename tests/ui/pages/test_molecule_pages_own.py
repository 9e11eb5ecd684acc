"""Reconstruct, the anomaly lab and Compare with a model of molecules, as a visitor reads them."""

import dataclasses

import pytest
import torch
from molecules import CHAINS, needs_rdkit, small_molecule_checkpoint
from visible import assert_fine, complaint, pictures

from vae_explorer.config import to_dict
from vae_explorer.models.checkpoints import EncodedSet, save_checkpoint
from vae_explorer.models.molecules import in_smiles
from vae_explorer.molecule_config import MoleculeTrainConfig
from vae_explorer.molecules import chemistry
from vae_explorer.training.runs.run_folder import create_run

pytestmark = needs_rdkit
SCORE = {"value": 0.5, "standard_error": 0.1, "protocol": "by hand"}


def install(name: str = "small") -> str:
    """A small model of molecules with encoded ones, where runs are; returns its key."""

    bare = small_molecule_checkpoint()
    smiles = tuple(str(chemistry.canonical(text)) for text in CHAINS[:40])
    mu, logvar = in_smiles.encode(bare.model, smiles)
    encoded = EncodedSet(mu, logvar, torch.zeros(len(mu), dtype=torch.int64), "test")
    scores = {"exact_reconstruction": SCORE, "validity": SCORE}
    config = MoleculeTrainConfig(model=bare.config, dataset="molecules.smi")
    more = {"encoded": encoded, "smiles": smiles, "scores": scores, "training": to_dict(config)}
    run = create_run(name, config)
    save_checkpoint(dataclasses.replace(bare, **more), run.checkpoint)
    return f"run:{name}"


def text(at) -> str:
    """All that a page says in words."""
    blocks = [*at.main.markdown, *at.main.caption, *at.main.info, *at.main.warning]
    shown = [block.proto.body for block in at.main.get("html")]
    return "\n".join([*(block.value for block in blocks), *shown])


def test_card_of_a_model_of_molecules_speaks_of_molecules(visit):
    at = visit("generate", {"model": install()})
    blocks = [block.proto.body for block in at.sidebar.get("html")]
    card = "\n".join([*blocks, *(block.value for block in at.sidebar.markdown)])
    assert "Training molecules (0: all)" in card and "Data set" in card
    assert not [word for word in ("picture", "Picture", "pixel", "Lattice") if word in card]
    forms = {button.proto.label for button in at.sidebar.get("download_button")}
    assert forms == {"Checkpoint (.safetensors)", "PyTorch state_dict (.pt)"}


def test_a_molecule_goes_in_and_what_comes_out_is_said(visit):
    at = visit("reconstruct", {"model": install(), "smiles": "OCC"})
    assert_fine(at)
    assert "from OCC to CCO" in text(at)
    assert "came back" in text(at) or "not a valid molecule" in text(at)
    assert pictures(at)["CCO"].startswith("data:image/png")
    for part in ("8 draws of the posterior", "KL: ", "Nearest test molecules", "logP"):
        assert part in text(at)
    at.text_input(key="smiles").set_value("CCN").run()
    assert_fine(at)
    assert "CCN" in pictures(at)


@pytest.mark.parametrize(
    ("smiles", "sentence"),
    [
        ("this is not one", "is not a SMILES that RDKit can read"),
        ("CCO.Cl", "is a salt or a mixture"),
        ("C" * 500, "has 500 atoms"),
        ("C[Si](C)C", "which the model has never read"),
        ("C[C@H](N)O", "says how it lies in space"),
        ("C" * 20, "has 20 tokens"),
        ("C" * 100_000, "has 100,000 characters"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(visit, smiles, sentence):
    assert sentence in complaint(visit("reconstruct", {"model": install(), "smiles": smiles}))


def test_nothing_is_no_mistake(visit):
    at = visit("reconstruct", {"model": install()})
    at.text_input(key="smiles").set_value("  ").run()
    assert_fine(at)
    assert "Paste a SMILES" in text(at)


def test_stereo_can_be_left_out_where_only_that_is_unknown(visit):
    at = visit("reconstruct", {"model": install(), "smiles": "CC[C@H](C)O"})
    at.button(key="flat_molecule").click().run()
    assert_fine(at)
    assert at.text_input(key="smiles").value == "CCC(C)O"


def test_a_test_molecule_and_a_well_known_one_can_be_chosen(visit):
    key = install()
    at = visit("reconstruct", {"model": key, "molecule": "Test molecule", "test_molecule": "2"})
    assert_fine(at)
    assert at.number_input(key="test_molecule").value == 2
    at = visit("reconstruct", {"model": key, "molecule": "Test molecule", "test_molecule": "999"})
    assert_fine(at)
    at = visit("reconstruct", {"model": key, "molecule": "A well-known one", "named": "aspirin"})
    assert "tokens" in complaint(at)  # the small model takes sixteen


def test_a_file_becomes_a_table_and_says_what_was_left_out(visit):
    at = visit("reconstruct", {"model": install(), "molecule": "A file"})
    content = b"CCO alcohol\nnonsense\nCCN amine\n"
    at.file_uploader(key="molecule_file").upload("mine.smi", content, "text/plain").run()
    assert_fine(at)
    assert "of 2 molecules came back the same" in text(at) and "nonsense" in text(at)
    assert at.dataframe[0].value["name"].tolist() == ["alcohol", "amine"]


def test_an_empty_file_is_refused_in_a_sentence(visit):
    at = visit("reconstruct", {"model": install(), "molecule": "A file"})
    at.file_uploader(key="molecule_file").upload("mine.smi", b" \n", "text/plain").run()
    assert "is empty" in complaint(at)


def test_the_lab_scores_a_file_against_the_models_own_molecules(visit):
    at = visit("anomalies", {"model": install(), "other_molecules": "A file of mine"})
    content = b"c1ccccc1 benzene\nCc1ccccc1\nClc1ccccc1\nC1CCCCC1\nBrCC1CC1\nC[Si]C silane\n"
    at.file_uploader(key="other_molecules_file").upload("rings.smi", content, "text/plain").run()
    assert_fine(at)
    words = text(at)
    for part in ("AUROC", "asks no model", "6 rows of rings.smi", "Most anomalous", "benzene"):
        assert part in words
    assert any("1 of 6 cannot be read at all" in box.label for box in at.main.expander)
    at.slider(key="quantile").set_value(60.0).run()
    assert_fine(at)


def test_the_lab_says_where_scaffolds_are_to_be_had(visit):
    at = visit(
        "anomalies", {"model": install(), "other_molecules": "Scaffolds that MOSES left out"}
    )
    assert_fine(at)
    assert "vae-explorer download moses" in text(at)


def test_models_of_molecules_stand_beside_each_other(visit):
    key = install()
    install("other")
    at = visit("compare", {"model": key})
    assert_fine(at)
    at.multiselect(key="molecule_models").set_value(["run:other", "run:small"]).run()
    assert_fine(at)
    assert text(at).count(" of 4 the same") == 2
    table = next(
        block.proto.json
        for block in at.main.get("bidi_component")
        if block.proto.component_name == "vae_explorer_score_table"
    )
    for part in ("MOSES' VAE", "JT-VAE", "0.767", "0.977", "exact reconstruction"):
        assert part in table
    before = set(pictures(at))
    at.button(key="other_molecules_shown").click().run()
    assert_fine(at)
    assert set(pictures(at)) != before


def test_compare_of_pictures_leaves_models_of_molecules_out_and_says_so(visit):
    key = install()
    at = visit("compare")
    assert_fine(at)
    assert key not in at.multiselect(key="models").options
    assert "small (run)" not in at.multiselect(key="models").options
    said = next(
        line for line in text(at).splitlines() if "Models of molecules are left out" in line
    )
    assert "small (run)" in said and "moses-3d" in said
