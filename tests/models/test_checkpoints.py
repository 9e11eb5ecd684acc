"""One file a model: what is written comes back, and nothing bad gets in."""

import contextlib
import dataclasses
import json
import random
import struct
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hostile_runs import spoilt_checkpoint
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_files import assert_refused, saved_bytes

from vae_explorer.config import ModelConfig, to_dict
from vae_explorer.data.datasets import to_unit
from vae_explorer.data.reading import Reading
from vae_explorer.errors import CheckpointError
from vae_explorer.models import checkpoint_reader, checkpoints, frozen_models
from vae_explorer.models.checkpoint_reader import FORMAT, METADATA_KEY, metadata_of
from vae_explorer.models.checkpoints import (
    Checkpoint,
    encode_split,
    file_of,
    load_checkpoint,
    rounded_to_half,
    save_checkpoint,
)
from vae_explorer.models.foreign.tutorial_state_dict import import_state_dict
from vae_explorer.models.vae import new_model


@pytest.fixture
def rewritten(checkpoint, tmp_path):
    """The bytes of a good checkpoint with tensors or settings replaced; None removes one."""
    data = saved_bytes(checkpoint, tmp_path)
    about, tensors = checkpoint_reader.parse(data)

    def rewrite(new_tensors=None, **new_about):
        both = tensors | (new_tensors or {})
        both = {k: v.clone() for k, v in both.items() if v is not None}
        metadata = {METADATA_KEY: json.dumps(about | new_about)}
        return safetensors.torch.save(both, metadata)

    return rewrite


@pytest.fixture
def whole_file(checkpoint):
    """The bytes of a checkpoint with all that one can hold."""
    return file_of(checkpoint)


# how pictures are read


READINGS = [
    Reading(),
    Reading(3, 16, 24, darkest=-1.0, brightest=1.0, depth="fractions", preparation="plain"),
    Reading(1, 9, 9, brightest=4095.0, depth="16-bit", inverted=True, background="white"),
]


@pytest.mark.parametrize("reading", READINGS, ids=str)
def test_reading_survives_the_file(reading, tmp_path):
    channels, height, width = reading.image_shape
    config = ModelConfig(
        encoder=(8,),
        decoder=(8,),
        channels=channels,
        image_size=height,
        image_width=width,
    )
    made = Checkpoint(model=new_model(config, 0), config=config, reading=reading)
    save_checkpoint(made, tmp_path / "a.safetensors")
    assert load_checkpoint(tmp_path / "a.safetensors").picture_reading == reading


@pytest.mark.parametrize(
    ("fields", "dataset", "preparation"),
    [
        ({}, "mnist", "handwriting"),
        ({}, "fashion-mnist", "plain"),
        ({}, "kmnist", "plain"),
        ({"image_size": 16}, "mnist", "plain"),
        ({"channels": 3}, "", "plain"),
    ],
)
def test_file_of_before_is_read_as_it_was_then(fields, dataset, preparation):
    config = ModelConfig(encoder=(8,), decoder=(8,), **fields)
    before = Checkpoint(model=new_model(config, 0), config=config, dataset=dataset)
    assert before.picture_reading.preparation == preparation
    assert before.picture_reading.image_shape == config.image_shape


BAD_READINGS = [
    *["mnist", [], {"channels": 2}, {"height": 5}, {"width": "28"}, {"depth": "deep"}],
    *[{"darkest": "0"}, {"inverted": 1}, {"preparation": "none"}, {"unknown": 1}],
    *[{"height": 64}, {"channels": 3}],
]


@pytest.mark.parametrize("reading", BAD_READINGS, ids=str)
def test_reading_that_makes_no_sense_is_one_sentence(rewritten, reading):
    with pytest.raises(CheckpointError, match="reading"):
        load_checkpoint(rewritten(reading=reading))


# round trips


@pytest.mark.parametrize(
    "config",
    [
        ModelConfig(encoder=(16,), decoder=(16,), fourier=4),
        ModelConfig(encoder=(8,), decoder=(8,), fourier=0, latent_dim=6, activation="relu"),
        ModelConfig(encoder=(8,), decoder=(8,), convolutions=(4, 4)),
        ModelConfig(encoder=(8,), decoder=(8,), classes=10),
        ModelConfig(encoder=(8,), decoder=(8,), variational=False, likelihood="gaussian"),
        ModelConfig(encoder=(8,), decoder=(8, 8), residual=True, image_size=12),
    ],
    ids=["small", "plain", "convolutional", "conditional", "autoencoder", "residual"],
)
def test_model_comes_back_with_the_same_answers(config, tmp_path):
    model = new_model(config, 3).eval()
    save_checkpoint(Checkpoint(model, config), tmp_path / "a.safetensors")
    loaded = load_checkpoint(tmp_path / "a.safetensors")
    assert loaded.config == config
    x = torch.rand(4, 1, config.image_size, config.image_size)
    y = torch.arange(4) if config.classes else None
    for ours, theirs in zip(loaded.model(x, y), model(x, y), strict=True):
        assert torch.equal(ours, theirs)


def test_what_is_known_about_a_model_comes_back(checkpoint, tmp_path):
    save_checkpoint(checkpoint, tmp_path / "other.safetensors")
    loaded = load_checkpoint(tmp_path / "other.safetensors")
    assert loaded.name == "other"
    assert (loaded.dataset, loaded.classes) == (checkpoint.dataset, checkpoint.classes)
    assert (loaded.training, loaded.scores) == (checkpoint.training, checkpoint.scores)


@pytest.mark.parametrize("half", [False, True])
def test_encoded_set_comes_back_whole_or_as_rounded(checkpoint, tmp_path, half):
    encoded = load_checkpoint(saved_bytes(checkpoint, tmp_path, half=half)).encoded
    kept, off = checkpoint.encoded, 2**-11 if half else 0
    torch.testing.assert_close(encoded.mu, kept.mu, rtol=off, atol=1e-7 * half)
    torch.testing.assert_close(encoded.logvar, kept.logvar, rtol=off, atol=1e-7 * half)
    assert torch.equal(encoded.labels, checkpoint.encoded.labels)
    assert encoded.labels.dtype == torch.int64 and encoded.split == "test"


def test_what_half_precision_cannot_hold_stays_whole(checkpoint, tmp_path):
    mu = checkpoint.encoded.mu * 0 + 70_000.0
    far = dataclasses.replace(checkpoint, encoded=checkpoint.encoded._replace(mu=mu))
    assert torch.equal(load_checkpoint(saved_bytes(far, tmp_path, half=True)).encoded.mu, mu)


def test_checkpoint_without_encoded_set_has_none(checkpoint, tmp_path):
    bare = dataclasses.replace(checkpoint, encoded=None, scores={})
    assert load_checkpoint(saved_bytes(bare, tmp_path)).encoded is None


def test_half_precision_halves_the_weights_and_loads_as_rounded(checkpoint, tmp_path):
    bare = dataclasses.replace(checkpoint, encoded=None)
    whole, half = (saved_bytes(bare, tmp_path, half=h) for h in (False, True))
    assert len(half) < 0.6 * len(whole)
    loaded, rounded = load_checkpoint(half).model.state_dict(), rounded_to_half(bare).model
    for name, value in rounded.state_dict().items():
        assert loaded[name].dtype == torch.float32 and torch.equal(loaded[name], value)
        torch.testing.assert_close(value, bare.model.state_dict()[name], rtol=1e-3, atol=1e-4)


def test_rounding_leaves_the_original_alone(checkpoint):
    before = {k: v.clone() for k, v in checkpoint.model.state_dict().items()}
    rounded_to_half(checkpoint)
    after = checkpoint.model.state_dict()
    assert all(torch.equal(before[k], after[k]) for k in before)


def test_loaded_model_is_frozen_at_rest_and_in_full_precision(checkpoint, tmp_path):
    model = load_checkpoint(saved_bytes(checkpoint, tmp_path, half=True)).model
    assert not model.training and not any(p.requires_grad for p in model.parameters())
    assert {p.dtype for p in model.state_dict().values()} == {torch.float32}


def test_file_and_its_bytes_load_alike(checkpoint, tmp_path):
    data = saved_bytes(checkpoint, tmp_path)
    by_path, by_text = (
        load_checkpoint(kind(tmp_path / "saved.safetensors")) for kind in (Path, str)
    )
    by_bytes = load_checkpoint(data, "saved")
    assert by_path.sha256 == by_text.sha256 == by_bytes.sha256 and len(by_path.sha256) == 64
    assert by_path.name == by_text.name == by_bytes.name == "saved"


def test_different_models_have_different_hashes(checkpoint, tmp_path, small_config):
    other = dataclasses.replace(checkpoint, model=new_model(small_config, 1))
    one, two = (load_checkpoint(saved_bytes(c, tmp_path)) for c in (checkpoint, other))
    assert one.sha256 != two.sha256


def test_checkpoint_of_a_run_is_named_after_its_folder(checkpoint, tmp_path):
    folder = tmp_path / "my-run"
    folder.mkdir()
    save_checkpoint(checkpoint, folder / "checkpoint.safetensors")
    assert load_checkpoint(folder / "checkpoint.safetensors").name == "my-run"


def test_same_model_is_written_to_the_same_bytes(checkpoint, tmp_path):
    assert saved_bytes(checkpoint, tmp_path) == saved_bytes(checkpoint, tmp_path)


def test_saving_where_nothing_can_be_written_is_a_checkpoint_error(checkpoint, tmp_path):
    assert_refused(lambda path: save_checkpoint(checkpoint, path), tmp_path / "nowhere" / "a")


def test_value_that_json_lacks_is_not_saved(checkpoint, tmp_path):
    bad = dataclasses.replace(checkpoint, scores={"kl": float("nan")})
    assert_refused(lambda path: save_checkpoint(bad, path), tmp_path / "a.safetensors")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("classes", [0, 10])
def test_encoding_in_parts_keeps_pictures_and_labels_together(digits, classes):
    config = ModelConfig(encoder=(8,), decoder=(8,), classes=classes)
    model, x = new_model(config, 0).eval(), to_unit(digits.train.images)
    y = digits.train.labels
    encoded = encode_split(model, x, y, "train")
    with torch.inference_mode():
        mu, logvar = model.encode(x, y if classes else None)
    torch.testing.assert_close(encoded.mu, mu)
    torch.testing.assert_close(encoded.logvar, logvar)
    assert torch.equal(encoded.labels, y) and encoded.split == "train" and len(mu) > 1000


def test_file_that_happens_to_begin_like_a_pickle_is_loaded(checkpoint, tmp_path):
    """A safetensors file begins with the length of its header, which may be any."""
    firsts = set()
    for length in range(0, 264, 8):
        padded = dataclasses.replace(checkpoint, dataset="x" * length)
        data = saved_bytes(padded, tmp_path)
        firsts.add(data[0])
        assert load_checkpoint(data).dataset == padded.dataset
    assert 0x80 in firsts


# files that are no checkpoints

GARBAGE = {
    "empty": b"",
    "one byte": b"\0",
    "text": b"this is not a model",
    "html": b"<!DOCTYPE html><html></html>" * 50,
    "zeros": b"\0" * 1000,
    "huge header": struct.pack("<Q", 2**63) + b"{}",
    "header of nothing": struct.pack("<Q", 0),
    "header of a list": struct.pack("<Q", 2) + b"[]",
    "header without metadata": struct.pack("<Q", 2) + b"{}",
    "metadata is null": struct.pack("<Q", 21) + b'{"__metadata__":null}',
    "zip": b"PK\x03\x04" + b"\0" * 100,
    "png": b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
}


@pytest.mark.parametrize("reader", [load_checkpoint, import_state_dict])
@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE.keys())
def test_file_that_is_no_model_is_refused(reader, data):
    assert_refused(reader, data)


def test_empty_file_is_said_to_be_empty():
    assert "empty" in assert_refused(load_checkpoint, b"")


def test_missing_file_and_folder_are_refused_by_name(tmp_path):
    assert "nowhere" in assert_refused(load_checkpoint, tmp_path / "nowhere.safetensors")
    assert_refused(load_checkpoint, tmp_path)
    assert_refused(import_state_dict, tmp_path / "nowhere.pt")


def test_too_large_file_is_refused_unread(checkpoint, tmp_path, monkeypatch):
    data = saved_bytes(checkpoint, tmp_path)
    monkeypatch.setattr(checkpoint_reader, "MAX_BYTES", len(data) - 1)
    assert "larger" in assert_refused(load_checkpoint, tmp_path / "saved.safetensors")
    assert "larger" in assert_refused(load_checkpoint, data)


def test_checkpoint_cut_short_anywhere_is_refused(checkpoint, tmp_path):
    data = saved_bytes(checkpoint, tmp_path)
    for length in [*range(64), *range(64, len(data), len(data) // 60), len(data) - 1]:
        assert_refused(load_checkpoint, data[:length])


def test_checkpoint_with_bytes_behind_it_is_refused(checkpoint, tmp_path):
    assert_refused(load_checkpoint, saved_bytes(checkpoint, tmp_path) + b"\0")


@pytest.mark.parametrize("metadata", [None, {}, {"format": "pt"}, {METADATA_KEY: "pt"}])
def test_safetensors_file_of_somebody_else_is_refused(metadata):
    data = safetensors.torch.save({"weight": torch.zeros(3)}, metadata)
    assert "settings" in assert_refused(load_checkpoint, data)


@pytest.mark.parametrize("text", ["", "null", "3", "[]", '"x"', "{}", "{", "[" * 100_000, "NaN"])
def test_unreadable_description_is_refused(text):
    data = safetensors.torch.save({"weight": torch.zeros(3)}, {METADATA_KEY: text})
    assert_refused(load_checkpoint, data)


BAD_ABOUT = {
    "newer format": {"format": FORMAT + 1},
    "no format": {"format": None},
    "format in words": {"format": "1"},
    "no settings": {"model": None},
    "settings in words": {"model": "mnist-3d"},
    "settings in a list": {"model": []},
    "dataset is a number": {"dataset": 3},
    "dataset is null": {"dataset": None},
    "classes in words": {"classes": "0123456789"},
    "training is a list": {"training": []},
    "scores are a number": {"scores": 1.0},
    "classes are numbers": {"classes": [0, 1]},
    "more classes than there can be": {"classes": ["a"] * 1001},
    "a class with a long name": {"classes": ["a" * 256]},
    "half a character in the data set": {"dataset": "a\ud800"},
    "half a character in a class": {"classes": ["\udfff"]},
    "half a character in a protocol": {"scores": {"kl": {"value": 1.0, "protocol": "\ud800"}}},
    "half a character in a name": {"training": {"\ud800": 1}},
    "text without end": {"dataset": "a" * 2**20},
}
BAD_SETTINGS = [
    *[{"latent_dim": v} for v in (0, -3, 4, "3", None, 3.0, 10**30, [3])],
    *[{"encoder": v} for v in ([], [0], [17], None, 16, "16", [[16]], {"0": 16}, [10**9])],
    *[{"decoder": v} for v in ([], [16, 16], None)],
    *[{"convolutions": v} for v in ([4], [4] * 9, 4)],
    *[{"activation": v} for v in ("tanh", None, ["gelu"], "__import__('os')")],
    *[{"fourier": v} for v in (0, 5, -1, None)],
    *[{"fourier_scale": v} for v in ("1", None, float("nan"), float("inf"))],
    *[{"classes": v} for v in (10, -1, None)],
    *[{"variational": v} for v in (False, 1, None)],
    *[{"image_size": v} for v in (27, 0, None, 10**6)],
    {"residual": "yes"},
    {"likelihood": "poisson"},
    {"invented": 1},
]


@pytest.mark.parametrize("change", BAD_ABOUT.values(), ids=BAD_ABOUT.keys())
def test_nonsense_in_the_description_is_refused(rewritten, change):
    assert_refused(load_checkpoint, rewritten(**change))


UNUSABLE_SCORES = [
    *[None, 3.0, [], {}],
    *[{"value": value, "protocol": "how"} for value in ("120", True, None, float("nan"), 10**400)],
    *[{"value": value, "protocol": "how"} for value in ([], [1.0, "2"], [1.0, float("inf")], {})],
]


@pytest.mark.parametrize("score", UNUSABLE_SCORES, ids=str)
def test_score_that_cannot_be_used_is_left_out(rewritten, score):
    good = {"value": [1.0, 2.0], "standard_error": 0.5, "protocol": "how"}
    assert load_checkpoint(rewritten(scores={"kl": score, "iw_nll": good})).scores == {
        "iw_nll": good
    }


@pytest.mark.parametrize("error", ["a", 10**400, True, [0.1]])
def test_score_without_usable_error_or_protocol_says_so(rewritten, error):
    score = {"value": 3, "standard_error": error, "protocol": 5, "more": 1}
    assert load_checkpoint(rewritten(scores={"kl": score})).scores == {
        "kl": {"value": 3, "standard_error": None, "protocol": "?"}
    }


def test_newer_format_says_to_update(rewritten):
    assert "update" in assert_refused(load_checkpoint, rewritten(format=FORMAT + 1))


@pytest.mark.parametrize("change", BAD_SETTINGS, ids=str)
def test_settings_that_are_nonsense_or_do_not_fit_are_refused(rewritten, small_config, change):
    settings = json.loads(json.dumps(to_dict(small_config))) | change
    assert_refused(load_checkpoint, rewritten(model=settings))


BAD_TENSORS = {
    "missing": {"model.mean_layer.weight": None},
    "missing frequencies": {"model.decoder.0.frequencies": None},
    "extra": {"model.extra": torch.zeros(3)},
    "other shape": {"model.mean_layer.weight": torch.zeros(3, 17)},
    "transposed": {"model.mean_layer.weight": torch.zeros(16, 3)},
    "scalar": {"model.mean_layer.bias": torch.tensor(0.0)},
    "nan": {"model.mean_layer.bias": torch.tensor([0.0, torch.nan, 0.0])},
    "infinity": {"model.decoder.0.frequencies": torch.full((3, 4), torch.inf)},
    "whole numbers": {"model.mean_layer.bias": torch.zeros(3, dtype=torch.int32)},
    "complex": {"model.mean_layer.bias": torch.zeros(3, dtype=torch.complex64)},
    "no codes": {"encoded.mu": None},
    "no variances": {"encoded.logvar": None},
    "no labels": {"encoded.labels": None},
    "fewer codes": {"encoded.mu": torch.zeros(39, 3)},
    "codes of another size": {"encoded.mu": torch.zeros(40, 4)},
    "flat codes": {"encoded.mu": torch.zeros(120)},
    "both codes of another size": {
        "encoded.mu": torch.zeros(40, 2),
        "encoded.logvar": torch.zeros(40, 2),
    },
    "complex codes": {"encoded.mu": torch.zeros(40, 3, dtype=torch.complex64)},
    "whole codes": {"encoded.mu": torch.zeros(40, 3, dtype=torch.int64)},
    "codes not finite": {"encoded.mu": torch.full((40, 3), torch.nan)},
    "variances not finite": {"encoded.logvar": torch.full((40, 3), torch.inf)},
    "fewer labels": {"encoded.labels": torch.zeros(39, dtype=torch.int16)},
    "scalar label": {"encoded.labels": torch.tensor(1, dtype=torch.int16)},
    "table of labels": {"encoded.labels": torch.zeros(40, 1, dtype=torch.int16)},
    "negative labels": {"encoded.labels": torch.full((40,), -1, dtype=torch.int16)},
    "complex labels": {"encoded.labels": torch.zeros(40, dtype=torch.complex64)},
    "codes of eight bits": {"encoded.mu": torch.zeros(40, 3, dtype=torch.float8_e4m3fn)},
    "variances of eight bits": {"encoded.logvar": torch.zeros(40, 3, dtype=torch.float8_e5m2)},
    "tiny variances": {"encoded.logvar": torch.full((40, 3), -14.1)},
    "huge variances": {"encoded.logvar": torch.full((40, 3), 6.1)},
    "labels with fractions": {"encoded.labels": torch.full((40,), 0.5)},
    "labels beyond all classes": {"encoded.labels": torch.full((40,), 1000, dtype=torch.int16)},
    "beyond single precision": {
        "model.mean_layer.bias": torch.full((3,), 1e300, dtype=torch.float64)
    },
    "enormous labels": {"encoded.labels": torch.full((40,), 2**64 - 1, dtype=torch.uint64)},
}


@pytest.mark.parametrize("change", BAD_TENSORS.values(), ids=BAD_TENSORS.keys())
def test_tensors_that_do_not_fit_are_refused(rewritten, change):
    assert_refused(load_checkpoint, rewritten(change))


def test_refusal_names_the_tensor_and_both_shapes(rewritten):
    data = rewritten({"model.mean_layer.weight": torch.zeros(3, 17)})
    message = assert_refused(load_checkpoint, data)
    assert all(part in message for part in ("mean_layer.weight", "(3, 17)", "(3, 16)"))


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2, torch.bfloat16])
def test_weights_of_low_precision_are_read(rewritten, dtype):
    data = rewritten({"model.mean_layer.bias": torch.tensor([0.5, -1.0, 2.0]).to(dtype)})
    assert load_checkpoint(data).model.mean_layer.bias.tolist() == [0.5, -1.0, 2.0]


@pytest.mark.parametrize("region", ["header", "anywhere"])
@pytest.mark.parametrize("block", range(10))
def test_damaged_byte_never_raises_anything_but_a_checkpoint_error(
    checkpoint, tmp_path, region, block
):
    data = saved_bytes(checkpoint, tmp_path)
    (header,) = struct.unpack("<Q", data[:8])
    dice = random.Random(f"{region} {block}")
    for _ in range(20):
        damaged = bytearray(data)
        for _ in range(dice.choice([1, 1, 2, 8])):
            place = dice.randrange(8 + header if region == "header" else len(data))
            damaged[place] = dice.randrange(256)
        with contextlib.suppress(CheckpointError):
            loaded = load_checkpoint(bytes(damaged))
            assert all(p.isfinite().all() for p in loaded.model.state_dict().values())


@settings(
    max_examples=300,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(random=st.randoms(use_true_random=False))
def test_spoilt_file_is_read_or_refused(whole_file, random):
    spoilt, _ = spoilt_checkpoint(whole_file, random)
    with contextlib.suppress(CheckpointError):
        load_checkpoint(spoilt)


@pytest.mark.parametrize("split", [[], {}, ["test"], 3, None, "given"])
def test_encoded_set_of_no_split_is_refused(whole_file, split):
    tensors = safetensors.torch.load(whole_file)
    about = json.loads(metadata_of(whole_file)[METADATA_KEY]) | {"split": split}
    with pytest.raises(CheckpointError, match="encoded points do not fit"):
        load_checkpoint(safetensors.torch.save(tensors, {METADATA_KEY: json.dumps(about)}))


def test_more_weights_than_memory_is_kept_for_are_refused_before_they_grow(whole_file, monkeypatch):
    monkeypatch.setattr(frozen_models, "MAX_WEIGHTS", 1_000)
    with pytest.raises(CheckpointError, match=r"has [\d,]+ weights: 1,000 are the most"):
        load_checkpoint(whole_file)


def test_more_encoded_pictures_than_can_be_shown_are_refused_by_their_number(
    whole_file, checkpoint, monkeypatch, caplog
):
    monkeypatch.setattr(checkpoints, "MAX_ENCODED", 39)
    with pytest.raises(CheckpointError, match="holds 40 encoded pictures: 39 are the most"):
        load_checkpoint(whole_file)
    assert len(load_checkpoint(file_of(checkpoint)).encoded.mu) == 39
    assert "keeps the first 39 of its 40 encoded pictures" in caplog.text
