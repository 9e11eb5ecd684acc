"""The door for files of weights: bytes of PyTorch or safetensors -> named tensors.

CheckpointError, one sentence, for anything else. Knows PyTorch's zip files and those of before its version 1.6, and what training scripts wrap around
weights. Nothing of the file runs (see `pickles`); what is read is no larger than the file.
"""

import io
import math
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from vae_explorer.errors import CheckpointError
from vae_explorer.models.checkpoint_reader import read_bytes
from vae_explorer.models.foreign.weights.pickles import (
    Storage,
    StoredTensor,
    is_ignored,
    read_pickle,
    size_of,
)
from vae_explorer.models.foreign.weights.plain_tensors import plain_tensors

ENDINGS = (".pt", ".pth", ".ckpt", ".tar", ".bin", ".safetensors")
WRAPPERS = ("state_dict", "model_state_dict", "model_state", "model", "net", "vae", "ema")
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C  # torch's own, of files before 1.6
RECORD = "vae_explorer.json"  # our description, in a zip file of PyTorch: see `own_record`
PARTS = ("enc", "dec")
HOW = "save the model with torch.save(model.state_dict(), path) and try again."
Read = Callable[[StoredTensor], Tensor]


@dataclass(frozen=True)
class Weights:
    """Named tensors of a file, in its order."""

    tensors: dict[str, Tensor]  # float32
    in_order: bool = True  # of definition; False: of the alphabet
    remarks: tuple[str, ...] = ()  # sentences on what was changed or left out
    record: str = ""  # what a file of ours says of itself


def read_weights(source: Path | bytes, name: str = "") -> tuple[Weights, bytes]:
    """The weights of a file, and its bytes; CheckpointError, one sentence, where it has none."""
    data, _ = read_bytes(source, name)
    if data[:4] == b"PK\3\4":
        return _from_zip(data), data
    if data[:1] == b"\x80":
        return _from_legacy(data), data
    return _from_safetensors(data), data


def _from_safetensors(data: bytes) -> Weights:
    try:
        tensors = safetensors.torch.load(data)
    except (SafetensorError, ValueError, KeyError, RuntimeError, struct.error) as error:
        raise CheckpointError(
            f"this is no file of PyTorch or safetensors, or it was cut short: {HOW}"
        ) from error
    return _plain(tensors, in_order=False)


def _from_zip(data: bytes) -> Weights:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = _entries(archive, len(data))
            (pickled,) = (name for name in entries if name.endswith("/data.pkl"))
            folder = pickled.removesuffix("data.pkl")
            order = archive.read(f"{folder}byteorder") if f"{folder}byteorder" in entries else b""
            if order == b"big":
                raise ValueError("of another byte order")
            content, _ = read_pickle(io.BytesIO(archive.read(pickled)))
            record = _record(archive, entries.get(folder + RECORD))
            return _unwrapped(
                content, lambda tensor: _from_entry(archive, folder, tensor), record, len(data)
            )
    except CheckpointError:
        raise
    except Exception as error:  # a damaged file fails in whatever reads the damaged part
        raise CheckpointError(
            f"this is no whole file of PyTorch weights: {_plainly(error)}; {HOW}"
        ) from error


def _entries(archive: zipfile.ZipFile, most: int) -> dict[str, zipfile.ZipInfo]:
    """The entries by name; ValueError where they are longer than the file, or named twice."""
    entries = archive.infolist()
    packed = any(entry.compress_type != zipfile.ZIP_STORED for entry in entries)
    if packed or sum(entry.file_size for entry in entries) > most:
        raise ValueError("its entries are longer than the file")
    by_name = {entry.filename: entry for entry in entries}
    if len(by_name) < len(entries):
        raise ValueError("two entries have the same name")
    return by_name


def _record(archive: zipfile.ZipFile, entry: zipfile.ZipInfo | None) -> str:
    return "" if entry is None else archive.read(entry).decode("utf-8")


def _from_entry(archive: zipfile.ZipFile, folder: str, tensor: StoredTensor) -> Tensor:
    return _tensor(tensor, bytearray(archive.read(f"{folder}data/{tensor.storage.key}")))


def _from_legacy(data: bytes) -> Weights:
    """A file as PyTorch wrote it before 1.6: five pickles, then the storages one by one."""
    try:
        file = io.BytesIO(data)
        if read_pickle(file)[0] != LEGACY_MAGIC:
            raise ValueError("it is a pickle of something else")
        read_pickle(file)
        system, _ = read_pickle(file)
        if isinstance(system, dict) and system.get("little_endian") is False:
            raise ValueError("of another byte order")
        content, found = read_pickle(file)
        keys, _ = read_pickle(file)
        storages = _legacy_storages(data, file.tell(), keys, found)
        return _unwrapped(
            content,
            lambda tensor: _tensor(tensor, bytearray(storages[tensor.storage.key])),
            "",
            len(data),
        )
    except CheckpointError:
        raise
    except Exception as error:  # as above
        raise CheckpointError(
            f"this is no whole file of PyTorch weights: {_plainly(error)}; {HOW}"
        ) from error


def _legacy_storages(
    data: bytes, at: int, keys: list[str], found: Mapping[str, Storage]
) -> dict[str, memoryview]:
    """The bytes of each storage: behind the pickles, each after how many numbers it has."""
    view, storages = memoryview(data), {}
    for key in keys:
        (count,) = struct.unpack_from("<q", data, at)
        if key not in found:
            raise ValueError("a storage belongs to nothing that is known")
        size = count * found[key].dtype.itemsize
        if count < 0 or at + 8 + size > len(data):
            raise ValueError("it was cut short")
        storages[key] = view[at + 8 : at + 8 + size]
        at += 8 + size
    return storages


def _tensor(tensor: StoredTensor, content: bytearray) -> Tensor:
    """A tensor's numbers; ValueError where they are not all there."""
    dtype = tensor.storage.dtype
    if tensor.last * dtype.itemsize > len(content):
        raise ValueError("a tensor has more numbers than there are")
    if not math.prod(tensor.shape):
        return torch.empty(tensor.shape, dtype=dtype)
    flat = torch.frombuffer(content, dtype=dtype, count=len(content) // dtype.itemsize)
    return flat.as_strided(tensor.shape, tensor.stride, tensor.offset)


def _unwrapped(content: Any, read: Read, record: str, most: int) -> Weights:
    """The tensors of what a training script has written, read and named plainly."""
    if is_ignored(content):
        raise CheckpointError(
            "the file holds a whole pickled module, whose code does not run here: "
            "save its weights with torch.save(model.state_dict(), path)."
        )
    stored, where = _dictionary(content)
    if sum(size_of(t) for t in stored.values()) > 2 * most:  # weights may be tied
        raise CheckpointError(
            "the file's tensors are larger than the file: save them as contiguous copies."
        )
    weights = _plain({name: read(t) for name, t in stored.items()}, in_order=True)
    remarks = (f"The weights are those under {where}.", *weights.remarks)
    return Weights(weights.tensors, True, remarks if where else weights.remarks, record)


def _dictionary(content: Any) -> tuple[dict[str, StoredTensor], str]:
    """The named tensors of a file, and under which key of it they stand ("": no key)."""
    if not isinstance(content, dict):
        raise CheckpointError("the file holds no state_dict: a dictionary of named tensors.")
    named = {k: v for k, v in content.items() if isinstance(v, StoredTensor)}
    if named and all(isinstance(k, str) for k in named):
        return named, ""
    inner = {k: v for k, v in content.items() if isinstance(k, str) and isinstance(v, dict)}
    if (both := _of_two(inner)) is not None:
        return both
    usual = [k for k in WRAPPERS if k in inner]
    for key in [*usual, *(k for k in inner if k not in usual)]:
        if is_ignored(inner[key]):
            if key in usual:
                raise CheckpointError(
                    f"what the file holds under {key!r} is a whole pickled module, whose code does "
                    "not run here: save its weights with torch.save(model.state_dict(), path)."
                )
            continue
        named = {k: v for k, v in inner[key].items() if isinstance(v, StoredTensor)}
        if named and all(isinstance(k, str) for k in named):
            return named, key
    raise CheckpointError(f"the file holds no state_dict, a dictionary of named tensors: {HOW}")


def _of_two(inner: dict[str, dict]) -> tuple[dict[str, StoredTensor], str] | None:
    """Those of an encoder and a decoder that are kept apart."""
    parts = {k: next((v for n, v in inner.items() if n.lower().startswith(k)), None) for k in PARTS}
    named = {
        f"{part}oder.{name}": value
        for part, values in parts.items()
        for name, value in (values or {}).items()
        if isinstance(value, StoredTensor) and isinstance(name, str)
    }
    both = all(any(name.startswith(part) for name in named) for part in PARTS)
    return (named, "encoder and decoder") if both else None


def _plain(tensors: dict[str, Tensor], in_order: bool) -> Weights:
    """Checked, in float32, and without the prefixes that wrappers add to names."""
    named, remarks = plain_tensors(tensors)
    return Weights(named, in_order, remarks)


def _plainly(error: Exception) -> str:
    """What went wrong, as part of a sentence."""
    return re.sub(r"[^ -~]+", " ", str(error)).strip(" .")[:120] or type(error).__name__
