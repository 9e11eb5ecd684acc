"""Encoder and decoder as ONNX files, which runtimes of any language read.

Written from the list of plain operations that a network is (see `onnx_graph`). PyTorch's exporter
gives the same graph, but takes ten seconds, must not run beside other threads, warns about a batch
axis that two inputs share, and leaves the paths of this machine in the file. Makes bytes; writes
nothing. B pictures of C channels and H x W pixels, D latent coordinates.
"""

import json

import numpy as np

from vae_explorer.config import ModelConfig
from vae_explorer.export.onnx_graph import Graph
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.vae import LOGVAR_RANGE, decoder_operations, encoder_operations

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
    config = checkpoint.config
    return {
        "encoder.onnx": _encoder(checkpoint),
        "decoder.onnx": _decoder(checkpoint),
        "README.md": _readme(checkpoint, config).encode(),
    }


def _encoder(checkpoint: Checkpoint) -> bytes:
    """x (B, C, H, W), and y (B,) for a conditional model -> mu (B, D), logvar (B, D).

    A plain autoencoder has mu alone: its only output.
    """
    config, graph = checkpoint.config, Graph(checkpoint.model.state_dict())
    graph.input("x", *config.image_shape)
    v, shape = "x", config.image_shape
    if not config.convolutions:
        v, shape = graph.add("Flatten", ["x"], axis=1), (config.pixels + config.classes,)
    v = graph.with_label(v, config.classes)
    v = graph.operations(encoder_operations(config), "encoder", v, shape)
    graph.add("Gemm", [v, *graph.weights("mean_layer")], output="mu", transB=1)
    graph.output("mu", config.latent_dim)
    if config.variational:
        raw = graph.add("Gemm", [v, *graph.weights("log_variance_layer")], transB=1)
        limits = [graph.constant(np.array(limit, np.float32)) for limit in LOGVAR_RANGE]
        graph.add("Clip", [raw, *limits], output="logvar")
        graph.output("logvar", config.latent_dim)
    return graph.model("encoder", _metadata(checkpoint))


def _decoder(checkpoint: Checkpoint) -> bytes:
    """z (B, D), and y (B,) for a conditional model -> pictures (B, C, H, W) in [0, 1]."""
    config, graph = checkpoint.config, Graph(checkpoint.model.state_dict())
    graph.input("z", config.latent_dim)
    v, shape = graph.with_label("z", config.classes), (config.latent_dim + config.classes,)
    v = graph.operations(decoder_operations(config), "decoder", v, shape)
    pixels = graph.add("Sigmoid", [v])
    shape = graph.constant(np.array([-1, *config.image_shape], np.int64))
    graph.add("Reshape", [pixels, shape], output="pictures")
    graph.output("pictures", *config.image_shape)
    return graph.model("decoder", _metadata(checkpoint))


def _metadata(checkpoint: Checkpoint) -> dict[str, str]:
    """What a file says of the model that it is of."""
    return {
        "model": checkpoint.name,
        "sha256": checkpoint.sha256,
        "dataset": checkpoint.dataset,
        "classes": json.dumps(checkpoint.classes),
    }


def _readme(checkpoint: Checkpoint, config: ModelConfig) -> str:
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
