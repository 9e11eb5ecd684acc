"""Compare without a browser: which models, which digits, what stands in the table."""

import dataclasses
import json
import re

import pytest
from model_kinds import KINDS
from shipped_models import OF_PICTURES
from visible import assert_fine, complaint, described, pictures

from vae_explorer.evaluation import model_comparison
from vae_explorer.evaluation.references import REFERENCES
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.runs.model_library import list_models
from vae_explorer.training.runs.run_folder import Run, runs_root
from vae_explorer.ui.pages.compare import all_models, compare_charts
from vae_explorer.ui.shared import widgets

ODD = [  # test_models.py has the other kinds
    *["1-D", "64-D, fewer points than axes", "conditional with few class names", "300 classes"],
    *["no encoded set", "one encoded picture", "a single class", "large pictures"],
]
FIRST = ["mnist-3d", "mnist-beta4-3d", "mnist-autoencoder-3d"]


def scores(at) -> dict:
    """What the table was given."""
    (text,) = (
        block.proto.json
        for block in at.main.get("bidi_component")
        if block.proto.component_name == "vae_explorer_score_table"
    )
    return json.loads(text)


def chosen(at) -> list[str]:
    """The models beside each other."""
    return at.multiselect(key="models").value


def pictured():
    """The models at hand that make pictures."""
    stems = {path.stem for path in OF_PICTURES}
    return [entry for entry in list_models() if entry.key in stems]


def test_three_models_stand_beside_each_other_at_first(visit):
    at = visit("compare")
    assert_fine(at)
    assert chosen(at) == FIRST
    for name in FIRST:
        assert f"<b>{name}</b>" in "".join(block.proto.body for block in at.main.get("html"))


def test_the_current_model_comes_first_with_others_of_its_data(visit):
    at = visit("compare", {"model": "mnist-10d"})
    assert chosen(at)[0] == "mnist-10d" and len(chosen(at)) == 3
    assert chosen(visit("compare", {"model": "digits-3d"})) == ["digits-3d"]


def test_link_chooses_the_models(visit):
    at = visit("compare", {"models": ["mnist-2d", "mnist-3d"]})
    assert_fine(at)
    assert chosen(at) == ["mnist-2d", "mnist-3d"]


def test_models_of_one_data_set_but_other_picture_sizes_show_their_own(visit, small, install):
    for side in (28, 16):
        install(small(image_size=side), f"side{side}")
    titles = ["side28 (run)", "side16 (run)"]
    at = visit("compare", {"models": titles})
    assert_fine(at)
    (message,) = (info.value for info in at.info if "hold different pictures" in info.value)
    assert "cannot be compared" not in message  # they are of one data set
    for title in titles:
        assert described(at, f"10 pictures: {title}")


def test_exact_likelihood_is_a_column_with_its_protocol(visit, checkpoint, install):
    score = {"value": 114.0, "standard_error": 0.4, "protocol": "1,000 test images, a lattice"}
    install(
        dataclasses.replace(checkpoint, scores=checkpoint.scores | {"exact_nll": score}), "mine"
    )
    table = scores(visit("compare"))
    columns = [column["title"] for column in table["columns"]]
    (row,) = (row for row in table["rows"] if row["name"].startswith("mine"))
    cell = row["cells"][columns.index("exact NLL")]
    assert cell["text"] == "114.00 ± 0.40" and "1,000 test images, a lattice" in cell["protocol"]
    assert row["cells"][columns.index("encoder-free NLL")] is None


def test_same_digits_are_shown_with_every_model(visit):
    at = visit("compare", {"models": ["mnist-2d", "mnist-3d"]})
    alts = list(pictures(at))
    assert any(alt.startswith("10 pictures: mnist-2d, mnist-3d") for alt in alts)
    before = described(at, "10 pictures")
    button = next(b for b in at.button if b.key.startswith("others "))
    button.click().run()
    assert_fine(at)
    assert described(at, "10 pictures") != before


def test_models_of_different_pictures_are_told_apart(visit):
    at = visit("compare", {"models": ["mnist-3d", "digits-3d"]})
    assert_fine(at)
    (message,) = at.info
    assert "different pictures (of MNIST and scikit-learn's digits)" in message.value
    assert len([b for b in at.button if b.key.startswith("others ")]) == 2


@pytest.mark.parametrize("models", [[], ["mnist-3d"], ["no such model"]])
def test_few_or_unknown_models_leave_the_table(visit, models):
    at = visit("compare", {"models": models or ""})
    assert_fine(at)
    assert len(scores(at)["rows"]) == len(OF_PICTURES) + len(REFERENCES)


def test_table_has_every_shipped_model_and_published_figure_with_its_protocol(visit):
    table = scores(visit("compare"))
    names = [row["name"] for row in table["rows"]]
    assert names == [entry.title for entry in pictured()] + [r.name for r in REFERENCES]
    assert [row["name"] for row in table["rows"] if row["chosen"]] == sorted(FIRST, key=names.index)
    for row in table["rows"]:
        cells = [cell for cell in row["cells"] if cell]
        assert cells
        for cell in cells:
            assert row["name"] in cell["protocol"] and cell["text"] in cell["protocol"]
            assert len(cell["protocol"]) > 40
    rows = [model_comparison.row(e.title, load_checkpoint(e.path)) for e in pictured()]
    costs = {r.scores["neg_elbo"].value: r for r in rows if r.scores.keys() >= {"neg_elbo"}}
    lowest = model_comparison.text_of(costs[min(costs)], "neg_elbo")
    best = [c for row in table["rows"] for c in row["cells"] if c and c["best"]]
    assert lowest in {cell["text"] for cell in best}


def test_plane_names_every_model_where_no_other_name_or_point_is(monkeypatch):
    drawn = []
    monkeypatch.setattr(widgets, "chart", lambda spec, rows, alt: drawn.append(rows))
    rows = [model_comparison.row(e.title, load_checkpoint(e.path)) for e in pictured()]
    points = model_comparison.rate_distortion(rows, "mnist")
    compare_charts.rate_distortion(points, {"mnist-3d"})
    named = [row for row in drawn[0] if row["what"] == "model"]
    assert {row["model"] for row in named} == {p.name for p in points if p.rate is not None}
    assert [row["model"] for row in named if row["colour"] == compare_charts.CHOSEN] == ["mnist-3d"]
    (bare,) = (row for row in drawn[0] if row["what"] == "bare")
    assert bare["model"] == "mnist-autoencoder-3d (no KL)" and bare["bound"] is None
    assert len({(row["kl"], row["reconstruction"], row["dy"]) for row in named}) == len(named)
    for row in drawn[0]:
        if row["what"] == "level":
            assert row["kl"] + row["reconstruction"] == pytest.approx(row["level"])


def test_plane_of_one_model_has_lines_to_read_it_by(monkeypatch):
    drawn = []
    monkeypatch.setattr(widgets, "chart", lambda spec, rows, alt: drawn.append(rows))
    compare_charts.rate_distortion([model_comparison.Point("a", "VAE", 7.0, 120.0, False)], set())
    assert len({row["level"] for row in drawn[0] if row["what"] == "level"}) >= 2
    compare_charts.rate_distortion(
        [model_comparison.Point("a", "autoencoder", None, 120.0, False)], set()
    )
    assert len(drawn) == 1  # without a rate there is no plane


def test_findings_name_the_models_they_come_from(visit):
    text = "\n".join(block.value for block in visit("compare").markdown)
    for about in ("β", "IWAE", "Conditioning", "No KL term", "Latent size"):
        assert f"**{about}.** " in text


@pytest.mark.parametrize("kind", ODD)
def test_any_kind_of_model_stands_beside_a_shipped_one(visit, small, install, kind):
    key = install(small(**KINDS[kind]))
    at = visit("compare", {"models": ["small (run)", "digits-3d"]})
    assert_fine(at)
    assert chosen(at) == [key, "digits-3d"]
    assert scores(at)["rows"][-len(REFERENCES) - 1]["name"] == "small (run)"


def test_damaged_model_costs_one_sentence_and_no_more(visit, small, install):
    install(small(), "broken")
    Run(runs_root() / "broken").checkpoint.write_bytes(b"not a model")
    at = visit("compare")
    assert_fine(at)
    assert "broken (run) cannot be read." in [block.value for block in at.caption]
    at.multiselect(key="models").set_value(["mnist-3d", "run:broken"]).run()
    assert "safetensors" in complaint(at)


def test_table_can_be_kept_as_csv(visit):
    (button,) = (b for b in visit("compare").get("download_button") if "CSV" in b.proto.label)
    assert button.proto.label == "Table (CSV)"


def test_each_score_says_which_way_is_good(visit):
    columns = scores(visit("compare"))["columns"]
    assert len(columns) >= 8
    for column in columns:
        assert re.search(r": (lower|higher|neither)\b", column["about"]), column


def test_pictures_and_coordinates_are_explained_in_words(visit):
    at = visit("compare", {"models": ["mnist-2d", "mnist-3d"]})
    words = "\n".join([*(m.value for m in at.markdown), *(c.value for c in at.caption)])
    assert "**Change one coordinate of this picture, keep the others**" in words
    assert "A conditional model is given the class" in words


def test_models_follow_the_one_of_the_sidebar(visit):
    at = visit("compare")
    at.selectbox(key="model").set_value("mnist-10d").run()
    assert_fine(at)
    assert chosen(at) == chosen(visit("compare", {"model": "mnist-10d"}))
    at.multiselect(key="models").set_value(["mnist-10d", "mnist-2d"]).run()
    at.selectbox(key="model").set_value("mnist-5d").run()
    assert chosen(at) == ["mnist-5d", "mnist-2d"]
    at.selectbox(key="model").set_value("mnist-2d").run()
    assert chosen(at) == ["mnist-5d", "mnist-2d"]


def test_table_is_one_click_away(visit):
    at = visit("compare")
    assert any(f"(#{all_models.ANCHOR})" in text.value for text in at.markdown)
    assert any(f'id="{all_models.ANCHOR}"' in b.proto.body for b in at.main.get("html"))
