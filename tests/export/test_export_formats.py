"""A model in other programs' forms: each read back by a program that is not ours."""

import dataclasses
import io
import json
import re
import subprocess
import sys
import warnings
import zipfile

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from model_kinds import KINDS, small_model
from PIL import Image
from shipped_models import OF_PICTURES
from tutorial import VariationalAutoencoder

from vae_explorer.cli import main
from vae_explorer.config import ModelConfig
from vae_explorer.errors import ExportError
from vae_explorer.export import export_formats, projector
from vae_explorer.models.checkpoints import EncodedSet, load_checkpoint, save_checkpoint
from vae_explorer.models.foreign.model_door import read_model
from vae_explorer.models.foreign.tutorial_state_dict import import_state_dict
from vae_explorer.models.inference import decode
from vae_explorer.models.vae import VAE
from vae_explorer.training.runs.model_library import SHIPPED

AGREE = 1e-5  # of the largest value, at least of one
MADE = {  # what every list of operations holds at least once
    "MLP, Fourier features": {"fourier": 4},
    "residual": {"decoder": (8, 8), "residual": True, "fourier": 4},
    "convolutional": {"convolutions": (4, 8), "encoder": ()},
    "convolutions and layers": {"convolutions": (4,), "encoder": (8,), "image_size": 17},
    "convolutional both ways": {
        "convolutions": (4,),
        "decoder_convolutions": (8, 4),
        "normalization": "batch",
    },
    "colour, transposed, by groups": {
        "decoder_convolutions": (6, 4),
        "upsampling": "transposed",
        "normalization": "group",
        "decoder": (),
        "image_size": 11,
        "image_width": 18,
        "channels": 3,
    },
    "conditional": {"classes": 10},
    "conditional, Fourier features": {"classes": 3, "fourier": 4, "names": 3},
    "plain autoencoder": {"variational": False},
    "leaky ReLU with dropout": {"activation": "leaky_relu", "dropout": 0.3},
    "ReLU, one coordinate": {"activation": "relu", "latent_dim": 1},
    "32 coordinates": {"latent_dim": 32},
}

# ONNX


def assert_near(found, expected) -> None:
    """As near as single precision allows."""
    most = max(1, expected.abs().max().item())
    assert np.abs(found - expected.numpy()).max() < AGREE * most


def agree(checkpoint, count: int) -> None:
    """Both files give what PyTorch gives, for a batch of so many."""
    files, config = export_formats.export_files("onnx", checkpoint), checkpoint.config
    draw = torch.Generator().manual_seed(count)
    x = torch.rand(count, *config.image_shape, generator=draw)
    z = torch.randn(count, config.latent_dim, generator=draw) * 2
    y = torch.randint(0, config.classes, (count,), generator=draw) if config.classes else None
    label = {} if y is None else {"y": y.numpy()}
    with torch.inference_mode():
        mu, logvar = checkpoint.model.encode(x, y)
        expected = checkpoint.model.decode(z, y)
    session = onnxruntime.InferenceSession(files["encoder.onnx"])
    outputs = {
        o.name: v
        for o, v in zip(
            session.get_outputs(), session.run(None, {"x": x.numpy()} | label), strict=True
        )
    }
    assert_near(outputs["mu"], mu)
    if config.variational:
        assert_near(outputs["logvar"], logvar)
    else:
        assert list(outputs) == ["mu"]
    (pictures,) = onnxruntime.InferenceSession(files["decoder.onnx"]).run(
        None, {"z": z.numpy()} | label
    )
    assert pictures.shape == (count, *config.image_shape)
    assert_near(pictures, expected)


@pytest.mark.parametrize("count", [1, 7])
@pytest.mark.parametrize("kind", MADE)
def test_onnx_agrees_with_pytorch(kind, count):
    agree(small_model(**MADE[kind]), count)


@pytest.mark.parametrize("path", OF_PICTURES, ids=lambda path: path.stem)
def test_onnx_of_a_shipped_model_agrees_with_pytorch(path):
    agree(load_checkpoint(path), 16)


def test_range_of_the_variance_is_kept_in_onnx():
    checkpoint = small_model()
    state = checkpoint.model.state_dict()
    state["log_variance_layer.bias"] = torch.tensor([100.0, -100.0, 0.0])
    checkpoint.model.load_state_dict(state)
    agree(checkpoint, 2)


@pytest.mark.parametrize("kind", MADE)
def test_onnx_is_whole_and_tells_what_it_is_of(kind):
    files = export_formats.export_files("onnx", small_model(**MADE[kind]))
    for name in ("encoder.onnx", "decoder.onnx"):
        model = onnx.load_from_string(files[name])
        onnx.checker.check_model(model, full_check=True)
        told = {entry.key: entry.value for entry in model.metadata_props}
        assert told["model"] == "small" and json.loads(told["classes"])[0] == "class 0"
        axis = model.graph.input[0].type.tensor_type.shape.dim[0]
        assert axis.dim_param == "batch"


@pytest.mark.parametrize("classes", [0, 10])
def test_readme_of_onnx_runs_as_it_stands(classes, tmp_path, monkeypatch):
    for name, content in export_formats.export_files("onnx", small_model(classes=classes)).items():
        (tmp_path / name).write_bytes(content)
    (script,) = re.findall("```python\n(.*?)```", (tmp_path / "README.md").read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    found = {}
    exec(script, found)
    assert found["pictures"].shape == (10, 1, 28, 28)


# state_dict


def test_tutorial_shaped_model_loads_in_the_authors_own_class():
    checkpoint = load_checkpoint(SHIPPED / "mnist-3d-tutorial.safetensors")
    call = export_formats.tutorial_call(checkpoint.config)
    assert call == "VariationalAutoencoder(784, 392, 3)"
    theirs = VariationalAutoencoder(*map(int, re.findall(r"\d+", call)))
    data = export_formats.state_dict(checkpoint)
    theirs.load_state_dict(torch.load(io.BytesIO(data), weights_only=True))
    z = torch.randn(5, 3)
    with torch.inference_mode():
        expected = checkpoint.model.decode(z).flatten(1)
        assert torch.allclose(theirs.decoder(z), expected, atol=1e-6)
        x = torch.rand(5, 784)
        mu, _ = checkpoint.model.encode(x.view(5, 1, 28, 28))
        assert torch.allclose(theirs.mean_layer(theirs.encoder(x)), mu, atol=1e-5)
    assert "author's own class" in export_formats.about_state_dict(checkpoint.config)


def test_model_of_the_tutorials_layers_comes_back_by_import():
    checkpoint = small_model(encoder=(12, 9), decoder=(7,), activation="leaky_relu")
    again = import_state_dict(export_formats.state_dict(checkpoint))
    z = torch.randn(4, 3)
    assert torch.allclose(again.model.decode(z), checkpoint.model.decode(z), atol=1e-6)
    assert export_formats.tutorial_call(checkpoint.config) == ""
    assert "`import` takes it" in export_formats.about_state_dict(checkpoint.config)


@pytest.mark.parametrize("kind", ["MLP, Fourier features", "conditional", "convolutional"])
def test_any_other_model_keeps_our_keys_and_says_so(kind):
    checkpoint = small_model(**MADE[kind])
    state = torch.load(io.BytesIO(export_formats.state_dict(checkpoint)), weights_only=True)
    VAE(checkpoint.config).load_state_dict(state)
    assert all(value.dtype == torch.float32 for value in state.values())
    assert "this project's VAE class" in export_formats.about_state_dict(checkpoint.config)


@pytest.mark.parametrize(
    "changed",
    [
        {"encoder": (392, 128)},
        {"encoder": (392,)},
        {"decoder": (392, 392, 392), "encoder": (392,)},
        {"fourier": 4},
        {"activation": "gelu"},
        {"classes": 10},
        {"variational": False},
    ],
)
def test_only_the_tutorials_own_shape_is_said_to_load_there(changed):
    usual = {"encoder": (392, 392), "decoder": (392, 392), "fourier": 0}
    usual |= {"activation": "leaky_relu"}
    assert export_formats.tutorial_call(ModelConfig(**usual))
    assert not export_formats.tutorial_call(ModelConfig(**(usual | changed)))


# Embedding Projector


def read_tsv(files, name):
    return [line.split("\t") for line in files[name].decode().splitlines()]


def test_projector_files_hold_every_code_its_class_and_its_picture(checkpoint, held_out):
    files = export_formats.export_files("projector", checkpoint, held_out.images)
    vectors = np.loadtxt(io.BytesIO(files["vectors.tsv"]), delimiter="\t")
    assert np.allclose(vectors, checkpoint.encoded.mu.numpy(), rtol=1e-5)
    head, *rows = read_tsv(files, "metadata.tsv")
    assert head == ["class", "item"] and len(rows) == len(vectors) == 40
    assert [int(row[0]) for row in rows] == held_out.labels.tolist()
    sprite = np.asarray(Image.open(io.BytesIO(files["sprite.png"])))
    assert sprite.shape == (7 * 28, 7 * 28)
    tile = sprite[28 : 2 * 28, 3 * 28 : 4 * 28]
    assert np.array_equal(tile, held_out.images[10].numpy())
    assert "original pictures" in files["README.txt"].decode()


def test_tensorboard_reads_the_projector_folder(checkpoint, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TensorBoard's own, on import
        from google.protobuf import text_format
        from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
    files = export_formats.export_files("projector", checkpoint)
    config = text_format.Parse(files["projector_config.pbtxt"].decode(), ProjectorConfig())
    (embedding,) = config.embeddings
    assert {embedding.tensor_path, embedding.metadata_path, embedding.sprite.image_path} <= set(
        files
    )
    assert list(embedding.sprite.single_image_dim) == [28, 28]


def test_projector_page_is_told_shape_and_sprite(checkpoint):
    files = export_formats.export_files("projector", checkpoint)
    (told,) = json.loads(files["projector_config.json"])["embeddings"]
    assert told["tensorShape"] == [40, 3] and told["sprite"]["singleImageDim"] == [28, 28]
    assert {told["tensorPath"], told["metadataPath"], told["sprite"]["imagePath"]} <= set(files)


def test_without_originals_the_sprite_shows_reconstructions(checkpoint):
    files = export_formats.export_files("projector", checkpoint)
    sprite = np.asarray(Image.open(io.BytesIO(files["sprite.png"])))
    expected = decode(checkpoint, checkpoint.encoded.mu[0])[0, 0].numpy() * 255
    assert np.abs(sprite[:28, :28] - expected).max() <= 0.51
    assert "reconstructions" in files["README.txt"].decode()


def test_sprite_of_very_many_pictures_stays_a_texture(monkeypatch, checkpoint, held_out):
    monkeypatch.setattr(projector, "MAX_PIXELS", 70)
    files = export_formats.export_files("projector", checkpoint, held_out.images)
    sprite = Image.open(io.BytesIO(files["sprite.png"]))
    assert sprite.size == (70, 70)
    assert "single_image_dim: 10\n" in files["projector_config.pbtxt"].decode()


def test_class_names_cannot_break_the_table(checkpoint):
    odd = dataclasses.replace(checkpoint, classes=("a\tb", "c\nd", "", *"3456789"))
    _, *rows = read_tsv(export_formats.export_files("projector", odd), "metadata.tsv")
    assert len(rows) == 40 and {len(row) for row in rows} == {2}
    assert {row[0] for row in rows} <= {"a b", "c d", "2", *"3456789"}


def test_nothing_encoded_cannot_be_projected():
    with pytest.raises(ExportError, match="no encoded pictures to project"):
        export_formats.export_files("projector", small_model(count=0))


def test_labels_beyond_the_names_are_called_by_their_number():
    made = small_model(names=2, labels=5)
    _, *rows = read_tsv(export_formats.export_files("projector", made), "metadata.tsv")
    assert {row[0] for row in rows} == {"class 0", "class 1", "2", "3", "4"}


def test_codes_of_one_coordinate_are_one_column():
    files = export_formats.export_files("projector", small_model(latent_dim=1))
    assert {len(row) for row in read_tsv(files, "vectors.tsv")} == {1}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_is_written_in_all_forms_it_has(kind):
    made = small_model(**KINDS[kind])
    forms = ["onnx", "state-dict"] + ["projector"] * (made.encoded is not None)
    for form in forms:
        files = export_formats.export_files(form, made)
        assert files and all(files.values())


@pytest.mark.parametrize("kind", ["html", "pickle"])
def test_form_that_nobody_makes_here_is_refused(kind):
    with pytest.raises(ExportError, match="use checkpoint, onnx, state-dict, projector"):
        export_formats.export_files(kind, small_model())


# which form, and the command


@pytest.mark.parametrize(
    ("name", "kind"), [("a.pt", "state-dict"), ("a.b.PTH", "state-dict"), ("a.html", "html")]
)
def test_ending_of_a_name_tells_the_form(name, kind):
    assert export_formats.format_of(name) == kind


@pytest.mark.parametrize("name", ["folder", "a.zip", "a.v2", ".pt.bak"])
def test_name_that_does_not_tell_the_form_asks_for_it(name):
    with pytest.raises(
        ExportError, match="give --kind checkpoint, onnx, state-dict, projector or html"
    ):
        export_formats.format_of(name)
    assert export_formats.format_of(name, "onnx") == "onnx"


def test_checkpoint_that_is_exported_can_be_added_again():
    checkpoint = load_checkpoint(SHIPPED / "mnist-3d.safetensors")
    assert export_formats.format_of("a.safetensors") == "checkpoint"
    (content,) = export_formats.export_files("checkpoint", checkpoint).values()
    again = read_model(content, "mnist-3d.safetensors")
    z = torch.randn(4, 3)
    assert torch.equal(again.model.decode(z), checkpoint.model.decode(z))
    assert again.scores == checkpoint.scores and again.encoded is not None


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        *[("a.html", "onnx"), ("a.zip", "html"), ("a.pt", "projector")],
        *[("a.safetensors", "state-dict"), ("a.ONNX", "onnx")],
    ],
)
def test_name_that_tells_another_form_than_is_wanted_is_refused(name, wanted):
    with pytest.raises(ExportError, match=f"{name} is no name for"):
        export_formats.format_of(name, wanted)


def test_single_onnx_file_is_refused_as_it_takes_two():
    with pytest.raises(ExportError, match="takes two files"):
        export_formats.format_of("model.onnx")


@pytest.fixture
def saved(checkpoint, tmp_path):
    """The file of a model."""
    path = tmp_path / "mine.safetensors"
    save_checkpoint(checkpoint, path)
    return path


def run(*arguments) -> int:
    return main(["export", *map(str, arguments)])


@pytest.mark.parametrize("kind", ["onnx", "projector"])
def test_command_writes_a_folder_or_a_zip(saved, tmp_path, kind):
    folder, archive = tmp_path / "made", tmp_path / "made.zip"
    assert run(saved, folder, "--kind", kind) == run(saved, archive, "--kind", kind) == 0
    with zipfile.ZipFile(archive) as files:
        assert {p.name: p.read_bytes() for p in folder.iterdir()} == {
            name: files.read(name) for name in files.namelist()
        }


def test_command_finds_the_originals_for_the_sprite(saved, tmp_path, digits, checkpoint):
    whole = dataclasses.replace(
        checkpoint,
        encoded=EncodedSet(
            torch.zeros(len(digits.test), 3),
            torch.zeros(len(digits.test), 3),
            digits.test.labels,
            "test",
        ),
    )
    save_checkpoint(whole, saved)
    assert run(saved, tmp_path / "made", "--kind", "projector") == 0
    sprite = np.asarray(Image.open(tmp_path / "made" / "sprite.png"))
    assert np.array_equal(sprite[:28, :28], digits.test.images[0].numpy())


def test_command_writes_plain_weights_and_says_who_loads_them(saved, tmp_path, capsys):
    assert run(saved, tmp_path / "mine.pt") == 0
    assert "this project's VAE class" in capsys.readouterr().out
    state = torch.load(tmp_path / "mine.pt", weights_only=True)
    assert set(state) == set(load_checkpoint(saved).model.state_dict())


def test_command_writes_the_offline_page(saved, tmp_path):
    assert run(saved, tmp_path / "mine.html") == 0
    assert (tmp_path / "mine.html").read_bytes().startswith(b"<!doctype html>")


FULL = """
import json, resource, sys
from vae_explorer.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
print(*(main(["export", *arguments]) for arguments in json.loads(sys.argv[1])))
"""


def test_file_that_cannot_grow_is_one_sentence_and_nothing_is_half_written(saved, tmp_path):
    wanted = [("onnx", "made"), ("onnx", "a.zip"), ("projector", "made"), ("projector", "a.zip")]
    wanted += [("state-dict", "a.pt"), ("html", "a.html")]
    calls = [[str(saved), str(tmp_path / name), "--kind", kind] for kind, name in wanted]
    before = sorted(tmp_path.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-B", "-c", FULL, json.dumps(calls)], capture_output=True, text=True
    )
    assert done.stdout.split() == ["1"] * len(calls), done.stderr
    told = [line for line in done.stderr.splitlines() if "cannot be written" in line]
    for (_, name), line in zip(wanted, told, strict=True):
        assert line.endswith(f"{tmp_path / name} cannot be written: File too large.")
    assert sorted(tmp_path.rglob("*")) == before


def test_folder_that_is_there_is_never_replaced(saved, tmp_path, capsys):
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "mine").write_text("kept")
    assert run(saved, tmp_path / "made", "--kind", "onnx") == 1
    assert "there is a file or folder of that name" in capsys.readouterr().err
    assert [p.name for p in (tmp_path / "made").iterdir()] == ["mine"]
