"""One file a model: weights, settings, scores and the encoded test set, as safetensors.

The only place that makes models of our files and files of models. `checkpoint_reader` reads the
bytes.
"""

import dataclasses
import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_origin, get_type_hints

import safetensors.torch
import torch
from torch import Tensor

from vae_explorer.config import MAX_CLASSES, LatentConfig, ModelConfig, from_dict, to_dict
from vae_explorer.data.reading import Reading, assumed_reading
from vae_explorer.errors import CheckpointError, ConfigError
from vae_explorer.files import write_atomically
from vae_explorer.models.anomaly_detector import Detector
from vae_explorer.models.checkpoint_reader import (
    FORMAT,
    METADATA_KEY,
    MOLECULE_FORMAT,
    NETWORK_FORMAT,
    class_names,
    parse,
    read_bytes,
    require,
    sentences,
    short_texts,
    usable_reading,
    usable_scores,
)
from vae_explorer.models.foreign import network
from vae_explorer.models.foreign.adapter import WIDEST_LOGVAR
from vae_explorer.models.foreign.network import NetworkConfig
from vae_explorer.models.frozen_models import Rebuildable, frozen_model, halved
from vae_explorer.models.latent_model import LOGVAR_RANGE, LatentModel
from vae_explorer.models.molecules import property_head
from vae_explorer.models.molecules.property_head import PropertyHead
from vae_explorer.molecule_config import MoleculeConfig

LOG = logging.getLogger("vae_explorer")
ENCODED = ("mu", "logvar", "labels")  # tensors of an encoded set, in a file
MAX_ENCODED = 100_000  # pictures of a set in a file: what a browser shows without a wait
MAX_COORDINATE = 1e6  # of an encoded picture: what can still be shown and moved by a slider
SUFFIX = ".safetensors"
GIVEN = "given"  # the split of pictures that somebody handed over, all of them in order


class EncodedSet(NamedTuple):
    """A data split as the encoder sees it: item i is item i of the split."""

    mu: Tensor  # (N, D)
    logvar: Tensor  # (N, D)
    labels: Tensor  # (N,) int64
    split: str  # "test", or GIVEN


class Described(NamedTuple):
    """Marks a field that a file keeps in its description, under the field's own name.

    A file that lacks it has the field's default.
    """

    about: str
    read: Callable[[Any, str], Any] | None = None  # (what the file holds, name) -> value, or error
    write: Callable[[Any], Any] = lambda value: value  # -> JSON values


@dataclass(frozen=True)
class Checkpoint:
    """A model and what is known about it. The model is shared: never change it."""

    model: LatentModel[LatentConfig]
    config: LatentConfig
    name: str = "model"
    dataset: Annotated[str, Described("that it was trained on; empty: unknown")] = ""
    classes: Annotated[tuple[str, ...], Described("their names", class_names)] = ()
    training: Annotated[dict[str, Any], Described("the TrainConfig and its outcome")] = field(
        default_factory=dict
    )
    scores: Annotated[
        dict[str, Any], Described("name -> value, standard error, protocol", usable_scores)
    ] = field(default_factory=dict)
    reading: Annotated[
        Reading | None, Described("how pictures are read", usable_reading, dataclasses.asdict)
    ] = None
    smiles: Annotated[
        tuple[str, ...], Described("of a model of molecules: those of the encoded set", short_texts)
    ] = ()
    conformance: Annotated[
        tuple[str, ...], Described("how one made elsewhere was read, in sentences", sentences)
    ] = ()
    encoded: EncodedSet | None = None
    detector: Detector | None = None  # of this very model
    property_head: PropertyHead | None = None  # of molecules: their properties from their codes
    pictures: Tensor | None = None  # of the encoded set, as a `Split` has them, where they came
    # along with it and are of no data set; our files do not hold them
    sha256: str = ""  # of the file it came from: what a cache may know it by

    @property
    def picture_reading(self) -> Reading:
        """How pictures are read for this model: as its file says, or as was usual before."""
        return self.reading or assumed_reading(self.config.image_shape, self.dataset)


def _described() -> dict[str, Callable[[Any, str], Any]]:
    """The readers of described fields by name; a field without one takes values of its type."""
    readers: dict[str, Callable[[Any, str], Any]] = {}
    for name, hint in get_type_hints(Checkpoint, include_extras=True).items():
        for mark in getattr(hint, "__metadata__", ()):
            if isinstance(mark, Described):
                kind = get_origin(hint.__origin__) or hint.__origin__
                readers[name] = mark.read or partial(require, kind)
    return readers


DESCRIBED = _described()


def _description(checkpoint: Checkpoint) -> dict[str, Any]:
    """The described fields of a model as JSON values; those that it lacks are left out."""
    hints = get_type_hints(Checkpoint, include_extras=True)
    values = {name: getattr(checkpoint, name) for name in DESCRIBED}
    return {
        name: next(m for m in hints[name].__metadata__ if isinstance(m, Described)).write(value)
        for name, value in values.items()
        if value is not None
    }


def save_checkpoint(checkpoint: Checkpoint, path: Path | str, *, half: bool = False) -> None:
    """Write a checkpoint's `file_of` atomically, or CheckpointError."""
    content = file_of(checkpoint, half=half)
    try:
        write_atomically(Path(path), content)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be written: {error.strerror}.") from error


def file_of(checkpoint: Checkpoint, *, half: bool = False) -> bytes:
    """The content of a checkpoint's file; CheckpointError.

    `half` stores weights and codes as float16: a code is then off by at most a 2,000th of itself,
    far less than a posterior is wide. Of an encoded set the first 100,000 pictures are kept, and
    the log says so.
    """
    tensors = {f"model.{k}": v for k, v in checkpoint.model.state_dict().items()}
    if checkpoint.encoded is not None:
        if (count := len(checkpoint.encoded.mu)) > MAX_ENCODED:
            LOG.warning(
                "A checkpoint keeps the first %s of its %s encoded pictures.",
                *(f"{MAX_ENCODED:,}", f"{count:,}"),
            )
        tensors["encoded.mu"] = checkpoint.encoded.mu[:MAX_ENCODED].float()
        tensors["encoded.logvar"] = checkpoint.encoded.logvar[:MAX_ENCODED].float()
    if half:
        tensors = {k: halved(v) for k, v in tensors.items()}
    if checkpoint.encoded is not None:
        tensors["encoded.labels"] = checkpoint.encoded.labels[:MAX_ENCODED].to(torch.int16)
    if checkpoint.detector is not None:  # in full: percentiles must come back as they were
        arrays = checkpoint.detector.to_arrays()
        tensors |= {f"detector.{k}": v for k, v in arrays.items()}
    if checkpoint.property_head is not None:
        weights = checkpoint.property_head.state_dict()
        tensors |= {f"property.{k}": v for k, v in weights.items()}
    tensors = {k: v.cpu().contiguous() for k, v in tensors.items()}
    split = checkpoint.encoded.split if checkpoint.encoded is not None else None
    metadata = {METADATA_KEY: description_text(checkpoint, split=split)}
    return safetensors.torch.save(tensors, metadata)


def load_checkpoint(source: Path | str | bytes, name: str | None = None) -> Checkpoint:
    """Read a checkpoint from a file or from its bytes; CheckpointError on anything wrong.

    The model comes back frozen, in eval mode, on the CPU and in float32.
    """
    data, name = read_bytes(source, name)
    about, tensors = parse(data)
    return described_checkpoint(about, tensors, name, hashlib.sha256(data).hexdigest())


def of_pictures(checkpoint: Checkpoint) -> Checkpoint:
    """The same; CheckpointError where it is a model of molecules."""
    if isinstance(checkpoint.config, MoleculeConfig):
        raise CheckpointError(
            f"{checkpoint.name} is a model of molecules, not of pictures: the pages take it (Add a "
            "model), and the commands evaluate, publish, compare, sample, interpolate, "
            "reconstruct and encode."
        )
    return checkpoint


def description_text(checkpoint: Checkpoint, **more: Any) -> str:
    """All that a file says of a model beside its tensors, as JSON; CheckpointError."""
    about = {**_settings(checkpoint), **_description(checkpoint), **more}
    try:
        return json.dumps(about, allow_nan=False)
    except ValueError as error:
        raise CheckpointError(
            f"{checkpoint.name} was not written: its scores or settings are not finite numbers."
        ) from error


def described_checkpoint(
    about: dict[str, Any], tensors: dict[str, Tensor], name: str, sha256: str
) -> Checkpoint:
    """The checkpoint of a description and of tensors as `save_checkpoint` names them."""
    config = _config(about)
    described = {key: read(about[key], key) for key, read in DESCRIBED.items() if key in about}
    _check_reading(config, described.get("reading"))
    model = frozen_model(config, _with_prefix("model.", tensors))
    arrays = _with_prefix("detector.", tensors)
    head = _with_prefix("property.", tensors)
    return Checkpoint(
        model=model,
        config=config,
        name=name,
        encoded=_encoded(config, tensors, about.get("split")),
        detector=Detector.from_arrays(model, arrays) if arrays else None,
        property_head=property_head.from_tensors(head, config.latent_dim) if head else None,
        sha256=sha256,
        **described,
    )


def _settings(checkpoint: Checkpoint) -> dict[str, Any]:
    """What rebuilds the model, as a file has it; CheckpointError for one that no file can hold."""
    config = _rebuildable(checkpoint)
    if isinstance(config, ModelConfig):
        return {"format": FORMAT, "model": to_dict(config)}
    if isinstance(config, MoleculeConfig):
        return {"format": MOLECULE_FORMAT, "molecules": to_dict(config)}
    return {"format": NETWORK_FORMAT, "network": network.to_dict(config)}


def _rebuildable(checkpoint: Checkpoint) -> Rebuildable:
    if isinstance(checkpoint.config, Rebuildable):
        return checkpoint.config
    if not checkpoint.model.can_decode:
        raise CheckpointError(
            f"{checkpoint.name} are codes alone, without a network: no model file can hold them."
        )
    raise CheckpointError(
        f"{checkpoint.name} runs by code of its own, which no file of ours "
        "holds: keep its own file."
    )


def _config(about: dict[str, Any]) -> Rebuildable:
    """What a file says the model is made of; CheckpointError where that is not valid."""
    try:
        if "network" in about:
            return network.from_dict(about["network"])
        if "molecules" in about:
            return from_dict(MoleculeConfig, about["molecules"])
        return from_dict(ModelConfig, about.get("model"))
    except ConfigError as error:
        raise CheckpointError(f"the checkpoint's model settings are not valid: {error}") from error


def _check_reading(config: LatentConfig, reading: Reading | None) -> None:
    if reading and reading.image_shape != config.image_shape:
        raise CheckpointError("the checkpoint's reading gives pictures that its model cannot take.")


def encode_split(model: LatentModel, images: Tensor, labels: Tensor, split: str) -> EncodedSet:
    """Encode pictures (N, C, H, W) in [0, 1] with their labels (N,)."""
    y = labels if model.config.classes else None
    with torch.inference_mode():
        parts = [
            model.encode(x, None if y is None else y[i * 1000 : i * 1000 + len(x)])
            for i, x in enumerate(images.split(1000))
        ]
    mu, logvar = (torch.cat(column) for column in zip(*parts, strict=True))
    return EncodedSet(mu, logvar, labels, split)


def rounded_to_half(checkpoint: Checkpoint) -> Checkpoint:
    """The same with the weights that a half-precision file will hold, so scores are of those."""
    state = checkpoint.model.state_dict().items()
    weights = {k: halved(v).to(v.dtype) for k, v in state}
    config = _rebuildable(checkpoint)
    rounded = frozen_model(config, weights)
    return dataclasses.replace(checkpoint, model=rounded, detector=None)  # it was the other one's


def _encoded(config: LatentConfig, tensors: dict[str, Tensor], split: Any) -> EncodedSet | None:
    """The encoded set of a file; None where it has none, CheckpointError where it does not fit."""
    parts = [tensors[f"encoded.{k}"] for k in ENCODED if f"encoded.{k}" in tensors]
    if not parts:
        return None
    if len(parts) < len(ENCODED):
        raise CheckpointError("the checkpoint's encoded points are not all there.")
    mu, logvar, labels = parts
    if labels.numel() > MAX_ENCODED:
        raise CheckpointError(
            f"the checkpoint holds {labels.numel():,} encoded pictures: "
            f"{MAX_ENCODED:,} are the most."
        )
    low, high = WIDEST_LOGVAR if isinstance(config, NetworkConfig) else LOGVAR_RANGE
    fits = (
        {mu.dtype, logvar.dtype} <= {torch.float16, torch.float32}
        and labels.dtype in {torch.int16, torch.int32, torch.int64}
        and labels.ndim == 1
        and mu.shape == logvar.shape == (len(labels), config.latent_dim)
        and len(labels) > 0
        and split in ("train", "validation", "test")
        and bool(mu.abs().max() <= MAX_COORDINATE)
        and low <= logvar.min() <= logvar.max() <= high
        and 0 <= labels.min() <= labels.max() < (config.classes or MAX_CLASSES)
    )
    if not fits:
        raise CheckpointError("the checkpoint's encoded points do not fit its model.")
    return EncodedSet(mu.float(), logvar.float(), labels.long(), split)


def _with_prefix(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
