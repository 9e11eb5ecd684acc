"""Codes without a model: what is found in a file, what is said of it, and what is refused."""

import contextlib
import gzip
import io

import code_files
import numpy as np
import pandas
import pytest
import torch

from vae_explorer.config import ModelConfig
from vae_explorer.errors import CheckpointError, DataError, ExplorerError
from vae_explorer.export import encoded_pictures
from vae_explorer.files import zipped
from vae_explorer.latent import selection
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import Checkpoint, save_checkpoint
from vae_explorer.models.foreign.codes import found
from vae_explorer.models.foreign.codes.open_codes import is_codes, open_codes
from vae_explorer.models.vae import new_model

CHANCE = np.random.default_rng(1)
Z = CHANCE.normal(size=(30, 4)).astype(np.float32)
LABELS = np.arange(30) % 3
NAMES = ("ant", "bee", "cat")


def refusal(data: bytes, name: str = "codes.npz") -> str:
    """The one sentence that a file is refused with."""
    with pytest.raises((CheckpointError, DataError)) as caught:
        open_codes(data, name)
    said = str(caught.value)
    assert said.endswith(".") and "\n" not in said
    return said


def parquet(frame: pandas.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file)
    return file.getvalue()


def as_table(stem: str = "z", label: str = "label") -> pandas.DataFrame:
    table = pandas.DataFrame({f"{stem}{d}": Z[:, d] for d in range(4)})
    table[label] = [NAMES[number] for number in LABELS]
    return table


def assert_same(data: bytes, name: str) -> Checkpoint:
    """The codes and labels that all these files hold."""
    checkpoint, remarks = open_codes(data, name)
    encoded = checkpoint.encoded
    np.testing.assert_allclose(encoded.mu, Z, rtol=1e-6)
    assert encoded.labels.tolist() == LABELS.tolist()
    assert checkpoint.classes == NAMES and checkpoint.config.latent_dim == 4
    assert checkpoint.name == "codes" and encoded.split == "all"
    assert all(sentence.endswith(".") for sentence in remarks)
    return checkpoint


@pytest.mark.parametrize("key", ["z", "latents", "codes", "embeddings", "mu", "Z_mean", "latent"])
@pytest.mark.parametrize("label", ["labels", "y", "targets"])
def test_arrays_are_found_by_their_names(key, label):
    texts = np.array(NAMES)[LABELS]
    assert_same(code_files.npz(**{key: Z, label: texts}), "codes.npz")


def test_arrays_without_names_are_found_by_their_shapes():
    file = io.BytesIO()
    np.savez(file, Z, np.array(NAMES)[LABELS])
    assert_same(file.getvalue(), "codes.npz")


def test_means_come_before_samples_and_what_is_left_out_is_said():
    opened = open_codes(code_files.npz(z=Z + 1, mu=Z, losses=np.zeros(9)), "codes.npz")
    assert torch.equal(opened.checkpoint.encoded.mu, torch.from_numpy(Z))
    assert opened.remarks == (
        "Read from codes.npz: codes (mu).",
        "Left out: losses, z.",
    )


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("logvar", np.full_like(Z, -2.0)),
        ("log_var", np.full_like(Z, -2.0)),
        ("sigma", np.full_like(Z, np.exp(-1.0))),
        ("std", np.full_like(Z, np.exp(-1.0))),
        ("variance", np.full_like(Z, np.exp(-2.0))),
        ("log_std", np.full_like(Z, -1.0)),
    ],
)
def test_spread_becomes_log_variance(key, values):
    checkpoint = open_codes(code_files.npz(z=Z, **{key: values}), "a.npz").checkpoint
    assert checkpoint.config.variational
    torch.testing.assert_close(checkpoint.encoded.logvar, torch.full((30, 4), -2.0))


def test_numbered_labels_get_the_names_that_the_file_has():
    data = code_files.npz(z=Z, y=LABELS, class_names=np.array(NAMES))
    assert_same(data, "codes.npz")


@pytest.mark.parametrize(
    ("shape", "stored"),
    [((12, 16), (12, 16)), ((12, 16, 3), (3, 12, 16)), ((3, 12, 16), (3, 12, 16))],
)
def test_pictures_come_along(shape, stored):
    images = CHANCE.integers(0, 256, (30, *shape), np.uint8)
    checkpoint = open_codes(code_files.npz(z=Z, images=images), "a.npz").checkpoint
    last = np.moveaxis(images, -1, 1) if shape[-1] == 3 else images
    assert checkpoint.config.image_shape == ((3, 12, 16) if len(stored) == 3 else (1, 12, 16))
    assert torch.equal(checkpoint.pictures, torch.from_numpy(last))


def test_pictures_between_0_and_1_are_read_as_such():
    images = CHANCE.random((30, 28, 28)).astype(np.float32)
    pictures = open_codes(code_files.npz(z=Z, x=images), "a.npz").checkpoint.pictures
    np.testing.assert_array_equal(pictures, np.rint(255 * images).astype(np.uint8))


def test_one_split_of_several_is_shown():
    data = code_files.npz(z_train=Z[:20], z_test=Z, y_train=LABELS[:20], y_test=LABELS)
    checkpoint, remarks = open_codes(data, "a.npz")
    assert len(checkpoint.encoded.mu) == 30 and checkpoint.encoded.split == "test"
    assert remarks[-1] == "Left out: y_train, z_train."


@pytest.mark.parametrize("stem", ["z", "mu_", "dim", "feature-", "latent ", "UMAP_"])
@pytest.mark.parametrize("label", ["label", "class", "y", "kind"])
def test_columns_are_found_by_their_names(stem, label):
    table = as_table(stem, label)
    table.insert(0, "index", range(30))
    assert_same(table.to_csv(index=False).encode(), "codes.csv")
    assert_same(table.to_csv(index=False, sep="\t").encode(), "codes.tsv")
    assert_same(parquet(table), "codes.parquet")


def test_columns_of_any_name_are_coordinates():
    table = pandas.DataFrame(dict(zip(["height", "width", "mass", "age"], Z.T, strict=True)))
    table["species"] = np.array(NAMES)[LABELS]
    assert_same(table.to_csv(index=False).encode(), "codes.csv")


def test_a_column_of_lists_holds_codes():
    table = pandas.DataFrame({"embedding": list(Z), "label": np.array(NAMES)[LABELS]})
    assert_same(parquet(table), "codes.parquet")


def test_columns_beside_one_of_lists_are_left_out_and_said():
    table = pandas.DataFrame({"embedding": list(Z), "label": LABELS, "path": "a.png"})
    assert "Left out: path." in open_codes(parquet(table), "codes.parquet").remarks


def test_columns_in_any_order_are_put_into_that_of_their_numbers():
    table = as_table()[["z2", "label", "z0", "z3", "z1"]]
    assert_same(table.to_csv(index=False).encode(), "codes.csv")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_our_own_tables_of_codes_open_again(ending):
    mu, sigma = torch.from_numpy(Z), torch.full((30, 4), 0.5)
    files = [f"{n}.png" for n in range(30)]
    kl = torch.zeros(30)
    labels = [NAMES[n] for n in LABELS]
    table = encoded_pictures.EncodedPictures(files, labels, mu, sigma, kl, kl, {}, [])
    checkpoint = assert_same(getattr(table, ending)(), f"codes.{ending}")
    sigmas = (0.5 * checkpoint.encoded.logvar).exp()
    torch.testing.assert_close(sigmas, sigma)


def test_table_of_a_selection_opens_again():
    text = selection.to_csv(range(30), torch.from_numpy(LABELS), NAMES, torch.from_numpy(Z))
    np.testing.assert_allclose(
        open_codes(text.encode(), "selected.csv").checkpoint.encoded.mu, Z, atol=1e-6
    )


def test_files_that_gzip_has_packed_open():
    files = {"codes.npz": code_files.npz(z=Z, labels=np.array(NAMES)[LABELS])}
    files["codes.parquet"] = parquet(as_table())
    files["codes.csv"] = as_table().to_csv(index=False).encode()
    for name, data in files.items():
        assert is_codes(f"{name}.gz")
        assert_same(gzip.compress(data), f"{name}.gz")
        assert "damaged" in refusal(gzip.compress(data)[:-20], f"{name}.gz")


def test_packed_file_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr("vae_explorer.models.foreign.codes.open_codes.MAX_BYTES", 2**20)
    packed = gzip.compress(bytes(2**21))
    assert "unpacks to more than 1 MB" in refusal(packed, "codes.npz.gz")


@pytest.mark.parametrize(
    "metadata", ["{0}", "id\tlabel\n1\t{0}", "class\titem\n{0}\t1"], ids=["one", "named", "ours"]
)
def test_files_of_the_projector_open(metadata):
    *head, line = metadata.split("\n")
    lines = [*head, *(line.format(NAMES[number]) for number in LABELS)]
    vectors = "\n".join("\t".join(map(repr, map(float, code))) for code in Z)
    files = {"vectors.tsv": vectors.encode(), "metadata.tsv": "\n".join(lines).encode()}
    assert_same(zipped(files), "codes.zip")
    short = files | {"metadata.tsv": b"a\nb\n"}
    assert "metadata.tsv has 2 rows, vectors.tsv has 30" in refusal(zipped(short), "codes.zip")


def test_labels_that_are_no_classes_are_left_out_and_that_is_said():
    checkpoint, remarks = open_codes(code_files.npz(z=Z, y=CHANCE.random(30)), "price.npz")
    assert checkpoint.classes == ("price",) and not checkpoint.encoded.labels.any()
    assert "The labels are left out: price has labels with fractions" in remarks[-1]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"z": np.full((30, 4), np.nan)}, "coordinate 1 in row 1 of z is no number (NaN)"),
        ({"z": np.full((30, 4), 1e9)}, "is larger than 1,000,000"),
        ({"z": np.zeros((30, 1025))}, "codes of 1,025 coordinates: 1,024 are the most"),
        ({"z": np.zeros((0, 4))}, "holds no codes"),
        ({"z": Z, "labels": LABELS[:20]}, "labels in codes.npz has 20 rows, z has 30"),
        ({"z": Z, "images": np.zeros((20, 28, 28))}, "images in codes.npz has 20 rows"),
        ({"a": Z, "b": Z}, "does not say which array holds codes (a (30, 4), b (30, 4))"),
        ({"z": np.array([None, 1])}, "does not say which array holds codes"),
    ],
)
def test_arrays_that_cannot_be_shown_are_refused(values, said):
    assert said in refusal(code_files.npz(**values))


def test_too_many_rows_or_numbers_are_refused_before_they_are_read(monkeypatch):
    monkeypatch.setattr(found, "MAX_ROWS", 29)
    assert "30 codes: 29 are the most" in refusal(code_files.npz(z=Z))
    monkeypatch.setattr(found, "MAX_ROWS", 30)
    monkeypatch.setattr(found, "MAX_VALUES", 119)
    assert "30 × 4 numbers: 119 are the most" in refusal(code_files.npz(z=Z))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "a.npz"),
        (b"PK\x03\x04 cut", "a.npz"),
        (b"\x93NUMPY cut", "a.npy"),
        (b"PAR1 cut", "a.parquet"),
        (b"\x80\x04.", "a.npz"),
        (b"not a table at all", "a.csv"),
        (b"name,kind\na,b\nc,d\n", "a.csv"),
        (b"z1,z2\n1,2\n3,4\n3,x\n", "a.csv"),
        (b"z1,z2\n1,2\n3,4\n3,\n", "a.csv"),
        (b"{}", "a.json"),
    ],
)
def test_what_holds_no_codes_is_refused_in_a_sentence(data, name):
    assert refusal(data, name)


@pytest.mark.parametrize("name", ["a.npz", "a.npy", "a.csv", "a.parquet", "a.zip"])
def test_damaged_files_are_refused_or_read_and_nothing_else(name):
    table, file = as_table(), io.BytesIO()
    np.save(file, Z)
    whole = {
        "a.npz": code_files.npz(**code_files.arrays()),
        "a.npy": file.getvalue(),
        "a.csv": table.to_csv().encode(),
        "a.zip": zipped({"vectors.tsv": b"1\t2\n3\t4\n", "metadata.tsv": b"a\nb\n"}),
        "a.parquet": parquet(table),
    }[name]
    for seed in range(60):
        chance = np.random.default_rng(seed)
        data = bytearray(whole[: chance.integers(1, len(whole))] if seed % 3 == 0 else whole)
        for at in chance.integers(0, len(data), 1 + seed % 8):
            data[at] = chance.integers(256)
        with contextlib.suppress(CheckpointError, DataError):
            open_codes(bytes(data), name)


def test_neither_encodes_nor_decodes_and_says_so(tmp_path):
    checkpoint = open_codes(code_files.npz(z=Z), "a.npz").checkpoint
    assert not checkpoint.model.can_decode and not checkpoint.model.can_encode
    with pytest.raises(ExplorerError, match="codes alone: there is no decoder"):
        inference.decode(checkpoint, checkpoint.encoded.mu)
    with pytest.raises(ExplorerError, match="codes alone: there is no encoder"):
        inference.reconstruct(checkpoint, torch.zeros(1, 1, 28, 28))
    with pytest.raises(CheckpointError, match="no model file can hold them"):
        save_checkpoint(checkpoint, tmp_path / "a.safetensors")
    ours = new_model(ModelConfig(), 0)
    assert ours.can_decode and ours.can_encode


def test_files_of_codes_are_known_by_their_names():
    assert is_codes("a.NPZ") and is_codes("b.csv.gz")
    assert not is_codes("a.safetensors") and not is_codes("mnist-3d")
