"""Bytes of anybody's -> named tensors or one sentence: no code runs, no memory is taken."""

import contextlib
import io
import pickle
import pickletools
import random
import tracemalloc

import pytest
import safetensors.torch
import torch
from model_files import assert_refused, pt
from torch import nn

from vae_explorer.errors import CheckpointError
from vae_explorer.models import frozen_models
from vae_explorer.models.foreign.weights.layers import layers_of
from vae_explorer.models.foreign.weights.layouts import layouts
from vae_explorer.models.foreign.weights.weight_files import read_weights

MOST_MEMORY = 40e6  # bytes that a file of 20 kB may take


def old(value):
    """As PyTorch wrote before 1.6."""
    buffer = io.BytesIO()
    torch.save(value, buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


def read(data):
    """The tensors of a file."""
    return read_weights(data)[0].tensors


@pytest.fixture
def state():
    """Weights of a small model."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(64, 8), nn.BatchNorm1d(8), nn.Linear(8, 4), nn.Linear(2, 8), nn.Linear(8, 64)
    ).state_dict()


WRAPPED = {
    "bare": lambda s: s,
    "wrapped": lambda s: {"epoch": 3, "model_state_dict": s, "loss": 1.5},
    "twice": lambda s: {"ema": {"shadow": s, "decay": 0.99}},
    "of any name": lambda s: {"weights of the VAE": s, "args": {"lr": 1}},
    "prefixed": lambda s: {f"module._orig_mod.model.{k}": v for k, v in s.items()},
    "with an optimizer": lambda s: {
        "optimizer": {"state": {0: {"exp_avg": torch.zeros(4, 4)}}, "param_groups": []},
        "state_dict": s,
        "best": 3.0,
    },
}


@pytest.mark.parametrize("pack", [pt, old])
@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED.keys())
def test_weights_are_found_in_what_scripts_write(state, pack, wrap):
    found = read(pack(wrap(state)))
    assert list(found) == [k for k in state if "tracked" not in k]
    assert all(torch.equal(found[k], state[k]) for k in found)


def test_encoder_and_decoder_apart_are_put_together(state):
    both = read(pt({"encoder_state": state, "decoder_state": state}))
    assert {key.partition(".")[0] for key in both} == {"encoder", "decoder"}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_become_single_and_it_is_said(state, dtype):
    weights, _ = read_weights(pt({k: v.to(dtype) for k, v in state.items()}))
    assert {v.dtype for v in weights.tensors.values()} == {torch.float32}
    assert any("float32" in remark for remark in weights.remarks)


@pytest.mark.parametrize("pack", [pt, old])
@pytest.mark.parametrize("wrap", [lambda m: m, lambda m: {"model": m, "epoch": 3}])
def test_whole_modules_are_refused_with_what_to_do(pack, wrap):
    message = assert_refused(read, pack(wrap(nn.Linear(3, 4))))
    assert "torch.save(model.state_dict(), path)" in message and "Linear" in message


def test_tied_weights_are_read(state):
    tied = dict(state) | {"decoder.weight": state["0.weight"].T}
    assert torch.equal(read(pt(tied))["decoder.weight"], state["0.weight"].T)


def test_normalised_weights_are_put_together():
    layer = nn.Linear(5, 3)
    weight = layer.weight.detach().clone()
    plain = read(pt(nn.utils.parametrizations.weight_norm(layer).state_dict()))
    assert torch.allclose(plain["weight"], weight, atol=1e-6)


HOSTILE = {
    "a memo of its own": b"\x80\x02r\xff\xff\xff\x7f.",
    "text that is not there": b"\x80\x04\x8d" + b"\xff" * 7 + b"\x7f.",
    "long bytes": b"\x80\x05\x96\xff\xff\xff\xff\x00\x00\x00\x00.",
    "a number as long as memory": b"\x80\x02\x8b\xff\xff\xff\x7f.",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_pickles_take_no_memory(data):
    tracemalloc.start()
    assert_refused(read, data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1e6


def test_named_functions_are_not_called(tmp_path, state):
    class Trap:
        def __reduce__(self):
            return (tmp_path / "made").touch, ()

    for pack in (pt, old, pickle.dumps):
        with contextlib.suppress(CheckpointError):
            read(pack(state | {"other": Trap()}))
    assert not (tmp_path / "made").exists()


def mutated(data, dice):
    """Bytes flipped, cut, repeated, or numbers of the pickle changed."""
    changed, way = bytearray(data), dice.randrange(5)
    if way == 0:
        for _ in range(dice.randrange(1, 20)):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
    elif way == 1:
        del changed[dice.randrange(len(changed)) :]
    elif way == 2:
        place = dice.randrange(len(changed))
        changed[place:place] = changed[dice.randrange(place + 1) :][: dice.randrange(200)]
    else:
        start = changed.find(b"\x80\x02")
        numbers = _numbers(bytes(changed[start:])) if start >= 0 else [0]
        place = max(start, 0) + dice.choice(numbers)
        changed[place] = dice.choice([0, 1, 2, 127, 128, 255])
    return bytes(changed)


def _numbers(pickled):
    """Where operands stand in a pickle, and the names of what it makes."""
    places = []
    with contextlib.suppress(ValueError):
        for opcode, _, place in pickletools.genops(pickled):
            if opcode.name in ("BININT", "BININT1", "BININT2", "GLOBAL", "BINUNICODE", "TUPLE2"):
                places.append(place + dice_step(opcode.name))
    return places or [0]


def dice_step(name):
    """The first byte behind an opcode, or within a name."""
    return 3 if name == "GLOBAL" else 1


def test_500_damaged_files_raise_nothing_but_a_checkpoint_error(state):
    files = [pt(state), old(state), safetensors.torch.save(dict(state)), pt({"model": state})]
    dice = random.Random(0)
    read_all = 0
    tracemalloc.start()
    for number in range(500):
        with contextlib.suppress(CheckpointError):
            weights, _ = read_weights(mutated(files[number % len(files)], dice))
            layers = layers_of(weights.tensors, weights.in_order)
            read_all += 1
            layouts(layers, (1, 8, 8), 10)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MOST_MEMORY
    assert read_all > 20  # some damage does no harm


@pytest.mark.parametrize("at", [0, frozen_models.SLICE, 2 * frozen_models.SLICE - 1])
def test_numbers_that_are_none_are_found_in_any_slice(at):
    values = torch.zeros(2 * frozen_models.SLICE, dtype=torch.float8_e4m3fn)
    assert frozen_models.all_finite(values) and frozen_models.all_finite(values[:0])
    values.view(torch.uint8)[at] = 0x7F  # not a number
    assert not frozen_models.all_finite(values)
