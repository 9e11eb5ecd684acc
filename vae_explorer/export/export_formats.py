"""A model in the forms that other programs read: ONNX, a plain state_dict, Embedding Projector.

Makes bytes by file name; whoever asked writes them. A new format is a function here or beside, and
its entry in FORMATS. The offline page is made by the app, see `ui.shell.offline_page`.
"""

import io
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.config import LatentConfig, ModelConfig
from vae_explorer.data import datasets
from vae_explorer.errors import DataError, ExportError
from vae_explorer.evaluation import opened_models
from vae_explorer.export import onnx_export, projector
from vae_explorer.models import checkpoints
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.foreign.weights.own_record import with_record
from vae_explorer.molecule_config import MoleculeConfig

FOREIGN = (".onnx", ".ckpt", ".npz", ".json", ".png")  # single files of others


def format_of(name: str, wanted: str = "") -> str:
    """The format that is wanted, or that a file name says; ExportError where neither does."""
    ending = re.sub(r".*(?=\.)|^[^.]*$", "", name).lower()
    by_ending = {
        ending: key for key, form in FORMATS.items() if not form.several for ending in form.endings
    }
    if wanted:
        others = set(by_ending) | set(FOREIGN)
        other = ending in others - set(FORMATS[wanted].endings)
        if other or (ending == ".zip" and not FORMATS[wanted].several):
            raise ExportError(f"{name} is no name for {FORMATS[wanted].title}: choose another.")
        return wanted
    if ending in by_ending:
        return by_ending[ending]
    if ending == ".onnx":
        raise ExportError(
            "ONNX takes two files, one for the encoder and one for the decoder: give a folder, or "
            "a name that ends in .zip, and --kind onnx."
        )
    raise ExportError(
        f"{name} does not say in which form to write the model: give --kind "
        f"{', '.join(list(FORMATS)[:-1])} or {list(FORMATS)[-1]}."
    )


def export_files(
    name: str, checkpoint: Checkpoint, pictures: Tensor | None = None
) -> dict[str, bytes]:
    """The files of a format, by name; ExportError for one that a model lacks or the app makes.

    `pictures`, uint8 as a split has them, are those behind the encoded points, for a format that
    shows them; without, their reconstructions are taken.
    """
    form = FORMATS.get(name)
    if form is None or form.files is None:
        here = ", ".join(key for key, form in FORMATS.items() if form.files)
        raise ExportError(f"no model is written as {name[:40]!r} here: use {here}.")
    check_network(name, checkpoint)
    return form.files(checkpoint, pictures)


def whole(checkpoint: Checkpoint) -> bytes:
    """The model as a file of ours."""
    return checkpoints.file_of(opened_models.to_hand_out(checkpoint))


def no_checkpoint(checkpoint: Checkpoint) -> str:
    """Why no file of ours holds a model, in one sentence; nothing where one does."""
    if opened_models.can_be_kept(checkpoint):
        return ""
    return "It runs by code of its own, which no file of ours holds: keep its own file."


def state_dict(checkpoint: Checkpoint) -> bytes:
    """The weights in float32 as `torch.save` writes them: `torch.load(..., weights_only=True)`.

    A record that torch does not notice says how they are read, so that they open here again.
    """
    buffer = io.BytesIO()
    torch.save({k: v.clone() for k, v in checkpoint.model.state_dict().items()}, buffer)
    return with_record(buffer.getvalue(), checkpoint)


def no_state_dict(checkpoint: Checkpoint) -> str:
    """Why a model cannot be written so, in one sentence; nothing where it can."""
    has_weights = bool(checkpoint.model.state_dict())
    return "" if has_weights else "It has no weights of PyTorch: keep the files it came from."


def tutorial_call(config: LatentConfig) -> str:
    """How the tutorial author's own class is called to load the weights; "" where it cannot."""
    if not isinstance(config, ModelConfig):
        return ""
    (width, *_), layers = config.encoder or (0,), (*config.encoder, *config.decoder)
    fits = layers == (width,) * 4 and _is_tutorials(config) and len(config.encoder) == 2
    return f"VariationalAutoencoder({config.pixels}, {width}, {config.latent_dim})" if fits else ""


def about_state_dict(config: LatentConfig) -> str:
    """Who can load the plain weights, in one sentence."""
    if not isinstance(config, ModelConfig):
        return "Its keys are those of its layers as they are read here, encoder and decoder."
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
    """The pictures behind the encoded points, as a split has them, where they are at hand."""
    if checkpoint.pictures is not None:
        return checkpoint.pictures
    if checkpoint.encoded is None or not datasets.available(checkpoint.dataset):
        return None
    try:
        split = datasets.load_dataset(checkpoint.dataset, choice=checkpoint.picture_reading).split(
            checkpoint.encoded.split
        )
    except DataError:
        return None  # the sprite can do without
    fits = split.image_shape == checkpoint.config.image_shape
    return split.images if fits and len(split) == len(checkpoint.encoded.mu) else None


def without_network(name: str, checkpoint: Checkpoint) -> str:
    """Why a model of molecules, or codes alone, have no such format; nothing where they have it."""
    if isinstance(checkpoint.config, MoleculeConfig) and not FORMATS[name].takes_molecules:
        return "This form is for models of pictures, and this one makes molecules."
    if checkpoint.model.can_decode or FORMATS[name].takes_codes:
        return ""
    return f"These are codes alone: there is no network to write as {FORMATS[name].title}."


def check_network(name: str, checkpoint: Checkpoint) -> None:
    """ExportError where a format needs the network that codes alone lack."""
    if sentence := without_network(name, checkpoint):
        raise ExportError(sentence)


def single(files: Mapping[str, bytes]) -> bytes:
    """The content of the only file."""
    (content,) = files.values()
    return content


class ExportFormat(NamedTuple):
    """A form to write a model in."""

    title: str
    endings: tuple[str, ...]  # of a file's name, that of a download first; ".zip": several files
    about: str  # for whom it is; part of a sentence
    files: Callable[[Checkpoint, Tensor | None], dict[str, bytes]] | None  # None: the app makes it
    remark: Callable[[LatentConfig], str] | None = None  # a sentence on this model, for `about`
    hindrance: Callable[[Checkpoint], str] = lambda checkpoint: ""  # why a model has none, or ""
    takes_codes: bool = False  # also those that came without a network
    takes_molecules: bool = False  # also models of molecules
    shows_pictures: bool = False  # those behind the encoded points: second argument of `files`

    @property
    def several(self) -> bool:
        """Whether it takes several files: a folder or a zip."""
        return self.endings == (".zip",)


FORMATS = {
    "checkpoint": ExportFormat(
        "Checkpoint",
        (checkpoints.SUFFIX,),
        "the whole model with its settings, scores and codes: “Add a model” takes it",
        lambda checkpoint, _: {f"{checkpoint.name}{checkpoints.SUFFIX}": whole(checkpoint)},
        hindrance=no_checkpoint,
        takes_molecules=True,
    ),
    "onnx": ExportFormat(
        "ONNX",
        (".zip",),
        "encoder and decoder, for any runtime in any language; batches of any size",
        lambda checkpoint, _: onnx_export.files(checkpoint),
        hindrance=onnx_export.hindrance,
    ),
    "state-dict": ExportFormat(
        "PyTorch state_dict",
        (".pt", ".pth"),
        "the weights alone, by name",
        lambda checkpoint, _: {f"{checkpoint.name}.pt": state_dict(checkpoint)},
        remark=about_state_dict,
        hindrance=no_state_dict,
        takes_molecules=True,
    ),
    "projector": ExportFormat(
        "Embedding Projector",
        (".zip",),
        "codes, classes and a sprite of the pictures, for TensorBoard or projector.tensorflow.org",
        projector.files,
        hindrance=projector.hindrance,
        takes_codes=True,
        shows_pictures=True,
    ),
    "html": ExportFormat(
        "Interactive explorer",
        (".html", ".htm"),
        "the live view with the model inside: opens from disk, with nothing installed",
        None,
    ),
}
