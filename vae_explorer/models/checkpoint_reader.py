"""The door for model files: untrusted bytes -> a description and tensors, or one sentence.

A model is a safetensors file with a description in its metadata; files of other programs have
readers in `foreign`. Nothing here unpickles objects, and nothing knows what the tensors are for.
"""

import json
import struct
from pathlib import Path
from typing import Any

import safetensors.torch
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
