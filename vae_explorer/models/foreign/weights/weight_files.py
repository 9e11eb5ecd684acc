"""The door for files of weights: bytes of PyTorch or safetensors -> named tensors.

CheckpointError, one sentence, for anything else. Knows PyTorch's zip files and those of before its
version 1.6, and what training scripts wrap around weights. Nothing of the file runs: it is read by
torch's weights-only reader, behind the bounds of `pickle_bounds`.
"""

import io
import re
import struct
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from vae_explorer.errors import CheckpointError
from vae_explorer.models.checkpoint_reader import METADATA_KEY, metadata_of, read_bytes
from vae_explorer.models.foreign.weights.tensors.pickle_bounds import (
    NotPlainError,
    check_legacy,
    check_zip,
)
from vae_explorer.models.foreign.weights.tensors.plain_tensors import plain_tensors
from vae_explorer.models.foreign.weights.tensors.wrappings import HOW, named_tensors

RECORD = "vae_explorer.json"  # our description, in a zip file of PyTorch: see `own_record`


@dataclass(frozen=True)
class Weights:
    """Named tensors of a file, in its order."""

    tensors: dict[str, Tensor]  # float32
    in_order: bool = True  # of definition; False: of the alphabet
    remarks: tuple[str, ...] = ()  # sentences on what was changed or left out
    raw: dict[str, Tensor] = field(default_factory=dict)  # as the file has them, for its own module
    record: str = ""  # what a state_dict of ours says of itself; its tensors are then as they are
    of_ours: bool = False  # a checkpoint of ours, to be read as such


def read_weights(source: Path | bytes, name: str = "") -> tuple[Weights, bytes]:
    """The weights of a file, and its bytes; CheckpointError, one sentence, where it has none."""
    data, _ = read_bytes(source, name)
    if data[:4] == b"PK\3\4" or data[:1] == b"\x80":
        return _from_pytorch(data), data
    return _from_safetensors(data), data


def _from_safetensors(data: bytes) -> Weights:
    try:
        tensors = safetensors.torch.load(data)
    except (SafetensorError, ValueError, KeyError, RuntimeError, struct.error) as error:
        raise CheckpointError(
            f"this is no file of PyTorch or safetensors, or it was cut short: {HOW}"
        ) from error
    if METADATA_KEY in metadata_of(data):
        return Weights(tensors, of_ours=True)
    named, remarks = plain_tensors(tensors)
    return Weights(named, False, remarks, raw=tensors)


def _from_pytorch(data: bytes) -> Weights:
    try:
        record = ""
        if data[:1] == b"P":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                check_zip(archive, len(data))
                record = _record(archive)
        else:
            check_legacy(data)
        content = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except NotPlainError as error:
        raise CheckpointError(
            f"the file holds an object ({error.name}), such as a whole pickled module, whose code "
            f"does not run here: {HOW}"
        ) from error
    except Exception as error:  # torch.load raises what its many readers raise on a bad file
        raise CheckpointError(
            f"this is no whole file of plain PyTorch weights ({_plainly(error)}): {HOW}"
        ) from error
    return _unwrapped(content, record, len(data))


def _record(archive: zipfile.ZipFile) -> str:
    """What a file of ours says of itself; "" for any other."""
    names = [name for name in archive.namelist() if name.endswith(f"/{RECORD}")]
    return archive.read(names[0]).decode("utf-8") if names else ""


def _unwrapped(content: Any, record: str, most: int) -> Weights:
    """The tensors of what a training script has written, named plainly."""
    tensors, where = named_tensors(content)
    if sum(v.numel() * v.element_size() for v in tensors.values()) > 2 * most:  # tied at most
        raise CheckpointError(
            "the file's tensors are larger than the file: save them as contiguous copies."
        )
    if record:
        return Weights(tensors, record=record)
    named, remarks = plain_tensors(tensors)
    found = [f"The weights are those under {where}."] if where else []
    return Weights(named, True, (*found, *remarks), raw=tensors)


def _plainly(error: Exception) -> str:
    """What went wrong, as part of a sentence."""
    return re.sub(r"[^ -~]+", " ", str(error)).split(". ")[0].strip(" .")[:100] or "damaged"
