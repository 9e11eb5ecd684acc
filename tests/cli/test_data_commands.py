"""Commands about pictures of anybody's: `data show` and `encode`."""

import csv
import dataclasses
import io

import data_forms
import numpy as np
import pytest
import torch
from PIL import Image
from pyarrow import parquet

from vae_explorer.cli import main
from vae_explorer.config import ModelConfig
from vae_explorer.data.datasets import load_dataset, to_unit
from vae_explorer.data.splits import describe
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import Checkpoint, save_checkpoint
from vae_explorer.models.vae import new_model

KINDS = data_forms.kinds()
_, LABELS = data_forms.prepared_digits()


@pytest.fixture
def colour_set(tmp_path):
    """A folder of colour pictures, a folder a class."""
    return data_forms.WRITERS["PNG"](KINDS["colour"], LABELS, tmp_path)


@pytest.fixture
def colour_model(tmp_path, colour_set):
    """The checkpoint file of an untrained model of those pictures, and the model."""
    dataset = load_dataset(str(colour_set))
    config = ModelConfig(encoder=(8,), decoder=(8,), channels=3)
    model = new_model(config, 0).eval()
    checkpoint = Checkpoint(
        model, config, dataset=str(colour_set), classes=dataset.classes, reading=dataset.reading
    )
    path = tmp_path / "colour.safetensors"
    save_checkpoint(checkpoint, path)
    return path, checkpoint


def rows_of(path):
    """The rows of a CSV file, as dictionaries."""
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


def test_data_show_says_all_and_draws_what_the_model_sees(run_main, colour_set, tmp_path):
    sheet = tmp_path / "sheet.png"
    printed = run_main("data", "show", colour_set, "--out", sheet)
    dataset = load_dataset(str(colour_set))
    assert printed.splitlines() == [*describe(dataset), f"wrote {sheet}"]
    assert "40 pictures: 28 to train on, 4 for validation, 8 for testing." in printed
    drawn = np.asarray(Image.open(sheet))
    scale = drawn.shape[1] // (12 * 30 - 2)
    first = dataset.train.images[dataset.train.labels == 0][0].permute(1, 2, 0).numpy()
    small = drawn[::scale, ::scale]
    assert np.array_equal(small[:28, :28], first)


def test_data_show_takes_a_choice_of_how_to_read(run_main, colour_set):
    printed = run_main("data", "show", colour_set, "--colour", "grey", "--size", "16")
    assert "read as grey, 16 × 16 pixels" in printed and "The colour of 28" in printed


def test_data_show_of_a_grey_set_of_one_class(run_main, tmp_path):
    path = data_forms.WRITERS["npy, channels first"](KINDS["16-bit"], LABELS, tmp_path)
    run_main("data", "show", path, "--out", tmp_path / "sheet.png")
    assert np.asarray(Image.open(tmp_path / "sheet.png")).ndim == 2


def test_neighbours_of_one_class_are_no_score_and_that_is_said(run_main, colour_model, tmp_path):
    _, checkpoint = colour_model
    flat = data_forms.WRITERS["flat PNG"](KINDS["colour"], LABELS, tmp_path / "flat")
    alone = dataclasses.replace(checkpoint, dataset=str(flat), classes=("set",))
    save_checkpoint(alone, tmp_path / "alone.safetensors")
    none = ("--iw-samples", "0", "--prior-points", "0", "--gap-images", "0")
    printed = run_main("evaluate", tmp_path / "alone.safetensors", *none, "--lattice-points", "0")
    assert "knn_accuracy is left out: all pictures are of one class" in printed
    assert "colour pixels" in printed and "grey pixels" not in printed


def test_data_show_of_nothing_is_refused(refuse, tmp_path):
    assert "use mnist" in refuse("data", "show", tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    message = refuse("data", "show", tmp_path / "empty", "--out", tmp_path / "sheet.png")
    assert "holds no pictures" in message and not (tmp_path / "sheet.png").exists()


def test_codes_of_a_data_set_are_those_of_its_training_tensors(
    run_main, colour_set, colour_model, tmp_path
):
    path, checkpoint = colour_model
    table = tmp_path / "codes.csv"
    printed = run_main("encode", path, colour_set, "--csv", table)
    rows = {row["file"]: row for row in rows_of(table)}
    assert len(rows) == 40 and f"wrote {table}" in printed
    dataset = load_dataset(str(colour_set))
    result = inference.reconstruct(checkpoint, to_unit(dataset.test.images))
    for i, name in enumerate(dataset.names["test"]):
        row = rows[f"{colour_set}/{name}"]
        assert row["label"] == dataset.classes[dataset.test.labels[i]]
        mu = [float(row[f"mu_{d + 1}"]) for d in range(3)]
        torch.testing.assert_close(torch.tensor(mu), result.mu[i], rtol=1e-3, atol=1e-5)
        assert float(row["reconstruction_nats"]) == pytest.approx(result.nll[i].item(), rel=1e-4)
        assert float(row["kl_nats"]) == pytest.approx(result.kl[i].sum().item(), rel=1e-3, abs=1e-5)


@pytest.mark.parametrize(
    "form", ["zip", "npz", "CSV", "Parquet, files", "IDX, packed", "TIFF stack"]
)
def test_pictures_of_any_form_are_encoded_alike(form, run_main, colour_model, tmp_path):
    folder = tmp_path / "other"
    folder.mkdir()
    source = data_forms.WRITERS[form](KINDS["colour"], LABELS, folder)
    tables = tmp_path / "one.csv", tmp_path / "other.csv"
    run_main("encode", colour_model[0], colour_model[1].dataset, "--csv", tables[0])
    run_main("encode", colour_model[0], source, "--csv", tables[1])
    codes = [sorted(row["mu_1"] for row in rows_of(table)) for table in tables]
    assert codes[0] == codes[1]


def test_parquet_holds_the_same_numbers(run_main, colour_set, colour_model, tmp_path):
    run_main("encode", colour_model[0], colour_set, "--csv", tmp_path / "codes.csv")
    run_main("encode", colour_model[0], colour_set, "--csv", tmp_path / "codes.parquet")
    table = parquet.read_table(tmp_path / "codes.parquet").to_pydict()
    rows = rows_of(tmp_path / "codes.csv")
    assert list(table) == list(rows[0]) and table["file"] == [row["file"] for row in rows]
    np.testing.assert_allclose(table["mu_2"], [float(row["mu_2"]) for row in rows], rtol=1e-5)


def test_picture_files_are_encoded_and_bad_ones_named(run_main, colour_model, tmp_path):
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    good.write_bytes(data_forms.encoded(KINDS["colour"][0]))
    bad.write_bytes(b"no picture")
    printed = run_main("encode", colour_model[0], good, bad, "--csv", tmp_path / "codes.csv")
    assert [row["file"] for row in rows_of(tmp_path / "codes.csv")] == [str(good)]
    assert f"1 could not be used, such as {bad}: The file is damaged" in printed
    assert "label" not in rows_of(tmp_path / "codes.csv")[0]


def test_named_set_is_encoded_as_it_was_trained_on(run_main, checkpoint, tmp_path, digits):
    path = tmp_path / "digits.safetensors"
    save_checkpoint(checkpoint, path)
    run_main("encode", path, "digits", "--csv", tmp_path / "codes.csv")
    rows = rows_of(tmp_path / "codes.csv")
    assert len(rows) == 1797 and rows[5]["file"] == "digits/all[5]"
    every = torch.cat([digits.split(s).images for s in ("train", "validation", "test")])
    mu = inference.reconstruct(checkpoint, to_unit(every)).mu[:, 0]
    codes = torch.tensor([float(row["mu_1"]) for row in rows])
    torch.testing.assert_close(codes.sort().values, mu.sort().values, rtol=1e-3, atol=1e-4)


def test_conditional_model_is_told_the_class_or_refuses(run_main, refuse, capsys, tmp_path):
    config = ModelConfig(encoder=(8,), decoder=(8,), classes=10)
    names = tuple("0123456789")
    checkpoint = Checkpoint(new_model(config, 0).eval(), config, classes=names)
    path = tmp_path / "conditional.safetensors"
    save_checkpoint(checkpoint, path)
    source = data_forms.WRITERS["npz"](KINDS["handwriting"], LABELS, tmp_path)
    run_main("encode", path, source, "--csv", tmp_path / "codes.csv")
    assert len(rows_of(tmp_path / "codes.csv")) == 40
    picture = tmp_path / "one.png"
    picture.write_bytes(data_forms.encoded(KINDS["handwriting"][0]))
    assert main(["encode", str(path), str(picture)]) == 1
    last = capsys.readouterr().err.splitlines()[-1]  # behind the bar of the encoding
    assert last.startswith("error: ") and "the class of the picture is not known" in last
    run_main("encode", path, picture, "--label", 3, "--csv", tmp_path / "codes.csv")
    assert "class from 0 to 9" in refuse("encode", path, picture, "--label", 10)


def test_table_of_another_kind_is_refused_before_anything_is_read(refuse, tmp_path):
    message = refuse("encode", "mnist-3d", tmp_path, "--csv", tmp_path / "codes.xlsx")
    assert "must end in .csv or .parquet" in message


def test_reconstruct_takes_pictures_of_any_model(run_main, colour_model, tmp_path):
    picture = tmp_path / "one.png"
    picture.write_bytes(data_forms.encoded(KINDS["colour"][0]))
    out = tmp_path / "out.png"
    printed = run_main("reconstruct", colour_model[0], picture, "--out", out)
    assert "mu (" in printed and np.asarray(Image.open(out)).ndim == 3


def test_scores_of_a_detector_are_columns(run_main, checkpoint, digits, tmp_path):
    from vae_explorer.evaluation.anomaly_detection import fit

    path = tmp_path / "digits.safetensors"
    detector = fit(checkpoint, digits.train, digits.validation)
    save_checkpoint(dataclasses.replace(checkpoint, detector=detector), path)
    picture = tmp_path / "one.png"
    picture.write_bytes(data_forms.encoded(KINDS["handwriting"][0]))
    run_main("encode", path, picture, "--csv", tmp_path / "codes.csv")
    (row,) = rows_of(tmp_path / "codes.csv")
    assert {f"anomaly_{name}" for name in detector.names} <= set(row)
