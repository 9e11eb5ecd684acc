"""Your model: files made elsewhere are read on pictures, shown with a card, and explored."""

import dataclasses
import io

import pytest
import torch
from foreign_modules import Examples, trained
from foreign_networks import network_checkpoint
from visible import assert_fine, complaint, pictures

from vae_explorer.models.checkpoints import load_checkpoint

URL = "your_model"


def pt(content: object) -> bytes:
    """What torch.save writes of it."""
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


@pytest.fixture(scope="module")
def weights() -> bytes:
    """The state_dict of a small VAE, trained on the embedded digits."""
    return pt(trained(Examples(), Examples.bound, epochs=4).state_dict())


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
def opened(visit, weights):
    """The page with a model that was read on the digits."""
    return read(add(visit(URL), ("vae_epoch_3.pth", weights)))


def test_page_says_what_it_is_for_and_waits_for_a_model(visit):
    at = visit(URL)
    assert_fine(at)
    assert "best −ELBO" in text(at)
    assert at.selectbox(key="reading_dataset").value == "digits"  # what is at hand comes first
    assert at.button(key="read_model").disabled


def test_model_is_read_and_each_decision_is_said_with_its_margin(opened):
    assert_fine(opened)
    said = text(opened)
    assert "vae\\_epoch\\_3" in said or "vae_epoch_3" in opened.main.subheader[0].value
    assert "second head: **" in said and "input range: **0 to 1**" in said
    assert "better by" in said and " nats than " in said
    assert "500 training pictures" in said
    assert "5 training pictures over their reconstructions" in pictures(opened)


def test_explore_it_makes_it_the_chosen_model_with_data_scores_and_card(opened):
    opened.button(key="explore_model").click().run()
    assert_fine(opened)
    assert opened.selectbox(key="model").value.startswith("added:")
    assert opened.selectbox(key="model").options[-1] == "vae_epoch_3 (added)"
    assert opened.main.get("bidi_component")  # decoded in the browser
    said = "\n".join(block.value for block in opened.sidebar.markdown)
    assert "scikit-learn's digits" in said
    assert "input range: 0 to 1 (better by" in said
