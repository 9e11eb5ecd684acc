"""The door for model files: untrusted bytes -> a description and tensors, or one sentence.

A model is a safetensors file with a description in its metadata; files of other programs have
readers in `foreign`. Nothing here unpickles objects, and nothing knows what the tensors are for.
"""

import json
import struct
from pathlib import Path
from typing import Any, TypeVar

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from vae_explorer.config import MAX_CLASSES
from vae_explorer.data import reading
from vae_explorer.data.reading import Reading
from vae_explorer.errors import CheckpointError, ConfigError

FORMAT = 1
NETWORK_FORMAT = 2  # of models made elsewhere: what older versions cannot rebuild
MOLECULE_FORMAT = 3  # of models of molecules
MAX_MEGABYTES = 512  # of 2^20 bytes
MAX_BYTES = MAX_MEGABYTES * 2**20
MAX_DESCRIPTION = 2**20  # characters
MAX_HEADER = 2**27  # bytes of the part of a file that lists its tensors
MAX_NAME = 255  # characters of a class's name: as long as a folder's can be
MAX_SENTENCES, MAX_SENTENCE = 60, 1_000  # of a description, and characters of each
MAX_TEXTS = 20_000
MAX_SCORE = 1e12  # beyond which nothing is a score
METADATA_KEY = "vae_explorer"
T = TypeVar("T")


def read_bytes(source: Path | str | bytes, name: str | None) -> tuple[bytes, str]:
    """The bytes of a file, or those given, and what the model is called; CheckpointError."""
    if isinstance(source, bytes):
        data, name = source, name or "uploaded"
    else:
        path = Path(source)
        try:
            if path.stat().st_size > MAX_BYTES:
                raise CheckpointError(
                    f"{path.name} is larger than {MAX_MEGABYTES} MB: no model of ours is."
                )
            data = path.read_bytes()
        except OSError as error:
            raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error
        name = name or (path.parent.name if path.stem == "checkpoint" else path.stem)
    if len(data) > MAX_BYTES:
        raise CheckpointError(f"the file is larger than {MAX_MEGABYTES} MB: no model of ours is.")
    if not data:
        raise CheckpointError("the file is empty: it was not saved or not copied to its end.")
    return data, name


def metadata_of(data: bytes) -> dict[str, Any]:
    """What a safetensors file says of itself, by name; nothing where it is no such file."""
    try:
        (length,) = struct.unpack("<Q", data[:8])
        header = json.loads(data[8 : 8 + length]) if length <= MAX_HEADER else {}
    except (ValueError, struct.error, RecursionError):
        return {}
    found = header.get("__metadata__") if isinstance(header, dict) else None
    return found if isinstance(found, dict) else {}


def is_ours(path: Path) -> bool:
    """Whether a file says that it is a checkpoint of this package, by its first bytes alone."""
    return bool(_said(path))


def is_of_molecules(path: Path) -> bool:
    """Whether a file says that its model is one of molecules, by its first bytes alone."""
    return "molecules" in _said(path)


def _said(path: Path) -> dict[str, Any]:
    """What the header of a checkpoint says; nothing where it is none."""
    try:
        with path.open("rb") as file:
            start = file.read(8)
            (length,) = struct.unpack("<Q", start)
            text = metadata_of(start + file.read(min(length, MAX_HEADER))).get(METADATA_KEY)
        about = json.loads(text) if isinstance(text, str) else {}
    except (OSError, ValueError, struct.error, RecursionError):
        return {}
    return about if isinstance(about, dict) else {}


def parse(data: bytes) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The description and the tensors of a checkpoint's bytes; CheckpointError."""
    try:
        tensors = safetensors.torch.load(data)
    except (SafetensorError, ValueError, KeyError, RuntimeError) as error:
        if data[:2] == b"PK" or data[:1] == b"\x80":  # a good file may begin so, by its length
            raise CheckpointError(
                "this is a pickle, which can run any code: only .safetensors checkpoints are "
                "opened; a plain state_dict can be imported as .pt."
            ) from error
        raise CheckpointError(
            "this is not a whole safetensors file: it is damaged or was cut short."
        ) from error
    return description(metadata_of(data).get(METADATA_KEY)), tensors


def description(text: Any) -> dict[str, Any]:
    """What a file of ours says of its model, from its text; CheckpointError."""
    if len(str(text)) > MAX_DESCRIPTION:
        raise CheckpointError("the checkpoint's description is too long.")
    try:
        about = json.loads(text)
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise CheckpointError(
            "the file holds tensors but not the settings of a VAE Explorer model."
        ) from error
    if not isinstance(about, dict) or type(about.get("format")) is not int or not _is_text(about):
        raise CheckpointError("the checkpoint's description is not readable.")
    known = {"network": NETWORK_FORMAT, "molecules": MOLECULE_FORMAT}
    if about["format"] > max([FORMAT, *(known[kind] for kind in known if kind in about)]):
        raise CheckpointError("the checkpoint is from a newer version: update VAE Explorer.")
    return about


def _is_text(about: dict[str, Any]) -> bool:
    """Whether all text in a description can be written down: JSON may name half a character."""
    try:
        return bool(json.dumps(about, ensure_ascii=False).encode())
    except (UnicodeEncodeError, RecursionError):
        return False


def require(kind: type[T], value: Any, name: str) -> T:
    """The part of a description called `name`, which has to be of this type; CheckpointError."""
    if not isinstance(value, kind):
        raise CheckpointError(f"the checkpoint's {name} is not readable.")
    return value


def class_names(value: Any, name: str) -> tuple[str, ...]:
    """What the classes are called; CheckpointError on more or longer names than can be used."""
    names = require(list, value, name)
    if len(names) > MAX_CLASSES or not all(
        isinstance(text, str) and len(text) <= MAX_NAME for text in names
    ):
        raise CheckpointError(f"the checkpoint's {name} are not readable.")
    return tuple(names)


def short_texts(value: Any, name: str) -> tuple[str, ...]:
    """Texts such as SMILES; CheckpointError on more or longer ones than can be shown."""
    texts = require(list, value, name)
    if len(texts) > MAX_TEXTS or not all(
        isinstance(text, str) and len(text) <= MAX_SENTENCE for text in texts
    ):
        raise CheckpointError(f"the checkpoint's {name} are not readable.")
    return tuple(texts)


def sentences(value: Any, name: str) -> tuple[str, ...]:
    """Sentences for people; CheckpointError on more or longer ones than can be shown."""
    texts = require(list, value, name)
    if len(texts) > MAX_SENTENCES or not all(
        isinstance(text, str) and len(text) <= MAX_SENTENCE for text in texts
    ):
        raise CheckpointError(f"the checkpoint's {name} is not readable.")
    return tuple(texts)


def usable_reading(value: Any, name: str) -> Reading:
    """How pictures are read; CheckpointError where that is no such value."""
    try:
        return reading.from_dict(value)
    except ConfigError as error:
        raise CheckpointError(f"the checkpoint's {name} is not readable: {error}") from error


def usable_scores(value: Any, name: str) -> dict[str, dict[str, Any]]:
    """By name `value`, `standard_error` (or None) and `protocol`, all usable; the rest left out.

    A value is a finite number or a list of such, a protocol a text; CheckpointError if there is no
    table of scores at all.
    """
    scores = {}
    for key, score in require(dict, value, name).items():
        score = score if isinstance(score, dict) else {}
        figure, error, protocol = map(score.get, ("value", "standard_error", "protocol"))
        figures = figure if isinstance(figure, list) else [figure]
        if figures and all(map(_is_score, figures)):
            scores[key] = {
                "value": figure,
                "standard_error": error if _is_score(error) else None,
                "protocol": protocol if isinstance(protocol, str) else "?",
            }
    return scores


def _is_score(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= MAX_SCORE  # no NaN either
