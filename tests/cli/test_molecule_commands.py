"""Commands that take a model of molecules, and those that do not."""

import csv
import dataclasses
import json

import pytest
import torch
from molecules import SMILES, needs_rdkit, small_molecule_checkpoint

from vae_explorer.models.checkpoints import EncodedSet, load_checkpoint, save_checkpoint
from vae_explorer.models.foreign import model_door
from vae_explorer.models.molecules import in_smiles
from vae_explorer.molecules import chemistry, tokens


@pytest.fixture
def molecules(tmp_path):
    """A checkpoint with five encoded molecules, and the file that its data set is."""
    made = small_molecule_checkpoint()
    stored = tokens.to_numbers(SMILES[:5], made.config.tokens, made.config.length)
    encoded = EncodedSet(
        *in_smiles.encode_stored(made.model, stored), torch.zeros(5, dtype=torch.int64), "test"
    )
    file = tmp_path / "molecules.smi"
    file.write_text("".join(f"{text} number {i}\n" for i, text in enumerate(SMILES)))
    path = tmp_path / "small.safetensors"
    whole = dataclasses.replace(made, dataset=str(file), encoded=encoded, smiles=tuple(SMILES[:5]))
    save_checkpoint(whole, path)
    return path


def table(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_samples_are_written_valid_or_not(run_main, molecules, tmp_path):
    out = tmp_path / "samples.smi"
    printed = run_main("sample", molecules, "--count", "6", "--out", out)
    lines = out.read_text().splitlines()
    assert len(lines) == 6 and all(f"seed {i}" in line for i, line in enumerate(lines))
    alone = tmp_path / "one.smi"
    run_main("sample", molecules, "--count", "1", "--seed", "4", "--out", alone)
    assert alone.read_text().splitlines() == [lines[4]]
    if chemistry.available():
        not_valid = sum(line.endswith("not valid") for line in lines)
        assert f"{6 - not_valid} of 6 are valid" in printed


@needs_rdkit
def test_table_of_samples_has_their_properties(run_main, molecules, tmp_path):
    out = tmp_path / "samples.csv"
    run_main("interpolate", molecules, "0", "3", "--steps", "4", "--out", out)
    rows = table(out)
    assert len(rows) == 4
    for row in rows:
        if row["valid"] == "yes":
            expected = chemistry.properties([row["SMILES"]])[0]
            assert float(row["logP"]) == pytest.approx(expected[0], abs=1e-4)
        else:
            assert row["logP"] == row["weight"] == ""


@needs_rdkit
def test_codes_of_smiles_and_of_files_are_written(run_main, molecules, tmp_path):
    file, out = tmp_path / "own.csv", tmp_path / "codes.csv"
    file.write_text("name,smiles\nethanol,OCC\nodd,CP\n")
    printed = run_main("encode", molecules, "CCN", file, "--csv", out)
    assert "1 could not be used, such as line 3: CP has P" in printed and "2 molecules" in printed
    rows = table(out)
    assert [(row["SMILES"], row["name"]) for row in rows] == [("CCN", ""), ("CCO", "ethanol")]
    mu, _ = in_smiles.encode(load_checkpoint(molecules).model, ["CCN", "CCO"])
    found = [[float(row[f"mu_{d}"]) for d in (1, 2, 3)] for row in rows]
    assert torch.allclose(torch.tensor(found), mu, atol=1e-5)


@needs_rdkit
def test_codes_are_written_as_parquet_too(run_main, molecules, tmp_path):
    pyarrow = pytest.importorskip("pyarrow.parquet")
    out = tmp_path / "codes.parquet"
    assert "1 molecule\n" in run_main("encode", molecules, "OCC", "--csv", out)
    read = pyarrow.read_table(out).to_pydict()
    assert read["SMILES"] == ["CCO"] and [*read][-1] == "sigma_3"


@needs_rdkit
def test_files_are_reconstructed_and_how_they_were_read_is_said(run_main, molecules, tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("name;smiles\nethanol;OCC\nodd;CP\n")
    lines = run_main("reconstruct", molecules, file).splitlines()
    assert lines[0] == "The columns of own.csv are separated by semicolons."
    assert lines[1].startswith("1 could not be used, such as line 3: CP has P")
    assert lines[2].startswith("CCO -> ")


@needs_rdkit
def test_data_set_of_molecules_is_shown(run_main, refuse, tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("smiles;y\n" + "".join(f"{text};1\n" for text in SMILES))
    printed = run_main("data", "show", file).splitlines()
    assert printed[0].startswith("86 molecules: 61 to train on, 8 for validation, 17 for testing.")
    assert "The columns of own.csv are separated by semicolons." in printed
    assert not [line for line in printed if "ictures" in line]
    assert "has no column 'x'" in refuse("data", "show", file, "--column", "x")
    smi = tmp_path / "own.smi"
    smi.write_text("CCO\n")
    assert "holds 1 different molecule: at least 20" in refuse("data", "show", smi)
    assert "holds molecules, no pictures" in refuse("train", "mnist-3d", "--dataset", smi)
    assert "must be" not in refuse("data", "show", "moses")


@needs_rdkit
def test_molecules_are_written_beside_where_pictures_would_be(
    run_main, molecules, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    run_main("sample", molecules, "--count", "2")
    run_main("interpolate", molecules, "0", "1", "--steps", "3")
    assert len((tmp_path / "samples.smi").read_text().splitlines()) == 2
    assert len((tmp_path / "interpolation.smi").read_text().splitlines()) == 3


def test_molecules_asked_for_as_pictures_are_refused(refuse, molecules, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert ".smi" in refuse("sample", molecules, "--out", "samples.png")
    assert not [*tmp_path.glob("samples.*")]


@needs_rdkit
def test_reconstruction_says_what_came_of_each_molecule(run_main, refuse, molecules):
    printed = run_main("reconstruct", molecules, "OCC", "CCCN")
    assert [line.split(" -> ")[0] for line in printed.splitlines()] == ["CCO", "CCCN"]
    assert "is not a SMILES that RDKit can read" in refuse("reconstruct", molecules, "monday")
    assert "the model never learned" in refuse("reconstruct", molecules, "C[C@H](O)CC")


@needs_rdkit
def test_evaluation_prints_every_figure_with_its_protocol(
    run_main, molecules, tmp_path, monkeypatch
):
    from vae_explorer.evaluation.molecules import molecule_scores

    monkeypatch.setattr(molecule_scores, "SAMPLES", 20)
    told = json.loads(run_main("evaluate", molecules, "--json"))
    assert {"neg_elbo", "kl", "exact_reconstruction", "validity", "walk_validity"} <= set(told)
    assert all(score["protocol"] for score in told.values())
    assert "images" not in json.dumps(told)
    lines = run_main("evaluate", molecules).splitlines()
    assert len(lines) == len(told)
    out = tmp_path / "published.safetensors"
    run_main("publish", molecules, out)
    published = load_checkpoint(out)
    assert len(published.smiles) == len(published.encoded.mu) > 0
    explained = {f"explained_{name}" for name in chemistry.PROPERTIES}
    assert set(published.scores) == set(told) | explained
    assert published.property_head(published.encoded.mu).shape == (len(published.smiles), 4)


@pytest.mark.parametrize("command", ["manifold", "doctor", "anomalies", "posterior"])
def test_commands_about_pictures_say_so(refuse, molecules, tmp_path, command):
    more = {"posterior": [tmp_path / "a.png"]}
    said = refuse(command, molecules, *more.get(command, []))
    assert "small is a model of molecules, not of pictures" in said


def test_model_of_molecules_is_taken_elsewhere(run_main, refuse, molecules, tmp_path):
    for name in ("a.safetensors", "a.pt"):
        run_main("export", molecules, tmp_path / name)
        back = model_door.read_model((tmp_path / name).read_bytes(), name)
        assert back.config == load_checkpoint(molecules).config and back.dataset == ""
        assert back.smiles == tuple(SMILES[:5])
    for name in ("a.zip", "a.html"):
        kind = ["--kind", "onnx"] if name == "a.zip" else []
        said = refuse("export", molecules, tmp_path / name, *kind)
        assert "for models of pictures, and this one makes molecules" in said


def test_molecules_are_no_pictures_to_write(refuse, molecules, tmp_path):
    assert "must end in .smi or .csv" in refuse("sample", molecules, "--out", tmp_path / "a.png")
    along = ["0", "1", "--path", "geodesic", "--out", tmp_path / "a.smi"]
    assert "molecules take straight paths" in refuse("interpolate", molecules, *along)


def test_training_from_the_command_line(run_main, refuse, tmp_path):
    assert '"tokens": []' in run_main("train", "moses-64d", "--dry-run")
    assert "MOSES is not in" in refuse("train", "moses-3d")
    assert "no molecules are called digits" in refuse("train", "moses-3d", "--dataset", "digits")
