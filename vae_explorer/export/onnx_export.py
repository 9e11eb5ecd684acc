"""Encoder and decoder as ONNX files, which runtimes of any language read.

Written from the list of plain operations that a network is (see `onnx_graph`). PyTorch's exporter
gives the same graph, but takes ten seconds, must not run beside other threads, warns about a batch
axis that two inputs share, and leaves the paths of this machine in the file. Makes bytes; writes
nothing. B pictures of C channels and H x W pixels, D latent coordinates.
"""

import json

from torch import Tensor

from vae_explorer.config import LatentConfig
from vae_explorer.errors import ExportError
from vae_explorer.export import value_graph
from vae_explorer.export.onnx_graph import Graph
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.foreign.adapter import ForeignConfig
from vae_explorer.models.latent_model import Part
from vae_explorer.models.operations.description import output_shape

README = """# {name} as ONNX

A {kind} of {dataset}: {dims} latent coordinates, pictures of (channels, height, width) = ({shape}),
0 black to 1 white. Batches may have any size. Made by VAE Explorer from the checkpoint with sha256
{sha}.

| file | inputs | outputs |
|---|---|---|
| encoder.onnx | {encoder_in} | {encoder_out} |
| decoder.onnx | {decoder_in} | pictures (batch, {shape}): {meaning} |

```python
import numpy as np
import onnxruntime

decoder = onnxruntime.InferenceSession("decoder.onnx")
z = np.random.default_rng(0).standard_normal((10, {dims}), dtype=np.float32)
(pictures,) = decoder.run(None, {call})
```
"""


def files(checkpoint: Checkpoint) -> dict[str, bytes]:
    """encoder.onnx, decoder.onnx and what they take and give, by name."""
    encoder, decoder = checkpoint.model.encoder_part(), checkpoint.model.decoder_part()
    if encoder is None or decoder is None:
        raise ExportError(hindrance(checkpoint))
    return {
        "encoder.onnx": _encoder(checkpoint, encoder),
        "decoder.onnx": _decoder(checkpoint, decoder),
        "README.md": _readme(checkpoint, checkpoint.config).encode(),
    }


def hindrance(checkpoint: Checkpoint) -> str:
    """Why a model cannot be written as ONNX, in one sentence; nothing where it can."""
    if checkpoint.model.encoder_part() and checkpoint.model.decoder_part():
        return ""
    return "It runs by code of its own, not by known operations: export it where it was made."


def _encoder(checkpoint: Checkpoint, part: Part) -> bytes:
    """x (B, C, H, W) in [0, 1], and y (B,) for a conditional model -> mu (B, D), logvar (B, D).

    A plain autoencoder has mu alone: its only output.
    """
    config, graph = checkpoint.config, Graph(_named("encoder", part))
    reading = config.reading if isinstance(config, ForeignConfig) else None
    graph.input("x", *config.image_shape)
    v = "x" if reading is None else value_graph.taken(graph, "x", reading)
    if len(part.shape) == 1:
        v = graph.add("Flatten", [v], axis=1)
    v = graph.with_label(v, config.classes)
    v = graph.operations(part.operations, "encoder", v, part.shape)
    value_graph.heads(graph, v, config)
    graph.output("mu", config.latent_dim)
    if config.variational:
        graph.output("logvar", config.latent_dim)
    return graph.model("encoder", _metadata(checkpoint))


def _decoder(checkpoint: Checkpoint, part: Part) -> bytes:
    """z (B, D), and y (B,) for a conditional model -> pictures (B, C, H, W) in [0, 1]."""
    config, graph = checkpoint.config, Graph(_named("decoder", part))
    graph.input("z", config.latent_dim)
    v = graph.with_label("z", config.classes)
    v = graph.operations(part.operations, "decoder", v, part.shape)
    flat = len(output_shape(part.operations, part.shape)) == 1
    value_graph.pictures(graph, v, config, flat=flat)
    graph.output("pictures", *config.image_shape)
    return graph.model("decoder", _metadata(checkpoint))


def _named(name: str, part: Part) -> dict[str, Tensor]:
    return {f"{name}.{key}": weight for key, weight in part.weights.items()}


def _metadata(checkpoint: Checkpoint) -> dict[str, str]:
    """What a file says of the model that it is of, and of its pixels, which no graph shows."""
    config = checkpoint.config
    return {
        "model": checkpoint.name,
        "sha256": checkpoint.sha256,
        "dataset": checkpoint.dataset,
        "classes": json.dumps(checkpoint.classes),
        "likelihood": config.likelihood,
        "pixel_scale": repr(checkpoint.model.log_scale().exp().item()),
    }


def _readme(checkpoint: Checkpoint, config: LatentConfig) -> str:
    label = "; y (batch,) int64, the class" if config.classes else ""
    shape = ", ".join(map(str, config.image_shape))
    posterior = f"mu, logvar (batch, {config.latent_dim}) of q(z|x)"
    return README.format(
        name=checkpoint.name,
        kind="VAE" if config.variational else "plain autoencoder",
        dataset=checkpoint.dataset or "an unknown data set",
        dims=config.latent_dim,
        shape=shape,
        sha=checkpoint.sha256 or "(not saved)",
        encoder_in=f"x (batch, {shape}) float32{label}",
        encoder_out=posterior if config.variational else f"mu (batch, {config.latent_dim})",
        decoder_in=f"z (batch, {config.latent_dim}) float32{label}",
        meaning="probabilities of ink" if config.likelihood == "bernoulli" else "means",
        call='{"z": z, "y": np.arange(10)}' if config.classes else '{"z": z}',
    )
