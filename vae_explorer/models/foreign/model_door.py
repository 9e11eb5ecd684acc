"""The door for uploaded models, whichever program has written them.

Our own checkpoints open as they are; files of others are read on pictures (see `conformance`). No
code of a file runs.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from torch import Generator, Tensor

from vae_explorer.data.datasets import NAMES
from vae_explorer.errors import CheckpointError
from vae_explorer.models.checkpoint_reader import METADATA_KEY, metadata_of
from vae_explorer.models.checkpoints import Checkpoint, load_checkpoint
from vae_explorer.models.foreign.opened import Opened
from vae_explorer.models.foreign.tutorial_state_dict import import_state_dict
from vae_explorer.models.foreign.weights.open_weights import open_weights
from vae_explorer.molecules.moses import NAME as MOSES

WEIGHTS = (".pt", ".pth", ".ckpt", ".tar", ".bin", ".safetensors")
ONNX = (".onnx",)
ARCHIVES = (".zip",)  # of ONNX files
ENDINGS = (*WEIGHTS, *ONNX, *ARCHIVES)  # of model files
FOREIGN = {".pt": import_state_dict, ".pth": import_state_dict}  # ending -> reader


def read_model(data: bytes, name: str) -> Checkpoint:
    """An uploaded model that needs no pictures to be read; CheckpointError on anything else.

    It cannot point to a folder of this machine: a data set that has no name is forgotten.
    """
    reader = FOREIGN.get(Path(name).suffix.lower(), load_checkpoint)
    checkpoint = reader(data, Path(name).stem)
    dataset = checkpoint.dataset if checkpoint.dataset in (*NAMES, MOSES) else ""
    return dataclasses.replace(checkpoint, dataset=dataset)


def by_name(files: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """Files by their names; CheckpointError where two have one: either would be lost."""
    pairs = list(files)
    named = dict(pairs)
    if len(named) < len(pairs):
        raise CheckpointError(
            "two files have one name: rename them, to encoder.onnx and decoder.onnx, say."
        )
    return named


def is_ours(files: Mapping[str, bytes]) -> bool:
    """Whether it is one file that `read_model` reads: it says itself how it is read."""
    if len(files) != 1:
        return False
    ((name, data),) = files.items()
    return Path(name).suffix.lower() == ".safetensors" and METADATA_KEY in metadata_of(data)


def open_model(
    files: Mapping[str, bytes],
    images: Tensor,
    labels: Tensor | None,
    *,
    given: Mapping[str, Any] | None = None,
    roles: Mapping[str, str] | str | None = None,
    generator: Generator,
) -> Opened:
    """A model made elsewhere, read on pictures.

    Parameters
    ----------
    files
        One file of weights, or one or two ONNX files or a zip of them, by name.
    images, labels
        Training pictures (N, C, H, W) in [0, 1], N > 0, and their classes (N,) if there are any.
    given
        Answers of the user, by the names of questions on the card.
    roles
        Of layers, where a file of weights is not recognised: see `weights.mapping`.

    CheckpointError, one sentence, on anything that cannot be opened.
    """
    endings = {Path(name).suffix.lower() for name in files}
    if not files or not endings <= set(ENDINGS):
        raise CheckpointError(
            f"a model is a file that ends in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}, got "
            f"{', '.join(sorted(files))[:200] or 'none'}."
        )
    name = _name(files)
    if endings <= {*ONNX, *ARCHIVES}:
        # onnx and its runtime are slow to import: only where wanted
        from vae_explorer.models.foreign.onnx.open_onnx import open_onnx

        return open_onnx(files, name, images, labels, given=given or {}, generator=generator)
    if len(files) > 1:
        raise CheckpointError("more than one file: only ONNX models come in two.")
    (data,) = files.values()
    return open_weights(
        data, name, images, labels, given=given or {}, roles=roles, generator=generator
    )


def _name(files: Mapping[str, bytes]) -> str:
    """What the model is called: as its file, or as what two names have in common."""
    stems = [Path(name).stem for name in files]
    if len(stems) == 1:
        return stems[0]
    parts = [stem.lower().replace("encoder", "").replace("decoder", "") for stem in stems]
    return parts[0].strip("-_. ") or "onnx model"
