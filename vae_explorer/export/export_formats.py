"""A model in the forms that other programs read: ONNX, a plain state_dict, Embedding Projector.

Makes bytes by file name; whoever asked writes them. The form of one offline page is the app's, see
`ui/offline`.
"""

import io
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.config import ModelConfig
from vae_explorer.data import datasets
from vae_explorer.errors import DataError, ExportError
from vae_explorer.export import onnx_export, projector
from vae_explorer.models.checkpoints import Checkpoint


class Kind(NamedTuple):
    """A form to write a model in."""

    title: str
    several: bool  # whether it takes several files: a folder or a zip
    suffix: str  # of a single file
    about: str


KINDS = {
    "onnx": Kind(
        "ONNX",
        True,
        ".zip",
        "encoder and decoder, for any runtime in any language; batches of any size",
    ),
    "state-dict": Kind("PyTorch state_dict", False, ".pt", "the weights alone, by name"),
    "projector": Kind(
        "Embedding Projector",
        True,
        ".zip",
        "codes, classes and a sprite of the pictures, for TensorBoard or projector.tensorflow.org",
    ),
    "html": Kind(
        "Offline page",
        False,
        ".html",
        "the live view with the model inside: opens from disk, with nothing installed",
    ),
}


FOREIGN = (".safetensors", ".onnx", ".ckpt", ".npz", ".json", ".png")  # single files of others


def kind_of(name: str, wanted: str = "") -> str:
    """The form that is wanted, or that a file name tells; ExportError where neither says."""
    suffix = re.sub(r".*(?=\.)|^[^.]*$", "", name).lower()
    told = {".pt": "state-dict", ".pth": "state-dict", ".html": "html", ".htm": "html"}
    if wanted:
        other = told.get(suffix, wanted) != wanted or suffix in FOREIGN
        if other or (suffix == ".zip" and not KINDS[wanted].several):
            raise ExportError(f"{name} is no name for {KINDS[wanted].title}: choose another.")
        return wanted
    if suffix in told:
        return told[suffix]
    if suffix == ".onnx":
        raise ExportError(
            "ONNX takes two files, one for the encoder and one for the decoder: give a folder, or "
            "a name that ends in .zip, and --kind onnx."
        )
    raise ExportError(
        f"{name} does not say in which form to write the model: give --kind "
        f"{', '.join(list(KINDS)[:-1])} or {list(KINDS)[-1]}."
    )


def made(kind: str, checkpoint: Checkpoint, pictures: Tensor | None = None) -> dict[str, bytes]:
    """The files of a form, by name; ExportError for one that a model has not or nobody makes here.

    `pictures` (N, S, S) uint8 are those behind the encoded points, for the projector's sprite;
    without, their reconstructions are taken.
    """
    if kind not in MAKERS:
        raise ExportError(f"no model is written as {kind[:40]!r} here: use {', '.join(MAKERS)}.")
    return MAKERS[kind](checkpoint, pictures)


def state_dict(checkpoint: Checkpoint) -> bytes:
    """The weights in float32 as `torch.save` writes them: `torch.load(..., weights_only=True)`."""
    buffer = io.BytesIO()
    torch.save({k: v.clone() for k, v in checkpoint.model.state_dict().items()}, buffer)
    return buffer.getvalue()


def tutorial_call(config: ModelConfig) -> str:
    """How the tutorial author's own class is called to load the weights; "" where it cannot."""
    (width, *_), layers = config.encoder or (0,), (*config.encoder, *config.decoder)
    fits = layers == (width,) * 4 and _is_tutorials(config) and len(config.encoder) == 2
    return f"VariationalAutoencoder({config.pixels}, {width}, {config.latent_dim})" if fits else ""


def about_state_dict(config: ModelConfig) -> str:
    """Who can load the plain weights, in one sentence."""
    if call := tutorial_call(config):
        return f"It loads in the tutorial author's own class, {call}, and in `import` here."
    if _is_tutorials(config):
        return "Its keys are those of the tutorial's class, its widths others; `import` takes it."
    return (
        "Its keys are those of this project's VAE class, whose layers the tutorial's class lacks; "
        "its settings stand in the checkpoint."
    )


def _is_tutorials(config: ModelConfig) -> bool:
    """Whether the layers are of the tutorial's kinds, in its order."""
    return (
        config.variational
        and config.activation == "leaky_relu"
        and not (config.convolutions or config.fourier or config.residual or config.classes)
    )


def originals(checkpoint: Checkpoint) -> Tensor | None:
    """The pictures (N, S, S) uint8 behind the encoded points, where they are at hand."""
    if checkpoint.encoded is None or not datasets.available(checkpoint.dataset):
        return None
    try:
        images = datasets.load_dataset(checkpoint.dataset).split(checkpoint.encoded.split).images
    except DataError:
        return None  # the sprite can do without
    side = checkpoint.config.image_size
    return images if images.shape == (len(checkpoint.encoded.mu), side, side) else None


def single(files: Mapping[str, bytes]) -> bytes:
    """The content of the only file."""
    (content,) = files.values()
    return content


MAKERS: dict[str, Callable[[Checkpoint, Tensor | None], dict[str, bytes]]] = {
    "onnx": lambda checkpoint, _: onnx_export.files(checkpoint),
    "state-dict": lambda checkpoint, _: {f"{checkpoint.name}.pt": state_dict(checkpoint)},
    "projector": projector.files,
}
