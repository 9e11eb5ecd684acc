"""Your model: files made elsewhere are read on pictures, shown with a card, and explored."""

import io

import onnx_models
import pytest
import torch
from foreign_modules import Examples, trained
from foreign_networks import network_checkpoint
from visible import assert_fine, complaint, components, pictures

from vae_explorer.data.datasets import load_dataset, to_unit
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.ui.pages.your_model import layer_roles, model_actions

URL = "your_model"
PAGES = ("generate", "interpolate", "reconstruct", "anomalies", "compare", "train", "")


def pt(content: object) -> bytes:
    """What torch.save writes of it."""
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


@pytest.fixture(scope="module")
def module() -> Examples:
    """A small VAE, trained on the embedded digits."""
    return trained(Examples(), Examples.bound)


def add(at, *files: tuple[str, bytes]):
    """Put files into the page's uploader."""
    kind = "application/octet-stream"
    return at.file_uploader(key="model_files").set_value([(n, d, kind) for n, d in files]).run()


def read(at):
    """Press the button."""
    return at.button(key="read_model").click().run()


def text(at) -> str:
    """All that the page says in words."""
    return "\n".join(block.value for block in (*at.main.markdown, *at.main.caption))


@pytest.fixture
def opened(visit, module):
    """The page with a model that was read on the digits."""
    return read(add(visit(URL), ("vae_epoch_8.pth", pt(module.state_dict()))))


def test_page_says_what_it_is_for_and_waits_for_a_model(visit):
    at = visit(URL)
    assert_fine(at)
    assert "best −ELBO" in text(at)
    assert at.selectbox(key="reading_dataset").value == "digits"  # what is at hand comes first
    assert at.button(key="read_model").disabled


def test_model_is_read_and_each_decision_is_said_with_its_margin(opened):
    assert_fine(opened)
    said = text(opened)
    assert "vae_epoch_8" in opened.main.header[0].value.replace("\\", "")
    assert "5-D VAE of pictures of 28 × 28 pixels" in said
    assert "input range: **0 to 1**" in said
    assert "better by" in said and " nats than " in said
    assert "500 training pictures" in said
    assert "5 training pictures over their reconstructions" in pictures(opened)
    assert "Model doctor" in said


def test_answer_of_the_visitor_stands_and_is_marked_and_can_be_taken_back(opened):
    second = opened.selectbox(key="answer_second head")
    assert second.value == "measured"
    before = text(opened)
    second.set_value("variance").run()
    assert_fine(opened)
    assert "second head: **variance**  \n:gray[:small[given]]" in text(opened)
    opened.selectbox(key="answer_second head").set_value("measured").run()
    assert text(opened) == before


def test_answer_that_explains_nothing_is_said_and_the_earlier_card_stays(opened):
    opened.selectbox(key="answer_output").set_value("values from −1 to 1").run()
    assert not opened.exception
    assert "no way of reading" in opened.error[0].value
    assert "input range: **0 to 1**" in text(opened)
    assert opened.selectbox(key="answer_output").value == "values from −1 to 1"
    opened.selectbox(key="answer_output").set_value("measured").run()
    assert_fine(opened)


def test_pixel_noise_of_the_visitor_makes_pixels_gaussian(opened):
    opened.number_input(key="pixel_scale").set_value(0.2).run()
    assert_fine(opened)
    assert "standard deviation 0.200" in text(opened)
    assert "likelihood: **Gaussian pixels**" in text(opened)


def test_pixels_that_have_no_noise_take_none(opened):
    opened.selectbox(key="answer_likelihood").set_value("Bernoulli pixels").run()
    assert_fine(opened)
    assert opened.number_input(key="pixel_scale").disabled


def test_other_files_begin_with_nothing_decided(opened, module):
    opened.selectbox(key="answer_second head").set_value("variance").run()
    read(add(opened, ("again.pt", pt({"state_dict": module.state_dict()}))))
    assert_fine(opened)
    assert opened.selectbox(key="answer_second head").value == "measured"
    assert "second head: **variance**" not in text(opened)


def test_explore_it_makes_it_the_chosen_model_with_data_scores_and_card(opened):
    opened.button(key="explore_model").click().run()
    assert_fine(opened)
    assert opened.selectbox(key="model").value.startswith("added:")
    assert opened.selectbox(key="model").options[-1] == "vae_epoch_8 (added)"
    assert components(opened)  # decoded in the browser
    said = "\n".join(block.value for block in opened.sidebar.markdown)
    assert "scikit-learn's digits" in said
    assert "input range: 0 to 1 (better by" in said
    assert "test images" in said


def test_card_is_still_there_after_another_page(opened, switch):
    switch(opened, "train")
    assert_fine(switch(opened, URL))
    assert "input range: **0 to 1**" in text(opened)


def test_two_readings_of_one_file_are_two_models(opened, switch):
    opened.button(key="explore_model").click().run()
    switch(opened, URL)
    opened.selectbox(key="answer_second head").set_value("variance").run()
    opened.button(key="explore_model").click().run()
    assert_fine(opened)
    assert sum("(added)" in title for title in opened.selectbox(key="model").options) == 2


def test_model_that_only_a_runtime_runs_is_shown_on_every_page(visit, switch, digits):
    x = to_unit(digits.train.images)
    model = onnx_models.trained(onnx_models.Dense(pixels=784), x, onnx_models.loss)
    decoder = onnx_models.Decoder(model, lambda picture: picture - 0.01 * picture.sin())
    made = onnx_models.pair(model, x, decoder=decoder)
    at = read(add(visit(URL), *made.items()))
    assert_fine(at)
    assert not [b for b in at.main.get("download_button") if "Keep" in b.proto.label]
    assert "code of its own" in text(at)
    at.button(key="explore_model").click().run()
    assert_fine(at)
    assert "its decoder is not a list of known operations" in text(at)
    for page in PAGES:
        assert_fine(switch(at, page))


def test_file_of_ours_needs_no_pictures(visit, small, content):
    at = add(visit(URL), ("four.safetensors", content(small(latent_dim=4))))
    assert_fine(at)
    assert not [box for box in at.main.selectbox if box.key == "reading_dataset"]
    read(at)
    assert_fine(at)
    at.button(key="explore_model").click().run()
    assert_fine(at)
    assert at.selectbox(key="model").options[-1] == "four (added)"


def test_damaged_file_of_ours_is_refused(visit, small, content):
    whole = content(small())
    at = read(add(visit(URL), ("cut.safetensors", whole[: len(whole) // 2])))
    assert "damaged" in complaint(at)


BAD = {
    "text": [("notes.pt", b"weights, honestly")],
    "empty": [("model.onnx", b"")],
    "another ending": [("model.h5", b"\x89HDF")],
    "two files of weights": [("a.pt", pt({"w": torch.zeros(2)})), ("b.pt", pt({}))],
    "text called zip": [("export.zip", b"not a zip")],
    "tensors that are no model": [("stray.pt", pt({"w": torch.zeros(3, 2)}))],
}


@pytest.mark.parametrize("kind", BAD)
def test_wrong_file_is_one_sentence_and_another_can_be_read(visit, module, kind):
    at = read(add(visit(URL), *BAD[kind]))
    assert complaint(at)
    assert not [b for b in at.button if b.key == "explore_model"]
    read(add(at, ("good.pt", pt(module.state_dict()))))
    assert_fine(at)


def test_model_of_other_pictures_is_refused_with_a_reason(visit):
    made = network_checkpoint("log variance")  # of 9 x 9 pixels
    at = read(add(visit(URL), ("small.pt", pt(made.model.state_dict()))))
    assert complaint(at)


def test_layers_that_are_not_recognised_are_given_their_roles(visit, module, monkeypatch):
    state = module.state_dict()
    state |= {"memory.weight": torch.randn(5, 5), "memory.bias": torch.zeros(5)}
    at = read(add(visit(URL), ("strange.pt", pt(state))))
    assert "no way of reading" in at.error[0].value
    assert "Its layers" in text(at)

    def edited(rows, **settings):  # no browser is here to do so
        assert {row["Layer"]: row["Shape"] for row in rows}["memory"] == "5 × 5"
        return [row | ({"Role": "unused"} if row["Layer"] == "memory" else {}) for row in rows]

    monkeypatch.setattr(layer_roles.st, "data_editor", edited)
    at.button(key="read_roles").click().run()
    assert_fine(at)
    assert "input range: **0 to 1**" in text(at)
    at.button(key="explore_model").click().run()
    assert_fine(at)
    assert at.selectbox(key="model").options[-1] == "strange (added)"


def test_model_kept_as_a_file_of_ours_opens_with_its_card(opened):
    result = opened.session_state["last_opened"]
    made = load_checkpoint(model_actions.content(result.opened, load_dataset("digits")))
    assert made.dataset == "digits" and made.conformance and made.encoded is not None
