"""The chosen model in other programs' forms, offered beside every page."""

import io
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image
from visible import assert_fine

from vae_explorer.export import export_formats
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.runs.model_library import DEFAULT, SHIPPED
from vae_explorer.ui.session import latent_space
from vae_explorer.ui.shell import export_menu

FORMS = {"ONNX (.zip)", "PyTorch state_dict (.pt)", "Embedding Projector (.zip)"}
FORMS |= {"Interactive explorer (.html)", "Checkpoint (.safetensors)"}


def offered(at) -> set[str]:
    """The names of the downloads beside a page."""
    return {button.proto.label for button in at.sidebar.get("download_button")}


def said(at) -> str:
    """What stands beside a page in small."""
    return "\n".join(caption.value for caption in at.sidebar.caption)


@pytest.fixture(scope="module")
def space():
    """That of the default model."""
    return latent_space.of(load_checkpoint(SHIPPED / f"{DEFAULT}.safetensors"))


@pytest.mark.parametrize("page", ["", "generate", "train"])
def test_all_forms_are_offered_beside_every_page(visit, page):
    at = visit(page)
    assert_fine(at)
    assert offered(at) == FORMS


def test_who_can_load_the_plain_weights_is_said(visit):
    assert "author's own class" in said(visit(link={"model": "mnist-3d-tutorial"}))
    assert "this project's VAE class" in said(visit())


def test_form_that_a_model_lacks_is_a_sentence_in_place_of_a_button(visit, small, install):
    install(small(count=0))
    at = visit(link={"model": "small (run)"})
    assert offered(at) == FORMS - {"Embedding Projector (.zip)"}
    assert "no encoded pictures to project" in said(at)
    install(small(decoder=(2700, 2700)), "huge")
    at = visit(link={"model": "huge (run)"})
    assert "Interactive explorer (.html)" not in offered(at)
    assert "too slow" in said(at)


def test_files_are_those_of_the_core(space):
    with zipfile.ZipFile(io.BytesIO(export_menu.content("onnx", space))) as files:
        made = export_formats.export_files("onnx", space.checkpoint)
        assert {name: files.read(name) for name in files.namelist()} == made
    state = torch.load(io.BytesIO(export_menu.content("state-dict", space)), weights_only=True)
    assert set(state) == set(space.checkpoint.model.state_dict())
    assert export_menu.content("html", space).startswith(b"<!doctype html>")


def test_sprite_shows_the_originals_where_they_are_on_this_disk(digits):
    space = latent_space.of(load_checkpoint(SHIPPED / "digits-3d.safetensors"))
    with zipfile.ZipFile(io.BytesIO(export_menu.content("projector", space))) as files:
        sprite = np.asarray(Image.open(io.BytesIO(files.read("sprite.png"))))
        codes = np.loadtxt(io.BytesIO(files.read("vectors.tsv")), delimiter="\t")
    assert np.array_equal(sprite[:28, :28], digits.test.images[0].numpy())
    assert len(codes) == len(digits.test)


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../etc/passwd", "passwd"), ("a/b", "b"), ("c:\\d", "d"), ("/", "model"), ("a", "a")],
)
def test_name_of_an_added_model_is_no_path(name, kept):
    assert export_menu._file_name(name) == kept
