"""The tutorial author's own file, a bare `state_dict`, read as a checkpoint.

It goes through torch's weights-only reader, which unpickles no objects; what that does not bound is
bounded here.
"""

import hashlib
import io
import pickletools
import re
import zipfile
from pathlib import Path

import torch
from torch import Tensor

from vae_explorer.config import ModelConfig
from vae_explorer.errors import CheckpointError, ConfigError
from vae_explorer.models.checkpoint_reader import read_bytes
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.frozen_models import frozen_model

NAMING = {"GLOBAL", "STACK_GLOBAL", "INST"}  # opcodes of a pickle that name classes and functions
PLAIN = re.compile(  # all that tensors are made of: torch would make bytearrays of any length too
    r"collections OrderedDict|torch [A-Za-z0-9]+Storage|"
    r"torch\._utils _rebuild_(tensor_v2|parameter)"
)


def import_state_dict(source: Path | str | bytes, name: str | None = None) -> Checkpoint:
    """The tutorial author's `variational_autoencoder.pt`: a bare `state_dict` of any MLP widths.

    Its shapes say what the model is; its slope (LeakyReLU 0.3) and sigmoid output are the
    tutorial's. CheckpointError on anything else, pickled objects included.
    """
    data, name = read_bytes(source, name)
    state = read_state_dict(data)
    config = _tutorial_config(state)
    return Checkpoint(
        model=frozen_model(config, state),
        config=config,
        name=name,
        classes=tuple("0123456789") if config.pixels == 784 else (),
        sha256=hashlib.sha256(data).hexdigest(),
    )


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


def _tutorial_config(state: dict[str, Tensor]) -> ModelConfig:
    """Read widths off a state_dict laid out as the tutorial's module."""
    try:
        encoder = _widths("encoder", state)
        decoder = _widths("decoder", state)
        latent_dim = len(state["mean_layer.weight"])
        side = round(state["encoder.0.weight"].shape[1] ** 0.5)
        return ModelConfig(
            latent_dim=latent_dim,
            encoder=encoder,
            decoder=decoder[:-1],
            activation="leaky_relu",
            fourier=0,
            image_size=side,
        )
    except (KeyError, IndexError, TypeError, ValueError, ConfigError) as error:
        raise CheckpointError(
            "the state_dict is not laid out as the tutorial's VariationalAutoencoder "
            "(encoder.0.weight, mean_layer.weight, log_variance_layer.weight, decoder.0.weight …)."
        ) from error


def _widths(part: str, state: dict[str, Tensor]) -> tuple[int, ...]:
    names = [n for n in state if n.startswith(f"{part}.") and n.endswith(".weight")]
    return tuple(len(state[n]) for n in sorted(names, key=lambda n: int(n.split(".")[1])))
