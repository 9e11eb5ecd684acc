"""The door for files of weights: bytes of PyTorch or safetensors -> named tensors.

CheckpointError, one sentence, for anything else. Knows PyTorch's zip files and those of before its
version 1.6, and what training scripts wrap around weights. Nothing of the file runs (see
`pickles`); what is read is no larger than the file.
"""

import io
import json
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
from vae_explorer.models.checkpoint_reader import METADATA_KEY, read_bytes
from vae_explorer.models.foreign.weights.pickles import (
    Storage,
    StoredTensor,
    read_pickle,
    size_of,
)
from vae_explorer.models.foreign.weights.plain_tensors import plain_tensors
from vae_explorer.models.foreign.weights.wrappings import HOW, named_tensors

ENDINGS = (".pt", ".pth", ".ckpt", ".tar", ".bin", ".safetensors")
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C  # torch's own, of files before 1.6
RECORD = "vae_explorer.json"  # our description, in a zip file of PyTorch: see `own_record`
Contents = Callable[[str], bytes | memoryview]  # of a storage, by its key


@dataclass(frozen=True)
class Weights:
    """Named tensors of a file, in its order."""

    tensors: dict[str, Tensor]  # float32
    in_order: bool = True  # of definition; False: of the alphabet
    remarks: tuple[str, ...] = ()  # sentences on what was changed or left out
    record: str = ""  # what a state_dict of ours says of itself; its tensors are then as they are
    of_ours: bool = False  # a checkpoint of ours, to be read as such


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
    if _is_ours(data):
        return Weights(tensors, of_ours=True)
    named, remarks = plain_tensors(tensors)
    return Weights(named, False, remarks)


def _is_ours(data: bytes) -> bool:
    (length,) = struct.unpack("<Q", data[:8])
    return METADATA_KEY in (json.loads(data[8 : 8 + length]).get("__metadata__") or {})


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
                content, lambda key: archive.read(f"{folder}data/{key}"), record, len(data)
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
        return _unwrapped(content, lambda key: storages[key], "", len(data))
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


def _unwrapped(content: Any, contents: Contents, record: str, most: int) -> Weights:
    """The tensors of what a training script has written, read and named plainly."""
    stored, where = named_tensors(content)
    if sum(size_of(t) for t in stored.values()) > 2 * most:  # weights may be tied
        raise CheckpointError(
            "the file's tensors are larger than the file: save them as contiguous copies."
        )
    storages: dict[str, bytearray] = {}  # each is read once
    tensors = {}
    for name, tensor in stored.items():
        key = tensor.storage.key
        if key not in storages:
            storages[key] = bytearray(contents(key))
        tensors[name] = _tensor(tensor, storages[key])
    if record:
        return Weights({k: v.clone() for k, v in tensors.items()}, record=record)
    named, remarks = plain_tensors(tensors)
    found = [f"The weights are those under {where}."] if where else []
    return Weights(named, True, (*found, *remarks))


def _plainly(error: Exception) -> str:
    """What went wrong, as part of a sentence."""
    return re.sub(r"[^ -~]+", " ", str(error)).strip(" .")[:120] or type(error).__name__
