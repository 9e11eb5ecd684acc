"""The anomaly lab: what is compared with what, the scores, the threshold, and what is missing."""

import dataclasses
import io
import re
import zipfile

import pytest
from model_kinds import KINDS
from PIL import Image, ImageDraw
from visible import assert_fine, complaint, described, pictures

from vae_explorer.data import datasets
from vae_explorer.data.corruptions import CORRUPTIONS
from vae_explorer.evaluation import anomaly_detection, anomaly_populations, anomaly_report
from vae_explorer.models.anomaly_scores import SCORES
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.runs.model_library import DEFAULT, SHIPPED
from vae_explorer.ui.pages.anomalies import anomaly_chooser, experiment
from vae_explorer.ui.pages.anomalies.anomaly_charts import TITLES
from vae_explorer.ui.session import jobs, registry

LINK = {"model": "digits-3d"}
NORMAL, ANOMALIES = "Normal: the first", "Anomalies: the first"
SUMMARY = re.compile(r"line-height:1.3\">([^<]+)<")


@pytest.fixture
def carried(install):
    """Key of a model of MNIST, which is not at hand; its file has a detector."""
    made = load_checkpoint(SHIPPED / f"{DEFAULT}.safetensors")
    known = datasets.load_dataset("digits")
    detector = anomaly_detection.fit(made, known.train, known.validation)
    return install(dataclasses.replace(made, detector=detector), "carried")


def choice(at, key: str):
    """A row of choices by its key."""
    (row,) = (group for group in at.main.get("button_group") if group.key == key)
    return row


def figures(at) -> list[str]:
    """AUROC, average precision, share of anomalies flagged, false alarms."""
    (values,) = (
        SUMMARY.findall(b.proto.body) for b in at.main.get("html") if "lab-summary" in b.proto.body
    )
    return values


def charts(at) -> list[str]:
    """What the charts say of themselves."""
    return [chart.proto.alt for chart in at.main.get("vega_lite_chart")]


def remarks(at) -> str:
    """All remarks of the page."""
    return "\n".join(caption.value for caption in at.main.caption)


def zipped(count: int) -> bytes:
    """A zip of pictures of strokes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(count):
            picture = Image.new("L", (120, 120), 255)
            ends = [(20 + 9 * number, 15), (90, 100)]
            ImageDraw.Draw(picture).line(ends, fill=0, width=9)
            content = io.BytesIO()
            picture.save(content, "PNG")
            archive.writestr(f"set/{number}.png", content.getvalue())
    return buffer.getvalue()


def test_page_begins_with_a_corruption_and_the_combined_score(visit):
    at = visit("anomalies", LINK)
    assert_fine(at)
    assert described(at, NORMAL) != described(at, ANOMALIES)
    assert choice(at, "score").value == "combined"
    assert 0.9 < float(figures(at)[0]) <= 1
    histogram, roc, precision = charts(at)
    assert "threshold" in histogram and "Combined in bold" in roc and "Combined" in precision
    assert len([alt for alt in pictures(at) if "above what the model" in alt]) == 3
    assert "359 test pictures of scikit-learn's digits" in remarks(at)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_every_corruption_is_compared(visit, name):
    at = visit("anomalies", LINK)
    before = described(at, ANOMALIES)
    choice(at, "corruption").set_value(name).run()
    assert_fine(at)
    assert (described(at, ANOMALIES) != before) == (name != next(iter(CORRUPTIONS)))
    assert name in remarks(at)


def test_score_and_threshold_change_the_figures_but_compute_no_scores(visit, monkeypatch):
    at = visit("anomalies", LINK | {"corruption": "occluded"})
    first, alt = figures(at), charts(at)[0]
    for module, name in (
        (anomaly_detection, "fit"),
        (anomaly_populations, "all_curves"),
        (anomaly_detection, "curves"),
    ):
        monkeypatch.setattr(module, name, lambda *a, **k: pytest.fail("computed again"))
    at.slider(key="quantile").set_value(70.0).run()
    assert_fine(at)
    second = figures(at)
    assert second[:2] == first[:2]
    assert float(second[3].rstrip("%")) > float(first[3].rstrip("%"))
    assert charts(at)[0] != alt
    choice(at, "score").set_value("latent_distance").run()
    assert_fine(at)
    assert figures(at)[0] != first[0]
    assert SCORES["latent_distance"].about[1:] in remarks(at)
    assert "Latent distance in bold" in charts(at)[1]


def test_table_shows_all_scores_and_the_same_figures_as_the_core(visit):
    at = visit("anomalies", LINK | {"corruption": "occluded"})
    (table,) = (b.proto.body for b in at.main.get("html") if "lab-scores" in b.proto.body)
    made = load_checkpoint(SHIPPED / "digits-3d.safetensors")
    known = datasets.load_dataset("digits")
    normal = anomaly_populations.draw(known.test, "")
    changed = anomaly_populations.corrupt(normal, "occluded")
    detector = made.detector or anomaly_detection.fit(made, known.train, known.validation)
    curves = anomaly_populations.all_curves(
        detector.scores(normal.images), detector.scores(changed.images)
    )
    assert set(curves) == set(detector.names) and set(TITLES) == set(SCORES)
    for name, curve in curves.items():
        assert re.search(rf">{re.escape(TITLES[name])}<.*?>{curve.auroc:.3f}<", table)
    assert figures(at)[0] == f"{curves['combined'].auroc:.3f}"


def test_one_class_is_compared_with_all_others(visit):
    at = visit("anomalies", LINK)
    choice(at, "anomalies").set_value(anomaly_chooser.ONE_CLASS).run()
    assert_fine(at)
    first = described(at, ANOMALIES)
    choice(at, "left_out").set_value(4).run()
    assert_fine(at)
    assert described(at, ANOMALIES) != first
    assert any("trained without" in caption.value for caption in at.main.caption)
    count = int((datasets.load_dataset("digits").test.labels == 4).sum())
    assert f"Normal: {359 - count}" in remarks(at) and f"Anomalies: {count}" in remarks(at)


@pytest.mark.parametrize("new", [False, True], ids=["known", "new"])
def test_left_out_class_has_the_figures_of_the_command(visit, install, new):
    made = load_checkpoint(SHIPPED / "digits-3d.safetensors")
    training = made.training | ({"left_out": 4} if new else {})
    made = dataclasses.replace(made, training=training)
    key = install(made, "mine")
    at = visit("anomalies", LINK | {"anomalies": "One class"})
    at.selectbox(key="model").set_value(key).run()
    choice(at, "left_out").set_value(4).run()
    assert_fine(at)
    report = anomaly_report.report(made, left_out=4)
    assert figures(at)[0] == f"{report['auroc']['value']:.3f}"
    assert f"{'training' if new else 'test'} pictures of" in remarks(at)


def test_famous_failure_is_one_click_away(visit):
    at = visit("anomalies", LINK)
    at.button(key="teach_class").click().run()
    assert_fine(at)
    assert choice(at, "anomalies").value == anomaly_chooser.ONE_CLASS
    assert choice(at, "left_out").value == 1 and choice(at, "score").value == "neg_elbo"
    assert float(figures(at)[0]) < 0.5
    at.button(key="teach_blank").click().run()
    assert_fine(at)
    assert choice(at, "corruption").value == "blank"


def test_likelihood_that_fails_is_told_in_words(visit):
    at = visit("anomalies", LINK)
    at.button(key="teach_class").click().run()
    assert any("ELBO" in info.value for info in at.info)


def test_own_pictures_are_compared_and_bad_ones_named(visit, drawing):
    at = visit("anomalies", LINK)
    choice(at, "anomalies").set_value(anomaly_chooser.YOUR_PICTURES).run()
    assert_fine(at)
    assert choice(at, "anomalies").proto.label == "Which pictures count as anomalies?"
    assert not charts(at)
    files = [("set.zip", zipped(3), "application/zip"), ("a.png", drawing, "image/png")]
    files.append(("b.png", b"no picture", "image/png"))
    at.file_uploader(key="own_set").set_value(files).run()
    assert_fine(at)
    assert "4 of your pictures" in remarks(at) and "b.png" in remarks(at)
    assert len(charts(at)) == 3
    prepared = described(at, ANOMALIES)
    at.toggle(key="as_drawings").set_value(False).run()
    assert_fine(at)
    assert described(at, ANOMALIES) != prepared


@pytest.mark.parametrize("content", [b"words", b"PK\x05\x06" + bytes(18)])
def test_set_without_a_picture_is_one_sentence_and_the_page_goes_on(visit, drawing, content):
    at = visit("anomalies", LINK)
    choice(at, "anomalies").set_value(anomaly_chooser.YOUR_PICTURES).run()
    at.file_uploader(key="own_set").set_value([("set.zip", content, "application/zip")]).run()
    assert complaint(at)
    assert not charts(at)
    at.file_uploader(key="own_set").set_value([("a.png", drawing, "image/png")]).run()
    assert_fine(at)
    assert len(charts(at)) == 3


def test_other_data_set_that_is_not_at_hand_is_offered_for_download(visit, monkeypatch):
    monkeypatch.setattr(datasets, "download", lambda name, progress: None)
    at = visit("anomalies", LINK)
    choice(at, "anomalies").set_value(anomaly_chooser.OTHER_DATASET).run()
    assert_fine(at)
    assert not charts(at) and "MNIST is not on this machine" in remarks(at)
    at.button(key="download_mnist").click().run()
    assert jobs.downloading("mnist") is not None


def test_without_its_data_and_without_a_detector_a_model_says_what_to_do(visit, small, install):
    made = dataclasses.replace(small(), dataset="mnist")
    key = install(made)
    at = visit("anomalies", {"model": "digits-3d"})
    at.selectbox(key="model").set_value(key).run()
    assert_fine(at)
    assert "MNIST is not on this machine" in at.info[0].value and not charts(at)
    assert "Download MNIST" in at.button(key="download_mnist").label
    at.button(key="use_digits").click().run()
    assert_fine(at)
    assert at.selectbox(key="model").value == "digits-3d"
    assert len(charts(at)) == 3


def test_model_that_carries_its_detector_needs_no_data(visit, carried):
    at = visit("anomalies")
    at.selectbox(key="model").set_value(carried).run()
    assert_fine(at)
    assert "MNIST is not on this machine" in at.info[0].value
    assert choice(at, "anomalies").value == anomaly_chooser.OTHER_DATASET
    assert len(charts(at)) == 3 and NORMAL not in "".join(pictures(at))
    assert "scores of validation pictures" in remarks(at)


def test_large_sets_are_bounded_unless_all_are_wanted(visit, monkeypatch):
    monkeypatch.setattr(anomaly_populations, "MAX_PICTURES", 100)
    monkeypatch.setattr(experiment, "MAX_PICTURES", 100)
    at = visit("anomalies", LINK)
    assert_fine(at)
    assert "100 of 359" in remarks(at)
    at.toggle(key=registry.ALL_PICTURES).set_value(True).run()
    assert_fine(at)
    assert "Normal: 359" in remarks(at)


@pytest.mark.parametrize("kind", [k for k, s in KINDS.items() if "image_size" not in s])
def test_model_of_any_kind_is_compared_on_a_data_set_named_as_normal(visit, small, install, kind):
    key = install(small(**KINDS[kind]))
    at = visit("anomalies", {"model": "small (run)", "corruption": "mirrored"})
    assert_fine(at)
    assert at.selectbox(key="model").value == key
    assert at.selectbox(key="normal_set").value == "digits"
    assert len(charts(at)) == 3
    assert choice(at, "score").value == "combined"


def test_model_of_another_picture_size_says_so(visit, small, install):
    key = install(small(image_size=16))
    at = visit("anomalies")
    at.selectbox(key="model").set_value(key).run()
    assert_fine(at)
    assert "16 × 16" in at.warning[0].value


def test_score_that_a_model_does_not_have_gives_way(visit, small, install):
    key = install(small(variational=False))
    at = visit("anomalies", LINK)
    choice(at, "score").set_value("neg_elbo").run()
    at.selectbox(key="model").set_value(key).run()
    assert_fine(at)
    assert choice(at, "score").value == "combined"


@pytest.mark.parametrize(
    ("link", "sense"),
    [
        ({"anomalies": "x", "corruption": "y", "score": "z", "quantile": "nan"}, {}),
        ({"anomalies": "", "corruption": "", "score": "", "quantile": ""}, {}),
        ({"left_out": "99", "quantile": "1e9"}, {"anomalies": "One class"}),
        ({"other_set": "nope", "quantile": "-1"}, {"anomalies": "Another data set"}),
    ],
)
def test_nonsense_in_a_link_is_ignored(visit, link, sense):
    at = visit("anomalies", LINK | sense | link)
    assert_fine(at)
    sensible = visit("anomalies", LINK | sense)
    assert (remarks(at), charts(at)) == (remarks(sensible), charts(sensible))


def test_score_that_is_worse_than_guessing_is_explained(visit):
    at = visit("anomalies")  # MNIST is not at hand: scanned digits stand for anomalies
    assert_fine(at)
    assert float(figures(at)[0]) < 0.5
    (said,) = (warning.value for warning in at.warning)
    assert "more normal than the normal pictures" in said and "tells them apart best" in said
