"""Reconstruct: a picture of one's own through the model, and what bad pictures lead to."""

import base64
import dataclasses
import io
import json
import re

import hostile_files
import numpy as np
import pytest
import torch
from hostile_files import encode
from PIL import Image, ImageDraw
from visible import assert_fine, complaint, described, pictures

from vae_explorer.data.datasets import to_unit
from vae_explorer.data.handwriting import preprocessing
from vae_explorer.data.handwriting.example_picture import example_picture
from vae_explorer.errors import UploadError
from vae_explorer.evaluation import anomaly_detection
from vae_explorer.latent import geometry, pose
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import Checkpoint, encode_split, load_checkpoint
from vae_explorer.training.runs.model_library import DEFAULT, SHIPPED
from vae_explorer.ui.components import pad
from vae_explorer.ui.pages.interpolate.endpoint_form import USER
from vae_explorer.ui.session import registry
from vae_explorer.ui.shared import user_digit


def strokes(*lines: list[tuple[int, int]], size=(280, 280)) -> bytes:
    """A PNG file of thick lines on white."""
    picture = Image.new("L", size, 255)
    for line in lines:
        ImageDraw.Draw(picture).line(line, fill=0, width=24, joint="curve")
    return encode(picture)


RESULTS = ("Input", "Reconstruction", "Error")
SEVEN = strokes([(80, 60), (200, 60), (130, 240)])
TWO_DIGITS = strokes([(60, 60), (170, 60), (110, 240)], [(420, 50), (410, 240)], size=(540, 280))
NOISE = np.random.default_rng(0).integers(0, 255, (90, 90), np.uint8)
BAD = {
    "text": b"this is not a picture",
    "empty": b"",
    "truncated": encode(Image.fromarray(NOISE))[:4000],
    "60 megapixels": hostile_files.png(10_000, 6_000, bytes(10_001 * 6_000)),
    "white page": encode(Image.new("L", (300, 300), 255)),
    "black page": encode(Image.new("RGB", (30, 30))),
    "one pixel": encode(Image.new("L", (1, 1), 255)),
    "header only": b"\x89PNG\r\n\x1a\n",
    "html": b"<!doctype html><html></html>",
    "archive": b"PK\x03\x04" + bytes(200),
}


@pytest.fixture
def come(visit, install):
    """come(source="Upload", made=None) -> the page, with such a model."""

    def comer(source: str = "Upload", made: Checkpoint | None = None, name: str = "small"):
        key = install(made, name) if made else None
        at = visit("reconstruct", {"input": source})
        return with_model(at, key) if key else at

    return comer


def upload(at, *files: bytes | tuple[str, bytes]):
    """Put files, named or not, into the page's uploader in place of those before."""
    named = [
        file if isinstance(file, tuple) else (f"{n}.png", file) for n, file in enumerate(files)
    ]
    given = [(name, content, "image/png") for name, content in named]
    return at.file_uploader(key="picture").set_value(given).run()


def words(at) -> str:
    """All words of the page."""
    html = [block.proto.body for block in at.main.get("html")]
    return "\n".join([text.value for text in (*at.markdown, *at.caption)] + html)


def component(at, key: str):
    """What the component of this key was sent, or None."""
    for part in at.main.get("bidi_component"):
        if part.proto.id.endswith(key):
            return json.loads(part.proto.json)
    return None


def with_model(at, key: str):
    """The page with another model chosen."""
    return at.selectbox(key="model").set_value(key).run()


def seen_by(checkpoint: Checkpoint, content: bytes = SEVEN):
    """What a model sees of a picture file, in its pose, (1, 1, 28, 28)."""
    x = preprocessing.preprocess_image(content).image
    posed = x if pose.hindrance(checkpoint) else pose.take(pose.poser(checkpoint), x).image
    return posed.unsqueeze(0)


# sources


def test_uploaded_digit_is_shown_beside_its_reconstruction(come, drawing):
    at = upload(come(), drawing)
    assert_fine(at)
    shown = pictures(at)
    assert {"1. As uploaded", *RESULTS} <= set(shown)
    assert len({shown[title] for title in RESULTS}) == 3
    assert "Nearest test digits" in words(at)


def test_upload_cannot_escape_from_its_place_by_its_name(come, drawing):
    at = upload(come(), ("../../<script>.png", drawing))
    assert_fine(at)
    assert "Input" in pictures(at)


def test_photograph_of_a_digit_is_taken(come):
    at = upload(come(), ("photo.jpg", example_picture()))
    assert_fine(at)
    assert "Input" in pictures(at)


@pytest.mark.parametrize("kind", BAD)
def test_bad_picture_is_one_sentence_and_a_good_one_works_again(come, drawing, kind):
    at = upload(come(), BAD[kind])
    assert complaint(at)
    assert "Input" not in pictures(at)
    upload(at, drawing)
    assert_fine(at)
    assert "Input" in pictures(at)


def test_pixels_count_not_bytes(come):
    assert "megapixels" in complaint(upload(come(), BAD["60 megapixels"]))


def test_bad_file_among_others_is_named_and_the_others_work(come, drawing):
    at = upload(come(), ("a.png", drawing), ("b`ad.png", BAD["text"]), ("c.png", SEVEN))
    assert complaint(at).startswith("b\\`ad.png: ")
    assert "Input" in pictures(at)
    assert len(component(at, "digit_picker")["pictures"]) == 2


def test_one_of_several_digits_is_chosen(come):
    at = upload(come(), TWO_DIGITS)
    assert_fine(at)
    strip, first = component(at, "digit_picker"), pictures(at)["Input"]
    assert (len(strip["pictures"]), strip["chosen"]) == (2, 0)
    at.session_state[registry.DIGIT_CHOSEN] = (at.session_state[registry.DIGIT_CHOSEN][0], 1)
    at.run()
    assert component(at, "digit_picker")["chosen"] == 1
    assert pictures(at)["Input"] != first


def test_file_that_has_just_come_is_looked_at(come, drawing):
    at = upload(come(), drawing)
    first = pictures(at)["Input"]
    upload(at, drawing, SEVEN)
    assert_fine(at)
    assert component(at, "digit_picker")["chosen"] == 1
    assert pictures(at)["Input"] != first


def test_example_is_at_hand_for_those_without_a_picture(come):
    at = come()
    assert "Input" not in pictures(at)
    at.toggle(key="example").set_value(True).run()
    assert_fine(at)
    assert "Input" in pictures(at)
    at.toggle(key="example").set_value(False).run()
    assert "Input" not in pictures(at)


def test_photo_of_the_camera_is_taken(come):
    at = come("Camera")
    assert "Input" not in pictures(at)
    at.camera_input(key="camera").upload("photo.jpg", example_picture()).run()
    assert_fine(at)
    assert "Input" in pictures(at)


@pytest.mark.parametrize("content", [SEVEN, BAD["text"]], ids=["good", "bad"])
def test_pasted_picture_goes_through_the_same_door(come, monkeypatch, content):
    monkeypatch.setattr(pad, "paste", lambda key, **_: content)
    at = come("Paste")
    if content == SEVEN:
        assert_fine(at)
    else:
        assert complaint(at)
    assert ("Input" in pictures(at)) == (content == SEVEN)


def drawn() -> pad.Drawn:
    """What the pad gives for a seven."""
    return pad.Drawn(preprocessing.preprocess_image(SEVEN).image, 1)


def test_drawing_is_taken_as_the_pad_prepares_it_and_marked_by_it(come, monkeypatch):
    monkeypatch.setattr(pad, "pad", lambda *args, **kwargs: drawn())
    at = come("Draw")
    assert_fine(at)
    assert "Input" in pictures(at) and "1. As uploaded" not in pictures(at)
    assert {"1. As drawn", "2. Pose", "3. What the model sees"} <= set(pictures(at))
    assert component(at, "digit_mark")["point"]  # of the digit in its pose
    at.toggle(key=registry.STEP_SWITCH(pose.STEP)).set_value(False).run()
    assert_fine(at)
    mark = component(at, "digit_mark")
    assert mark["point"] is None and mark["posterior"]


def test_pad_is_what_a_visitor_sees_first_with_the_cloud_it_marks(visit, monkeypatch):
    asked = []
    monkeypatch.setattr(pad, "pad", lambda space, **about: asked.append(about))
    at = visit("reconstruct")
    assert_fine(at)
    assert asked == [{"key": "pad", "label": 0, "mark": user_digit.CLOUD}]
    assert "Input" not in pictures(at)
    assert any(part.proto.id.endswith(user_digit.CLOUD) for part in at.main.get("bidi_component"))


# preparation


def test_every_step_is_shown_and_has_a_switch_that_says_what_it_does(come):
    at = upload(come(), example_picture())
    numbered = [re.fullmatch(r"\d+\. (.*)", alt) for alt in pictures(at)]
    shown = [match[1] for match in numbered if match]
    switches = {**preprocessing.STEPS, pose.STEP: pose.ABOUT}
    assert [name for name in shown if name in switches] == list(switches)
    assert shown[0] == "As uploaded" and shown[-1] == "What the model sees"
    for name, about in switches.items():
        switch = at.toggle(key=registry.STEP_SWITCH(name))
        assert switch.value is True and switch.help == about


@pytest.mark.parametrize("name", ["Strokes as wide as MNIST's", "Centred by mass", pose.STEP])
def test_step_that_is_switched_off_is_left_out_and_changes_what_is_seen(come, name):
    hook = strokes([(30, 30), (130, 30), (60, 200)])
    at = upload(come(), SEVEN if name == pose.STEP else hook)
    before = pictures(at)["Input"]
    at.toggle(key=registry.STEP_SWITCH(name)).set_value(False).run()
    assert_fine(at)
    assert not any(alt.endswith(name) for alt in pictures(at))
    assert "left out" in words(at)
    assert pictures(at)["Input"] != before
    at.toggle(key=registry.STEP_SWITCH(name)).set_value(True).run()
    assert pictures(at)["Input"] == before


def test_switches_stay_where_a_step_left_out_makes_a_picture_unreadable(come, monkeypatch):
    def refuse(content, reading, without):
        if without:
            raise UploadError("Nothing is left.")
        return [user_digit.UserDigit(torch.zeros(1, 28, 28), {"As uploaded": NOISE})]

    monkeypatch.setattr(user_digit, "_prepared", refuse)
    at = upload(come(), SEVEN)
    assert_fine(at)
    switch = registry.STEP_SWITCH("Specks removed")
    at.toggle(key=switch).set_value(False).run()
    assert complaint(at) == "Nothing is left."
    at.toggle(key=switch).set_value(True).run()
    assert_fine(at)


# what the model thinks


def test_neighbours_vote_on_the_class_and_in_a_pose_those_of_the_exact_posterior(come):
    at = upload(come(), SEVEN)
    assert_fine(at)
    assert "Looks like a :primary[7]" in words(at)
    assert re.search(r"\d+ % of the votes of test digits: of those around its exact", words(at))
    at.toggle(key=registry.STEP_SWITCH(pose.STEP)).set_value(False).run()
    assert_fine(at)
    assert "Looks like a :primary[7]" in words(at)
    assert "of the 5 nearest test digits" in words(at)


def test_neighbours_of_one_class_do_not_vote(come, small):
    at = upload(come(made=small(names=1)), SEVEN)
    assert_fine(at)
    assert "are of one class, so no neighbours vote on it." in words(at)
    assert "Looks like" not in words(at)


def test_file_of_the_training_set_keeps_its_pose(come):
    prepared = preprocessing.preprocess_image(SEVEN).image[0].numpy()
    at = upload(come(), encode(Image.fromarray(np.uint8(255 * prepared))))
    assert_fine(at)
    assert "Pose" not in [alt.split(". ")[-1] for alt in pictures(at)]
    assert "of the 5 nearest test digits" in words(at)


def test_model_of_more_coordinates_has_no_pose(come, small):
    at = upload(come(made=small(latent_dim=10)), SEVEN)
    assert_fine(at)
    assert pose.STEP not in [toggle.label for toggle in at.toggle]


def test_posterior_is_told_to_the_cloud_to_scale(come, small):
    made = small(latent_dim=10)
    at = upload(come(made=made), SEVEN)
    assert_fine(at)
    mark = component(at, "digit_mark")
    x = preprocessing.preprocess_image(SEVEN).image.unsqueeze(0)
    variance = made.model.encode(x)[1].exp()
    axes = geometry.projection(made.encoded.mu).axes
    expected = ((axes.T * variance) @ axes).detach().numpy()
    covariance = np.reshape(mark["posterior"]["covariance"], (3, 3))
    np.testing.assert_allclose(covariance, expected, rtol=1e-4, atol=1e-7)
    assert mark["posterior"]["centre"] == mark["point"]


def test_each_coordinate_is_listed_with_its_spread(come, small):
    made = small(latent_dim=3)
    at = upload(come(made=made), SEVEN)
    x = seen_by(made)
    mu, logvar = made.model.encode(x)
    for m, s in zip(mu[0].tolist(), (0.5 * logvar[0]).exp().tolist(), strict=True):
        assert f"{m:.2f} ± {s:.2f}".replace("-", "−") in words(at)


def test_plain_autoencoder_has_a_code_but_no_posterior(come, small):
    at = upload(come(made=small(variational=False)), SEVEN)
    assert_fine(at)
    assert component(at, "digit_mark")["posterior"] is None
    assert "±" not in words(at)
    assert "no posterior that could be refined" in words(at)
    assert not any(button.key == "refine" for button in at.button)


def test_samples_of_the_posterior_are_decoded(come):
    at = upload(come(), SEVEN)
    first = described(at, "20 samples")
    assert described(upload(at, strokes([(140, 40), (140, 240)])), "20 samples") != first


def test_refining_says_how_much_amortisation_lost_and_lasts_as_long_as_the_picture(come):
    at = upload(come(), SEVEN)
    assert "amortisation gap of" not in words(at)
    at.button(key="refine").click().run()
    assert_fine(at)
    assert "amortisation gap of" in words(at)
    shown = pictures(at)
    assert shown["Encoder's μ"] != shown["Refined μ"]
    assert component(at, "refined_mark")["target"][0]["label"] == "refined"
    assert "amortisation gap of" in words(at.run())
    upload(at, strokes([(140, 40), (140, 240)]))
    assert_fine(at)
    assert "amortisation gap of" not in words(at)


def test_scores_come_with_percentiles_where_the_model_knows_usual_ones(come, small, few, held_out):
    made = small()
    at = upload(come(made=made), SEVEN)
    assert_fine(at)
    assert "does not say how pictures usually score" in words(at)
    known = dataclasses.replace(made, detector=anomaly_detection.fit(made, few, held_out))
    at = upload(come(made=known, name="scored"), SEVEN)
    assert_fine(at)
    for name in ("Reconstruction", "−ELBO", "Combined"):
        assert f"<span>{name}</span>" in words(at)
    assert " %</span>" in words(at)


def test_usual_scores_are_measured_on_request_where_the_data_set_is_at_hand(come, small):
    made = dataclasses.replace(small(), dataset="digits")
    at = upload(come(made=made), SEVEN)
    at.button(key="fit").click().run()
    assert_fine(at)
    assert "<span>Combined</span>" in words(at)


def test_picture_goes_through_the_model_chosen_later(come, drawing, small, install):
    key = install(small())
    at = upload(come(), drawing)
    at.toggle(key=registry.STEP_SWITCH(pose.STEP)).set_value(False).run()
    first = pictures(at)
    with_model(at, key)
    assert_fine(at)
    second = pictures(at)
    assert second["Input"] == first["Input"]
    assert second["Reconstruction"] != first["Reconstruction"]


def test_class_of_a_conditional_model_changes_the_reconstruction(come, drawing, small):
    at = upload(come(made=small(classes=10)), drawing)
    before = pictures(at)["Reconstruction"]
    at.selectbox(key="label").set_value(4).run()
    assert_fine(at)
    assert pictures(at)["Reconstruction"] != before


def test_conditional_model_is_given_the_class_that_explains_the_picture_best(come, small):
    made = small(classes=10)
    at = upload(come(made=made), SEVEN)
    x = preprocessing.preprocess_image(SEVEN).image.unsqueeze(0)
    costs = [inference.reconstruct(made, x, label) for label in range(10)]
    best = torch.stack([cost.nll + cost.kl.sum(dim=1) for cost in costs]).argmin().item()
    assert best != 0 and f"Looks like a :primary[class {best}]" in words(at)
    assert at.selectbox(key="label").value == best
    at.selectbox(key="label").set_value(0).run()  # the visitor knows better
    assert at.selectbox(key="label").value == 0
    at.button(key="take_class").click().run()
    assert_fine(at)
    assert at.selectbox(key="label").value == best
    assert not any(button.key == "take_class" for button in at.button)


def test_picture_of_another_size_and_colour_is_read_as_the_training_pictures_were(come, small):
    at = upload(come(made=small(image_size=16, image_width=20, channels=3)), SEVEN)
    assert_fine(at)
    shown = pictures(at)
    for name in ("Input", "Reconstruction", "Error"):
        content = base64.b64decode(shown[name].split(",")[1])
        picture = Image.open(io.BytesIO(content))
        assert (picture.size, picture.mode) == ((20, 16), "RGB")
    assert "What the model sees" in shown
    assert "are read as colour, 20 × 16 pixels" in words(at)


def test_pad_is_offered_only_where_drawings_can_be_prepared(come, small):
    at = come("Draw", small(image_size=16))
    assert_fine(at)
    source = at.button_group(key="input")
    assert "Draw" not in source.options and source.value == "Upload"
    assert "Draw" in come("Upload").button_group(key="input").options


# from here


def test_digit_is_shown_on_explore(come, switch):
    at = upload(come(), SEVEN)
    at.button(key="show_digit").click().run()
    assert_fine(at)
    shipped = load_checkpoint(SHIPPED / f"{DEFAULT}.safetensors")
    code = inference.reconstruct(shipped, seen_by(shipped)).mu[0].tolist()
    assert [at.session_state[f"z{d}"] for d in (1, 2, 3)] == pytest.approx(code, abs=0.011)
    at = switch(at, "")
    assert_fine(at)


def test_walk_begins_with_the_visitors_digit_as_long_as_wanted(come, switch):
    at = upload(come(), SEVEN)
    mine = pictures(at)["Input"]
    at.button(key="walk_digit").click().run()
    at = switch(at, "interpolate")
    assert_fine(at)
    assert pictures(at)["My picture"] == mine
    at.button_group(key="from_kind").set_value("Test picture").run()
    assert_fine(at)
    assert "My picture" not in pictures(at)


def test_walk_from_an_own_digit_fits_the_model_chosen_later(come, switch, small, install):
    keys = [
        install(small(**about), name)
        for about, name in (
            ({"latent_dim": 5}, "five"),
            ({"classes": 10}, "told"),
            ({"image_size": 16}, "other-size"),
        )
    ]
    at = upload(come(), SEVEN)
    at.button(key="walk_digit").click().run()
    at = switch(at, "interpolate")
    for key, shown in zip(keys, (True, True, False), strict=True):
        with_model(at, key)
        assert_fine(at)
        assert ("My picture" in pictures(at)) == shown


# test digits


def test_ten_others_are_others_and_come_round(come, small):
    at = come("Test digits", small(count=30))
    seen = [described(at, "ten ")]
    for _ in range(3):
        at.button(key="other_ten").click().run()
        assert_fine(at)
        seen.append(described(at, "ten "))
    assert len(set(seen[:3])) == 3 and seen[3] == seen[0]


def test_missing_originals_are_called_missing(come):
    assert any("not on this disk" in caption.value for caption in come("Test digits").caption)


def test_embedded_digits_show_their_originals(come, small, digits):
    made = small()
    encoded = encode_split(made.model, to_unit(digits.test.images), digits.test.labels, "test")
    at = come("Test digits", dataclasses.replace(made, dataset="digits", encoded=encoded))
    assert_fine(at)
    assert described(at, "ten test pictures above their reconstructions")


def test_test_digits_can_be_picked_and_the_link_brings_one_back(come, visit):
    at = come("Test digits")
    at.session_state[registry.TEST_DIGIT_CHOSEN] = 3
    assert_fine(at.run())
    assert set(RESULTS) <= set(pictures(at))
    assert at.query_params["test_digit_chosen"] in ("3", ["3"])
    again = visit("reconstruct", {"input": "Test digits", "test_digit_chosen": "3"})
    assert pictures(again)["Input"] == pictures(at)["Input"]
    at.selectbox(key="model").set_value("digits-3d").run()
    assert_fine(at)
    assert not set(RESULTS) <= set(pictures(at))  # a 3 of another data set is another picture


def test_digit_goes_on_to_interpolate_without_a_button(come, switch):
    at = upload(come(), SEVEN)
    switch(at, "interpolate")
    (kind,) = (row for row in at.main.get("button_group") if row.key == "from_kind")
    kind.set_value(USER).run()
    assert_fine(at)
    assert "My picture" in pictures(at)


def test_paste_alone_is_a_field_that_says_what_to_do(come):
    sent = component(come("Paste"), "paste")
    assert sent["alone"] and "paste it here" in sent["offer"]
    assert not component(come("Draw"), "paste")["alone"]
