"""The door for model files: untrusted bytes -> a description and tensors, or one sentence.

Two kinds come in: safetensors with a description in their metadata, and the tutorial author's
`state_dict`, which goes through torch's weights-only reader. Nothing here unpickles objects, and
nothing knows what the tensors are for.
"""

import io
import json
import pickletools
import re
import struct
import zipfile
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from vae_explorer.config import MAX_CLASSES
from vae_explorer.errors import CheckpointError

FORMAT = 1
MAX_BYTES = 512 * 2**20
MAX_DESCRIPTION = 2**20  # characters
MAX_NAME = 255  # characters of a class's name: as long as a folder's can be
MAX_SCORE = 1e12  # beyond which nothing is a score
METADATA_KEY = "vae_explorer"
NAMING = {"GLOBAL", "STACK_GLOBAL", "INST"}  # opcodes of a pickle that name classes and functions
PLAIN = re.compile(  # all that tensors are made of: torch would make bytearrays of any length too
    r"collections OrderedDict|torch [A-Za-z0-9]+Storage|"
    r"torch\._utils _rebuild_(tensor_v2|parameter)"
)


def read(source: Path | str | bytes, name: str | None) -> tuple[bytes, str]:
    """The bytes of a file, or those given, and what the model is called; CheckpointError."""
    if isinstance(source, bytes):
        data, name = source, name or "uploaded"
    else:
        path = Path(source)
        try:
            if path.stat().st_size > MAX_BYTES:
                raise CheckpointError(f"{path.name} is larger than 512 MB: no model of ours is.")
            data = path.read_bytes()
        except OSError as error:
            raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error
        name = name or (path.parent.name if path.stem == "checkpoint" else path.stem)
    if len(data) > MAX_BYTES:
        raise CheckpointError("the file is larger than 512 MB: no model of ours is.")
    if not data:
        raise CheckpointError("the file is empty: it was not saved or not copied to its end.")
    return data, name


def parse(data: bytes) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The description and the tensors of a checkpoint's bytes; CheckpointError."""
    try:
        tensors = safetensors.torch.load(data)
        (length,) = struct.unpack("<Q", data[:8])
        metadata = json.loads(data[8 : 8 + length]).get("__metadata__", {})
    except (SafetensorError, ValueError, KeyError, struct.error, RuntimeError) as error:
        if data[:2] == b"PK" or data[:1] == b"\x80":  # a good file may begin so, by its length
            raise CheckpointError(
                "this is a pickle, which can run any code: only .safetensors checkpoints are "
                "opened; a plain state_dict can be imported as .pt."
            ) from error
        raise CheckpointError(
            "this is not a whole safetensors file: it is damaged or was cut short."
        ) from error
    if len(str(metadata)) > MAX_DESCRIPTION:
        raise CheckpointError("the checkpoint's description is too long.")
    try:
        about = json.loads(metadata[METADATA_KEY])
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise CheckpointError(
            "the file holds tensors but not the settings of a VAE Explorer model."
        ) from error
    if not isinstance(about, dict) or type(about.get("format")) is not int or not _is_text(about):
        raise CheckpointError("the checkpoint's description is not readable.")
    if about["format"] > FORMAT:
        raise CheckpointError("the checkpoint is from a newer version: update VAE Explorer.")
    return about, tensors


def _is_text(about: dict[str, Any]) -> bool:
    """Whether all text in a description can be written down: JSON may name half a character."""
    try:
        return bool(json.dumps(about, ensure_ascii=False).encode())
    except (UnicodeEncodeError, RecursionError):
        return False


def read_state_dict(data: bytes) -> dict[str, Tensor]:
    """The tensors of a plain `state_dict`'s bytes, no larger than these; CheckpointError.

    torch's weights-only reader bounds what is run, but not the memory that it takes.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_archive(archive, len(data))
        state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load raises what its many readers raise on a bad file
        raise CheckpointError(
            "this is not a plain PyTorch state_dict: save the model with "
            "torch.save(model.state_dict(), path) and try again."
        ) from error
    if not isinstance(state, dict) or not all(
        isinstance(k, str) and k.isascii() and isinstance(v, Tensor) for k, v in state.items()
    ):
        raise CheckpointError("the file holds no state_dict: a dictionary of named tensors.")
    if sum(v.numel() * v.element_size() for v in state.values()) > len(data):
        raise CheckpointError(
            "the file's tensors are larger than the file: save them as contiguous copies."
        )
    return state


def _check_archive(archive: zipfile.ZipFile, most: int) -> None:
    """ValueError unless what is unpacked is as long as what is stored, and plain tensors alone."""
    entries = archive.infolist()
    packed = any(entry.compress_type != zipfile.ZIP_STORED for entry in entries)
    if packed or sum(entry.file_size for entry in entries) > most:
        raise ValueError("entries are longer than the file")
    for entry in entries:
        name = entry.filename.lower()  # torch finds entries by either case
        if re.search(r"/data/.*\D", name):
            raise ValueError("a storage is called by letters: it may be read once a spelling")
        if name.endswith("data.pkl"):
            for opcode, value, _ in pickletools.genops(archive.read(entry)):
                if opcode.name in NAMING and not PLAIN.fullmatch(value or ""):
                    raise ValueError(f"{value} is no part of plain tensors")


def expect(about: dict[str, Any], key: str, kind: type, default: Any) -> Any:
    """A part of a description that has to be of this type; CheckpointError."""
    value = about.get(key, default)
    if not isinstance(value, kind):
        raise CheckpointError(f"the checkpoint's {key} is not readable.")
    return value


def class_names(about: dict[str, Any]) -> tuple[str, ...]:
    """What the classes are called; CheckpointError on more or longer names than can be used."""
    names = expect(about, "classes", list, [])
    if len(names) > MAX_CLASSES or not all(
        isinstance(name, str) and len(name) <= MAX_NAME for name in names
    ):
        raise CheckpointError("the checkpoint's classes are not readable.")
    return tuple(names)


def usable_scores(about: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By name `value`, `standard_error` (or None) and `protocol`, all usable; the rest left out.

    A value is a finite number or a list of such, a protocol a text; CheckpointError if there is no
    table of scores at all.
    """
    scores = {}
    for name, score in expect(about, "scores", dict, {}).items():
        score = score if isinstance(score, dict) else {}
        value, error, protocol = map(score.get, ("value", "standard_error", "protocol"))
        values = value if isinstance(value, list) else [value]
        if values and all(map(_is_score, values)):
            scores[name] = {
                "value": value,
                "standard_error": error if _is_score(error) else None,
                "protocol": protocol if isinstance(protocol, str) else "?",
            }
    return scores


def _is_score(value: Any) -> bool:
    usual = isinstance(value, int | float) and not isinstance(value, bool)
    return usual and abs(value) <= MAX_SCORE  # no NaN either
