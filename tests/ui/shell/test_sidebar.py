"""The sidebar: the model's card, the chooser, and models added by visitors."""

import dataclasses
import io
import pickle
import re

import pytest
import torch
from PIL import Image
from visible import assert_fine, complaint, coordinates, digit

from vae_explorer.data.datasets import title
from vae_explorer.evaluation.metrics import TITLES
from vae_explorer.models.checkpoints import load_checkpoint, save_checkpoint
from vae_explorer.models.vae import new_model
from vae_explorer.training.runs import model_library
from vae_explorer.training.runs.model_library import DEFAULT, SHIPPED, list_models


def add(at, data: bytes, name: str):
    """Put a file into the sidebar's uploader."""
    return at.file_uploader(key="add_model").upload(name, data, "application/octet-stream").run()


def state_dict(checkpoint) -> bytes:
    """A file as the tutorial's author makes it."""
    buffer = io.BytesIO()
    torch.save(checkpoint.model.state_dict(), buffer)
    return buffer.getvalue()


def shown_text(at) -> str:
    """All that the sidebar says."""
    tables = [block.proto.body for block in at.sidebar.get("html")]
    return "\n".join([*(text.value for text in at.sidebar.markdown), *tables])


def test_card_says_what_the_model_is_and_how_good(visit):
    at = visit()
    shipped = load_checkpoint(SHIPPED / f"{DEFAULT}.safetensors")
    text = shown_text(at)
    assert f"{shipped.config.latent_dim}-D VAE" in text and title(shipped.dataset) in text
    if shipped.scores:
        assert f"{shipped.scores['neg_elbo']['value']:.2f}" in text
        (scores,) = (e for e in at.sidebar.expander if e.label == "Scores")
        (body,) = (block.proto.body for block in scores.get("html"))  # nothing of it elsewhere
        assert all(TITLES[name] in body for name in shipped.scores)
        assert body.count(" better.") + body.count("cheaper.") == len(shipped.scores)
    tables = [block.proto.body for block in at.sidebar.get("html")]
    (layers,) = (table for table in tables if "encoder: linear" in table)
    counts = re.findall(r">([\d,]+)</td></tr>", layers)
    parameters = sum(int(count.replace(",", "")) for count in counts)
    assert parameters == sum(p.numel() for p in shipped.model.parameters())
    assert "mean layer: " in layers and "decoder: " in layers


def test_models_are_listed_by_data_set_with_a_line_each(visit, small, install):
    install(small(names=2), "mine")
    at = visit()
    at.button(key="all_models").click().run()
    assert_fine(at)
    listed = [button.key for button in at.button if (button.key or "").startswith("list_")]
    assert sorted(listed) == sorted(f"list_{entry.key}" for entry in list_models())
    texts = [text.value for text in at.markdown]
    assert "**MNIST**" in texts and "**Fashion-MNIST**" in texts
    about = [caption.value for caption in at.caption]
    assert any(caption.startswith("Clothes in place of digits") for caption in about)
    at.button(key="list_fashion-3d").click().run()
    assert at.selectbox(key="model").value == "fashion-3d"


def test_all_models_can_be_chosen_the_default_first(visit, small, install):
    install(small(), "mine")
    at = visit()
    titles = [entry.title for entry in list_models()]
    assert at.selectbox(key="model").options == titles
    assert titles[0] == DEFAULT and titles[-1] == "mine (run)"


def test_model_is_kept_from_page_to_page(visit, switch, small, install):
    key = install(small())
    at = visit("interpolate")
    at.selectbox(key="model").set_value(key).run()
    for page in ("reconstruct", "train", ""):
        assert_fine(switch(at, page))
        assert at.selectbox(key="model").value == key


@pytest.mark.parametrize("kind", ["conditional", "autoencoder"])
def test_card_names_other_kinds_of_model(visit, small, install, kind):
    fields = {"classes": 10} if kind == "conditional" else {"variational": False}
    key = install(small(**fields))
    at = visit()
    at.selectbox(key="model").set_value(key).run()
    assert f"3-D {kind}" in shown_text(at)
    assert any("No scores" in caption.value for caption in at.sidebar.caption)


def test_added_checkpoint_is_chosen_for_this_visitor_only(visit, small, content):
    at = visit()
    add(at, content(small(latent_dim=4)), "four.safetensors")
    assert_fine(at)
    assert at.selectbox(key="model").options[-1] == "four (added)"
    assert at.selectbox(key="model").value.startswith("added:")
    assert len(coordinates(at)) == 4
    at.slider(key="z4").set_value(0.5).run()
    assert_fine(at)
    at.selectbox(key="model").set_value(DEFAULT).run()
    assert_fine(at)
    assert len(coordinates(at)) == 3
    assert "four (added)" not in visit().selectbox(key="model").options


def test_added_model_serves_every_page(visit, switch, small, content):
    at = add(visit(), content(small(latent_dim=2)), "two.safetensors")
    for page in ("interpolate", "reconstruct", "train", ""):
        assert_fine(switch(at, page))
        assert at.selectbox(key="model").value.startswith("added:")


def test_tutorial_authors_file_is_added(visit, small):
    tutorial = small(encoder=(20, 20), decoder=(20, 20), activation="leaky_relu")
    at = add(visit(), state_dict(tutorial), "variational_autoencoder.pt")
    assert_fine(at)
    assert at.selectbox(key="model").options[-1] == "variational_autoencoder (added)"
    assert at.selectbox(key="model").value.startswith("added:")
    assert digit(at)


def test_same_model_added_twice_is_there_once(visit, small, content):
    at = visit()
    for name in ("one.safetensors", "again.safetensors"):
        add(at, content(small()), name)
        assert_fine(at)
    assert sum("added" in title for title in at.selectbox(key="model").options) == 1


def bad(kind: str, checkpoint, content) -> tuple[bytes, str]:
    """A file that is no model, and its name."""
    whole = content(checkpoint)
    return {
        "pickle": (pickle.dumps({"weights": [1, 2]}), "model.safetensors"),
        "pickle that runs code": (pickle.dumps(pytest.fail), "model.pt"),
        "torch file called safetensors": (state_dict(checkpoint), "model.safetensors"),
        "truncated": (whole[: len(whole) // 2], "model.safetensors"),
        "cut in the header": (whole[:40], "model.safetensors"),
        "empty": (b"", "model.safetensors"),
        "text": (b"weights, honestly", "model.safetensors"),
        "text called pt": (b"weights, honestly", "model.pt"),
        "truncated pt": (state_dict(checkpoint)[:900], "model.pt"),
        "wrong shapes": (whole.replace(b'"shape":[8,784]', b'"shape":[784,8]'), "m.safetensors"),
        "other settings": (
            whole.replace(b'\\"latent_dim\\": 3', b'\\"latent_dim\\": 4'),
            "model.safetensors",
        ),
        "newer version": (
            whole.replace(b'\\"format\\": 1', b'\\"format\\": 9'),
            "model.safetensors",
        ),
    }[kind]


@pytest.mark.parametrize(
    "kind",
    [
        "pickle",
        "pickle that runs code",
        "torch file called safetensors",
        "truncated",
        "cut in the header",
        "empty",
        "text",
        "text called pt",
        "truncated pt",
        "wrong shapes",
        "other settings",
        "newer version",
    ],
)
def test_bad_checkpoint_is_one_sentence_and_the_earlier_model_stays(visit, small, content, kind):
    at = visit(link={"z1": "1.5"})
    before = digit(at)
    add(at, *bad(kind, small(), content))
    assert complaint(at)
    assert at.selectbox(key="model").value == DEFAULT
    assert digit(at) == before
    at.slider(key="z1").set_value(-1.0).run()
    assert not at.exception and digit(at) != before
    add(at, content(small()), "good.safetensors")
    assert_fine(at)
    assert at.selectbox(key="model").value.startswith("added:")


def test_encoded_points_that_cannot_be_shown_are_refused(visit, small, content):
    add(at := visit(), content(small(spread=1e9)), "far.safetensors")
    assert "encoded points" in complaint(at)


@pytest.mark.parametrize("split", ["classes", "__class__", "", None, 3])
def test_encoded_points_of_no_known_split_are_refused(visit, small, content, split):
    made = small()
    made = dataclasses.replace(made, dataset="digits", encoded=made.encoded._replace(split=split))
    add(at := visit(), content(made), "odd.safetensors")
    assert "encoded points" in complaint(at)


def test_added_model_cannot_show_pictures_of_a_folder_of_the_server(
    visit, small, content, tmp_path
):
    for number in range(100):
        Image.new("L", (28, 28), number).save(tmp_path / f"{number:03}.png")
    made = dataclasses.replace(small(count=20), dataset=str(tmp_path))
    add(at := visit(), content(made), "curious.safetensors")
    assert_fine(at)
    notes = [component.proto.json for component in at.main.get("bidi_component")]
    assert any("reconstructions: the original" in note for note in notes)


@pytest.mark.parametrize("page", ["", "interpolate", "reconstruct"])
def test_model_whose_data_set_is_damaged_is_shown_without_it(visit, small, install, tmp_path, page):
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):
        for kind in ("images-idx3", "labels-idx1"):
            (raw / f"{part}-{kind}-ubyte").write_bytes(b"damaged")
    install(dataclasses.replace(small(), dataset="mnist"))
    assert_fine(visit(page, {"model": "small (run)"}))


@pytest.mark.parametrize("page", ["", "interpolate", "reconstruct"])
def test_model_of_another_picture_size_is_shown_without_the_originals(
    visit, small, install, digits, page
):
    made = small(image_size=16, count=len(digits.test))
    install(dataclasses.replace(made, dataset="digits"))
    assert_fine(visit(page, {"model": "small (run)"}))


def test_damaged_model_of_a_run_is_named_and_another_can_be_chosen(visit, small, install, tmp_path):
    key = install(small(), "broken")
    (tmp_path / "runs" / "broken" / "checkpoint.safetensors").write_bytes(b"cut")
    at = visit()
    at.selectbox(key="model").set_value(key).run()
    assert not at.exception
    assert len({error.value for error in at.error}) == 1
    at.selectbox(key="model").set_value(DEFAULT).run()
    assert_fine(at)
    assert digit(at)


def test_model_that_disappears_gives_way_to_the_default(visit, small, install, tmp_path):
    key = install(small(latent_dim=5), "going")
    at = visit()
    at.selectbox(key="model").set_value(key).run()
    (tmp_path / "runs" / "going" / "checkpoint.safetensors").unlink()
    at.run()
    assert_fine(at)
    assert at.selectbox(key="model").value == DEFAULT
    assert len(coordinates(at)) == 3


def test_model_trained_further_is_read_again(visit, small, install, tmp_path):
    key = install(small(latent_dim=2), "growing")
    at = visit()
    at.selectbox(key="model").set_value(key).run()
    other = small(latent_dim=6)
    save_checkpoint(other, tmp_path / "runs" / "growing" / "checkpoint.safetensors")
    at.run()
    assert_fine(at)
    assert len(coordinates(at)) == 6


@pytest.mark.parametrize("page", ["", "interpolate", "reconstruct", "train"])
def test_app_without_any_model_says_what_to_do(visit, page, small, content, monkeypatch, tmp_path):
    monkeypatch.setattr(model_library, "SHIPPED", tmp_path / "nothing")
    at = visit(page)
    assert not at.exception
    assert "No model is at hand" in at.sidebar.warning[0].value
    add(at, content(small()), "first.safetensors")
    assert_fine(at)


def test_models_are_kept_apart_by_content_not_by_name(visit, small, content):
    first = small()
    second = small()
    second = type(second)(new_model(second.config, 1).eval(), second.config, encoded=second.encoded)
    at = add(visit(), content(first), "same.safetensors")
    before = digit(at)
    add(at, content(second), "same.safetensors")
    assert_fine(at)
    assert digit(at) != before
