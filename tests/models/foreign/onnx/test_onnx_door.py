"""What an ONNX file may not be, each in one sentence; nothing of it is run before."""

import io
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import onnx
import onnx_models as made
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from paths import ROOT
from torch import nn

from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.onnx.door import onnx_door, wire_format

node = helper.make_node


@pytest.fixture
def files(dense, grey):
    return made.pair(dense, grey)


def changed(data: bytes, change) -> bytes:
    model = made.parsed(data)
    change(model)
    return model.SerializeToString()


def external(model):
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def custom(model):
    model.graph.node[0].domain = "my.company"
    model.graph.node[0].op_type = "Magic"


def control_flow(model):
    body = helper.make_graph([], "body", [], [])
    model.graph.node.insert(0, node("If", ["x"], ["never"], then_branch=body, else_branch=body))


def unknown(model):
    model.graph.node.insert(0, node("NonZero", ["x"], ["places"]))


def claims_two_gigabytes(model):
    model.graph.initializer[0].dims[:] = [2**29]


def grows(model):
    size = helper.make_tensor("size", TensorProto.INT64, [2], [2**20, 2**20])
    model.graph.initializer.append(size)
    model.graph.node.insert(0, node("ConstantOfShape", ["size"], ["huge"]))


def not_finite(model):
    tensor = model.graph.initializer[0]
    values = numpy_helper.to_array(tensor).copy()
    values.reshape(-1)[0] = np.nan
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))


def free_shape(model):
    ends = [numpy_helper.from_array(np.array(n, np.float32), f"n{n}") for n in (0, 1)]
    model.graph.initializer.extend(ends)
    model.graph.node.insert(0, node("Range", ["n0", "m", "n1"], ["long"]))
    model.graph.node.insert(0, node("ReduceMax", ["x"], ["m"], keepdims=0))


def old(model):
    model.opset_import[0].version = 5


def twice(model):
    model.graph.node.append(model.graph.node[0])


def nowhere(model):
    model.graph.node[0].input[0] = "nowhere"


BAD = {
    external: "keeps its weights in another file: save it in one",
    custom: r"operators of its own \(my.company.Magic\)",
    control_flow: "has branches or loops",
    unknown: r"not opened \(NonZero\)",
    claims_two_gigabytes: "claims 536,870,912 numbers and holds",
    grows: "more memory",
    not_finite: "not finite numbers",
    free_shape: "cannot be known beforehand",
    old: "opset between 7 and",
    twice: "made twice",
    nowhere: "which nothing makes",
}


@pytest.mark.parametrize("change", BAD)
def test_each_bad_file_is_refused_in_one_sentence(opened, files, grey, change):
    files["encoder.onnx"] = changed(files["encoder.onnx"], change)
    with pytest.raises(CheckpointError, match=BAD[change]) as told:
        opened(files, grey)
    assert "\n" not in str(told.value) and str(told.value).endswith((".", "more"))


def test_damaged_and_foreign_bytes_are_refused(opened, files, grey):
    whole = files["encoder.onnx"]
    for data in (b"", b"no", whole[: len(whole) // 2], b"\x0a" * 5000, bytes(1000)):
        with pytest.raises(CheckpointError):
            opened(files | {"encoder.onnx": data}, grey)
    with pytest.raises(CheckpointError, match="here are 3"):
        opened(files | {"more.onnx": whole}, grey)


def test_many_small_messages_are_refused_before_they_are_parsed():
    nodes = b"\x0a\x00" * 2_000_000  # GraphProto.node, empty
    data = b"\x3a" + varint(len(nodes)) + nodes
    start = time.perf_counter()
    with pytest.raises(CheckpointError, match="beside its weights"):
        wire_format.check_structure(data, "bomb.onnx")
    assert time.perf_counter() - start < 10


def varint(n: int) -> bytes:
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def test_files_above_the_limit_are_refused(monkeypatch):
    monkeypatch.setattr(onnx_door, "MAX_MEGABYTES", 1)
    with pytest.raises(CheckpointError, match="larger than 1 MB"):
        onnx_door.unpacked({"a.onnx": bytes(2**20 + 1)})


def test_a_zip_of_our_export_is_opened_and_a_broken_one_is_not(opened, files, dense, grey):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(f"model/{name}", data)
        archive.writestr("model/README.md", "words")
    found = opened({"model.zip": file.getvalue()}, grey).checkpoint
    assert torch.allclose(found.model.encode(grey)[0], dense.encode(grey)[0], atol=1e-5)
    with pytest.raises(CheckpointError, match="zip"):
        opened({"model.zip": file.getvalue()[:-40]}, grey)


def test_pictures_of_another_size_are_named_with_both_shapes(opened, files):
    with pytest.raises(CheckpointError, match=r"28 × 28.*x of encoder.onnx \(any × 1 × 8 × 8\)"):
        opened(files, torch.rand(20, 1, 28, 28))


def test_two_decoders_are_no_model(opened, files, grey):
    with pytest.raises(CheckpointError, match="no input takes"):
        opened({"a.onnx": files["decoder.onnx"], "b.onnx": files["decoder.onnx"]}, grey)


def test_an_encoder_alone_asks_for_its_decoder(opened, files, grey):
    with pytest.raises(CheckpointError, match="with its decoder"):
        opened({"encoder.onnx": files["encoder.onnx"]}, grey)


def test_a_decoder_that_ignores_z_is_found(opened, dense, grey):
    still = made.Decoder(dense, lambda v: v * 0 + 0.5)
    with pytest.raises(CheckpointError, match="ignores its latent coordinates"):
        opened(made.pair(dense, grey, decoder=still), grey)


class Noisy(nn.Module):
    """Samples in a way that no mean can be read off."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        mu, logvar = self.model.encode(x)
        return torch.tanh(mu * torch.rand_like(mu)), logvar * torch.rand_like(mu)


def test_an_encoder_that_gives_numbers_of_chance_alone_is_found(opened, dense, grey):
    with pytest.raises(CheckpointError, match=r"chance|no mean|samples in a way"):
        opened(made.pair(dense, grey, encoder=Noisy(dense)), grey)


class Mixing(nn.Module):
    """An answer that depends on the other pictures of the batch."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        mu, logvar = self.model.encode(x)
        return mu + 0.1 * torch.cumsum(mu, dim=0), logvar


def test_an_encoder_that_depends_on_the_batch_is_found(opened, dense, grey):
    with pytest.raises(CheckpointError, match="another answer for the same picture"):
        opened(made.pair(dense, grey, encoder=Mixing(dense)), grey)


def test_pictures_that_it_was_not_trained_on_are_said(opened, files):
    with pytest.raises(CheckpointError, match="explains these pictures"):
        opened(files, (torch.rand(100, 1, 8, 8) > 0.5).float())


FUZZ = """
import resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (6 * 2**30,) * 2)  # address space, most of it never used
import onnx_models as made, torch
from hostile_onnx import mutations
from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.onnx.open_onnx import open_onnx
torch.set_num_threads(1)

def peak():  # kB; of rusage it would be that of the process that started this one
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

grey, colour = made.digits(24), made.digits(24, 3, 16)
dense, convolutional = made.Dense(), made.Convolutional()
outputs = ["recon", "mu", "logvar"]
whole = {"vae.onnx": made.exported(dense, grey[:1], names=["x"], outputs=outputs)}
kinds = [(made.pair(dense, grey), grey), (whole, grey), (made.pair(convolutional, colour), colour)]
before, slowest, refused = peak(), 0, 0
for seed, (files, x) in enumerate(kinds):
    for damaged in mutations([files], COUNT, seed):
        start = time.perf_counter()
        try:
            open_onnx(damaged, "m", x, generator=torch.Generator().manual_seed(0))
        except CheckpointError as error:
            assert "\\n" not in str(error), error
            refused += 1
        slowest = max(slowest, time.perf_counter() - start)
most = peak()
print(refused, slowest, (most - before) // 1024, most // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_mutated_files_raise_nothing_but_checkpoint_errors():
    program = FUZZ.replace("COUNT", "170")
    paths = f"import sys; sys.path[:0] = {[str(ROOT), str(Path(made.__file__).parent)]}\n"
    plain = {name: v for name, v in os.environ.items() if not name.startswith("MALLOC_")}
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", paths + program],
        env=plain,  # memory that was freed is given back, as in the app
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    refused, slowest, grown, most = map(float, done.stdout.split()[-4:])
    assert refused > 300 and slowest < 20
    assert grown < 400 and most < 1024  # MB


def test_the_checker_of_onnx_agrees_that_the_exports_are_valid(files):
    for data in files.values():
        onnx.checker.check_model(made.parsed(data))
