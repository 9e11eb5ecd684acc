"""Rows of the table: what a file says, what is measured, what may not be believed or compared."""

import csv
import dataclasses
import io

import pytest
from shipped_models import OF_PICTURES

from vae_explorer.cli import main
from vae_explorer.config import to_dict
from vae_explorer.evaluation import model_comparison
from vae_explorer.evaluation.metrics import Score
from vae_explorer.evaluation.model_comparison import COLUMNS, TITLES, Row
from vae_explorer.evaluation.references import REFERENCES
from vae_explorer.models.checkpoints import load_checkpoint, save_checkpoint
from vae_explorer.presets import PRESETS
from vae_explorer.training.runs.model_library import SHIPPED

HOW = "10 test images"


def made(name="a", dataset="mnist", classes=0, source="", **values) -> Row:
    """A row of these scores."""
    scores = {key: Score(value, 0.1, HOW) for key, value in values.items()}
    return Row(name, "VAE", dataset, 3, scores, {"classes": classes}, source)


@pytest.fixture
def scored(checkpoint):
    """scored(scores, training={}) -> a checkpoint whose file says so."""

    def of(scores, training=None):
        return dataclasses.replace(checkpoint, scores=scores, training=training or {})

    return of


def test_row_has_every_score_of_the_file_and_those_of_its_codes(checkpoint):
    row = model_comparison.row("mine", checkpoint)
    assert row.scores["neg_elbo"] == Score(1.0, 0.1, "40 test images")
    assert 0 <= row.value("class_gap") <= row.value("class_told") <= 1
    assert (row.name, row.dataset, row.latent_dim, row.source) == ("mine", "digits", 3, "")


def test_every_shipped_model_has_its_scores_and_every_score_a_protocol():
    for path in OF_PICTURES:
        checkpoint = load_checkpoint(path)
        row = model_comparison.row(path.stem, checkpoint)
        assert set(checkpoint.scores) | {"class_told", "class_gap"} == set(row.scores)
        assert all(score.protocol for score in row.scores.values())
        assert set(row.scores) <= set(TITLES)


def test_unknown_scores_are_left_out(scored):
    score = {"value": 1.0, "standard_error": None, "protocol": HOW}
    assert "vibes" not in model_comparison.row("mine", scored({"vibes": score})).scores


@pytest.mark.parametrize(
    ("settings", "training", "kind"),
    [
        ({}, {}, "VAE"),
        ({}, {"beta": 4.0}, "β-VAE, β = 4"),
        ({}, {"objective": "iwae", "samples": 5}, "IWAE, K = 5"),
        ({}, {"objective": "lattice"}, "lattice VAE"),
        ({}, {"objective": "iwae", "polish_objective": "lattice"}, "lattice VAE"),
        ({"classes": 10}, {}, "conditional VAE"),
        ({"classes": 10}, {"beta": 0.5}, "conditional β-VAE, β = 0.5"),
        ({"variational": False}, {"beta": 2.0}, "autoencoder"),
        ({}, {"beta": "four"}, "VAE"),
        ({}, {"beta": -1, "epochs_done": "many"}, "VAE"),
    ],
)
def test_kind_is_told_in_a_few_words(small, settings, training, kind):
    checkpoint = dataclasses.replace(small(**settings), training=training)
    settings = model_comparison.settings_of(checkpoint)
    assert model_comparison.kind_of(checkpoint.config, settings) == kind


def test_settings_are_those_of_training_and_model(small):
    preset = PRESETS["mnist-beta4-3d"]
    said = to_dict(preset) | {"epochs_done": 72, "seconds": 9.5, "run": "mine"}
    known = model_comparison.settings_of(dataclasses.replace(small(), training=said))
    assert (known["beta"], known["epochs_done"], known["encoder"]) == (4.0, 72, (8,))
    assert "run" not in known and "model" not in known
    assert model_comparison.settings_of(small()) == to_dict(small().config)


def test_best_is_of_one_data_set_and_one_protocol_among_its_like():
    rows = [
        made("good", neg_elbo=100.0, knn_accuracy=0.8, kl=1.0),
        made("poor", neg_elbo=110.0, knn_accuracy=0.9, kl=2.0),
        made("told", neg_elbo=90.0, knn_accuracy=0.99, classes=10),
        made("published", neg_elbo=80.0, source="a paper"),
        made("elsewhere", dataset="digits", neg_elbo=70.0),
        made("other", neg_elbo=60.0)._replace(scores={"neg_elbo": Score(60.0, 0.1, "5 images")}),
    ]
    assert model_comparison.best(rows) == {(0, "neg_elbo"), (1, "knn_accuracy")}


def of(likelihood, row):
    """A row as of a model of these pixels."""
    return row._replace(settings=row.settings | {"likelihood": likelihood})


def test_nats_of_two_likelihoods_are_not_compared_but_neighbours_are():
    rows = [
        of("bernoulli", made("a", neg_elbo=100.0, knn_accuracy=0.9)),
        of("bernoulli", made("b", neg_elbo=110.0, knn_accuracy=0.8)),
        of("gaussian", made("c", neg_elbo=-550.0, knn_accuracy=0.95)),
        of("gaussian", made("d", neg_elbo=-500.0, knn_accuracy=0.7)),
    ]
    assert model_comparison.best(rows) == {(0, "neg_elbo"), (2, "neg_elbo"), (2, "knn_accuracy")}


def test_exact_likelihood_stands_beside_the_encoder_free_one_and_has_a_best():
    """Its protocol ends with an error that no two models share."""
    first, second = made("a", exact_nll=112.0), made("b", exact_nll=114.0, prior_nll=114.9)
    exact = Score(114.0, 0.1, f"{HOW}; each image's error 0.02 nats")
    second.scores["exact_nll"] = exact
    first.scores["exact_nll"] = Score(112.0, 0.1, f"{HOW}; each image's error 0.01 nats")
    rows = [first, second]
    head, _, best, _ = model_comparison.markdown(rows)
    assert "| encoder-free NLL | exact NLL |" in head and "**112.00 ± 0.10**" in best
    assert model_comparison.protocols(rows)["exact_nll"][exact.protocol] == ["b"]


def test_plane_is_of_one_likelihood():
    rows = [of(name, made(name, kl=9.0, reconstruction=99.0)) for name in ("bernoulli", "gaussian")]
    for name in ("bernoulli", "gaussian"):
        assert [p.name for p in model_comparison.rate_distortion(rows, "mnist", name)] == [name]


def test_points_of_the_plane_add_up_to_the_bound():
    rows = [
        model_comparison.row(p.stem, load_checkpoint(p)) for p in sorted(SHIPPED.glob("mnist-*d.*"))
    ]
    points = model_comparison.rate_distortion([*rows, *REFERENCES], "mnist")
    assert {point.name for point in points} == {row.name for row in rows}
    for row, point in zip(rows, points, strict=True):
        if point.rate is None:
            assert row.kind == "autoencoder"
        else:
            assert point.rate + point.distortion == pytest.approx(row.value("neg_elbo"), abs=1e-3)
    assert model_comparison.rate_distortion(rows, "digits") == []


def test_table_as_csv_comes_back_with_every_score_error_and_protocol(checkpoint):
    rows = [model_comparison.row("mine", checkpoint), *REFERENCES]
    back = list(csv.DictReader(io.StringIO(model_comparison.to_csv(rows))))
    assert [line["model"] for line in back] == [row.name for row in rows]
    for line, row in zip(back, rows, strict=True):
        for name in TITLES:
            score = row.scores.get(name)
            if score is None:
                assert line[name] == line[f"{name}_se"] == line[f"{name}_protocol"] == ""
            elif not isinstance(score.value, list):
                assert float(line[name]) == score.value
                assert line[f"{name}_protocol"] == score.protocol
                assert line[f"{name}_se"] == ("" if score[1] is None else str(score[1]))
        assert line["source"] == row.source and line["link"] == row.link


def test_list_of_figures_is_one_cell(scored):
    raw = {"value": [3.5, 2.25], "standard_error": None, "protocol": HOW}
    text = model_comparison.to_csv(
        [model_comparison.row("mine", scored({"kl_per_dimension": raw}))]
    )
    (line,) = csv.DictReader(io.StringIO(text))
    assert line["kl_per_dimension"] == "3.5 2.25"


@pytest.mark.parametrize("name", ['=HYPERLINK("x")', "+1", "-1", "@x", '"quoted, name"\nsecond'])
def test_no_name_becomes_a_formula_or_breaks_the_table(name):
    (line,) = csv.DictReader(io.StringIO(model_comparison.to_csv([made(name, kl=1.0)])))
    assert line["model"].removeprefix("'") == name
    assert line["model"][0] not in "=+-@"


def test_markdown_has_a_line_a_row_and_a_cell_a_score():
    rows = [made("a", neg_elbo=100.0), made("b", neg_elbo=101.0, kl=3.0)]
    head, rule, first, second = model_comparison.markdown(rows)
    assert head == "| model | kind | data set | D | −ELBO | KL |"
    assert rule.count("---") == 6
    assert first == "| a | VAE | mnist | 3 | **100.00 ± 0.10** | – |"
    assert second == "| b | VAE | mnist | 3 | 101.00 ± 0.10 | 3.00 ± 0.10 |"


def test_protocols_name_the_models_they_hold_for():
    rows = [made("a", kl=1.0), made("b", kl=2.0)]
    rows.append(rows[0]._replace(name="c", scores={"kl": Score(1.0, None, "otherwise")}))
    assert model_comparison.protocols(rows) == {"kl": {HOW: ["a", "b"], "otherwise": ["c"]}}


@pytest.mark.parametrize("row", REFERENCES, ids=lambda row: row.name)
def test_published_figure_says_where_it_stands_and_how_it_was_measured(row):
    assert row.link.startswith("https://") and row.source
    ((name, score),) = row.scores.items()
    assert name in COLUMNS and 50 < score.value < 200
    assert row.source in score.protocol and len(score.protocol) > len(row.source) + 20


def test_published_names_are_told_apart():
    assert len({row.name for row in REFERENCES}) == len(REFERENCES)


# The command


@pytest.fixture
def saved(tmp_path, checkpoint):
    """The file of a small model with a score."""
    path = tmp_path / "mine.safetensors"
    save_checkpoint(checkpoint, path)
    return path


def test_command_prints_the_table_its_protocols_and_what_settings_change(capsys):
    names = ["mnist-plain-3d", "mnist-beta4-3d"]
    assert main(["compare", *names]) == 0
    printed = capsys.readouterr().out
    for name in names:
        assert f"| {name} |" in printed
    assert "- 10,000 test images, grey pixels, one posterior sample, seed 0" in printed
    assert "β: With β = 4 in place of 1, KL falls from" in printed
    assert "also differ" not in printed
    assert REFERENCES[1].source in printed


def test_command_takes_files_and_writes_the_whole_table(capsys, saved, tmp_path):
    to = tmp_path / "table.csv"
    assert main(["compare", str(saved), "digits-3d", "--csv", str(to)]) == 0
    assert capsys.readouterr().out.endswith(f"wrote {to}\n")
    back = list(csv.DictReader(io.StringIO(to.read_text("utf-8"))))
    assert [line["model"] for line in back[:2]] == ["mine", "digits-3d"]
    assert len(back) == 2 + len(REFERENCES)


def test_command_without_models_shows_all_at_hand(capsys):
    assert main(["compare"]) == 0
    printed = capsys.readouterr().out
    assert all(f"| {path.stem} |" in printed for path in OF_PICTURES)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such-model"], "no-such-model cannot be read"),
        (["digits-3d", "--csv", "/nowhere/at/all.csv"], "cannot be written"),
    ],
)
def test_command_that_cannot_be_carried_out_is_one_sentence(capsys, arguments, said):
    assert main(["compare", *arguments]) == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("error: ") and said in line and line.endswith(".")


def test_full_disk_leaves_no_half_table(capsys, monkeypatch, tmp_path):
    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(tmp_path), "replace", full)
    assert main(["compare", "digits-3d", "--csv", str(tmp_path / "table.csv")]) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
