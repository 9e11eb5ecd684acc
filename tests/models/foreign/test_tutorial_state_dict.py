"""The tutorial's own file: its weights answer as in the tutorial, and nothing else gets in."""

import contextlib
import io
import random
import struct
import zipfile

import pytest
import torch
from model_files import assert_refused, pt, saved_bytes
from tutorial import VariationalAutoencoder

from vae_explorer.data.datasets import to_unit
from vae_explorer.errors import CheckpointError
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.models.foreign.tutorial_state_dict import import_state_dict
from vae_explorer.presets import PRESETS


@pytest.fixture(scope="module")
def author():
    torch.manual_seed(0)
    return VariationalAutoencoder().eval()


def test_tutorials_weights_answer_as_in_the_tutorial(author, tmp_path, digits):
    torch.save(author.state_dict(), tmp_path / "variational_autoencoder.pt")
    imported = import_state_dict(tmp_path / "variational_autoencoder.pt")
    assert imported.name == "variational_autoencoder"
    assert imported.config == PRESETS["mnist-3d-tutorial"].model
    x, z = to_unit(digits.test.images[:20]), 2 * torch.randn(20, 3)
    with torch.no_grad():
        for ours, theirs in zip(imported.model.encode(x), author.encode(x), strict=True):
            torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)
        ours, theirs = imported.model.decode(z), author.decode(z).view(-1, 1, 28, 28)
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)


def test_imported_model_survives_being_saved_as_a_checkpoint(author, tmp_path):
    imported = import_state_dict(pt(author.state_dict()))
    loaded = load_checkpoint(saved_bytes(imported, tmp_path))
    assert loaded.config == imported.config and loaded.classes == tuple("0123456789")
    z = torch.randn(3, 3)
    assert torch.equal(loaded.model.decode(z), imported.model.decode(z))


@pytest.mark.parametrize("sizes", [(784, 20, 2), (256, 30, 8)])
def test_other_widths_are_read_off_the_shapes(sizes):
    config = import_state_dict(pt(VariationalAutoencoder(*sizes).state_dict())).config
    pixels, hidden, latent_dim = sizes
    assert (config.pixels, config.latent_dim) == (pixels, latent_dim)
    assert config.encoder == config.decoder == (hidden, hidden)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float64, torch.bfloat16])
def test_state_dict_of_another_precision_is_imported(author, dtype):
    state = {k: v.to(dtype) for k, v in author.state_dict().items()}
    assert import_state_dict(pt(state)).model.mean_layer.weight.dtype == torch.float32


def without(state, name):
    return {k: v for k, v in state.items() if k != name}


@pytest.mark.parametrize("wrap", [lambda s: {"state_dict": s}, lambda s: s | {"epoch": 3}])
def test_state_dict_beside_other_values_is_imported(author, wrap):
    assert import_state_dict(pt(wrap(author.state_dict()))).config.latent_dim == 3


BAD_STATES = {
    "a list": lambda s: [1, 2],
    "a number": lambda s: 3,
    "nothing in it": lambda s: {},
    "numbered": lambda s: dict(enumerate(s.values())),
    "half a character in a name": lambda s: s | {"\ud800": torch.zeros(1)},
    "another module": lambda s: {"encoder.conv.weight": s["mean_layer.weight"]} | s,
    "yet another module": lambda s: {"encoder.weight": s["mean_layer.weight"]} | s,
    "no mean layer": lambda s: without(s, "mean_layer.weight"),
    "no variance layer": lambda s: without(s, "log_variance_layer.weight"),
    "no decoder": lambda s: {k: v for k, v in s.items() if not k.startswith("decoder")},
    "no encoder": lambda s: {k: v for k, v in s.items() if not k.startswith("encoder")},
    "no bias": lambda s: without(s, "encoder.0.bias"),
    "more layers": lambda s: s | {"classifier.weight": torch.zeros(2, 2)},
    "scalars": lambda s: s | {"mean_layer.weight": torch.tensor(1.0)},
    "other shape": lambda s: s | {"decoder.2.weight": torch.zeros(392, 391)},
    "not square": lambda s: s | {"encoder.0.weight": torch.zeros(392, 785)},
    "too large": lambda s: s | {"encoder.0.weight": torch.zeros(1, 65 * 65)},
    "not finite": lambda s: s | {"mean_layer.bias": torch.full((3,), torch.nan)},
    "whole numbers": lambda s: s | {"mean_layer.bias": torch.zeros(3, dtype=torch.int64)},
    "complex": lambda s: s | {"mean_layer.bias": torch.zeros(3, dtype=torch.complex64)},
    "without values": lambda s: {k: v.to("meta") for k, v in s.items()},
    "sparse": lambda s: {k: v.to_sparse() for k, v in s.items()},
    "a sparse weight": lambda s: s | {"mean_layer.weight": s["mean_layer.weight"].to_sparse()},
}


@pytest.mark.parametrize("change", BAD_STATES.values(), ids=BAD_STATES.keys())
@pytest.mark.filterwarnings("ignore::UserWarning")  # torch's, of sparse tensors
def test_state_dict_of_another_layout_is_refused(author, change):
    assert_refused(import_state_dict, pt(change(author.state_dict())))


def repacked(data, method=zipfile.ZIP_STORED, rename=str, change=bytes):
    """The same archive with its entries packed otherwise, under other names, its pickle changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", method) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(rename(name), change(content) if name.endswith(".pkl") else content)
    return buffer.getvalue()


def test_state_dict_packed_smaller_than_its_tensors_is_refused(author):
    data = pt(author.state_dict())
    assert import_state_dict(repacked(data)).config.latent_dim == 3
    assert_refused(import_state_dict, repacked(data, zipfile.ZIP_DEFLATED))


def test_state_dict_whose_entries_overlap_is_refused():
    """Entries that all lie at the same place: a small file, and much to read."""
    data = pt(VariationalAutoencoder(64, 8, 2).state_dict())
    directory, end = data.index(b"PK\1\2"), data.rindex(b"PK\5\6")
    entries, (count,) = data[directory:end], struct.unpack_from("<H", data, end + 10)
    numbers = (2 * count, 2 * count, 2 * len(entries), directory, 0)
    twice = data[:directory] + 2 * entries + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, *numbers)
    assert torch.load(io.BytesIO(twice), weights_only=True)
    assert_refused(import_state_dict, twice)


def test_storage_that_torch_would_read_once_for_each_spelling_is_refused():
    data = repacked(
        pt(VariationalAutoencoder(64, 8, 2).state_dict()),
        rename=lambda name: name.replace("/data/10", "/data/ab"),
        change=lambda pickled: pickled.replace(b"\2\0\0\x0010", b"\2\0\0\0aB"),
    )
    assert torch.load(io.BytesIO(data), weights_only=True)
    assert_refused(import_state_dict, data)


class Long:
    """Unpickled, it is a row of zeros that is far longer than its file."""

    def __reduce__(self):
        return bytearray, (10_000_000,)


def test_state_dict_that_makes_anything_but_tensors_is_refused():
    data = pt({"encoder.0.weight": Long()})
    for packed in (data, repacked(data, rename=str.upper)):
        made = torch.load(io.BytesIO(packed), weights_only=True)["encoder.0.weight"]
        assert len(made) == 10_000_000 > 1000 * len(packed)  # torch itself does it
        assert "bytearray" in assert_refused(import_state_dict, packed)


def test_tensors_larger_than_their_file_are_refused():
    state = VariationalAutoencoder().state_dict()
    wide = {name: weight.new_zeros(1).expand(weight.shape) for name, weight in state.items()}
    assert "contiguous" in assert_refused(import_state_dict, pt(wide))


def test_whole_pickled_module_is_refused(author):
    message = assert_refused(import_state_dict, pt(author))
    assert "torch.save(model.state_dict(), path)" in message


def test_state_dict_cut_short_anywhere_is_refused(author):
    data = pt(author.state_dict())
    for length in range(0, len(data), len(data) // 25):
        assert_refused(import_state_dict, data[:length])


def test_damaged_state_dict_never_raises_anything_but_a_checkpoint_error():
    data = pt(VariationalAutoencoder(64, 8, 2).state_dict())
    dice = random.Random(0)
    for _ in range(200):
        damaged = bytearray(data)
        damaged[dice.randrange(len(data))] = dice.randrange(256)
        with contextlib.suppress(CheckpointError):
            import_state_dict(bytes(damaged))
