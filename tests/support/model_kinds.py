"""Models of every kind that a file can hold: small, untrained, as if a run had made them."""

import torch

from vae_explorer.config import ModelConfig, TrainConfig
from vae_explorer.models.checkpoints import Checkpoint, EncodedSet, save_checkpoint
from vae_explorer.models.vae import new_model
from vae_explorer.training.runs.run_folder import create_run

KINDS = {
    "1-D": {"latent_dim": 1},
    "2-D": {"latent_dim": 2},
    "10-D": {"latent_dim": 10},
    "64-D": {"latent_dim": 64},
    "64-D, fewer points than axes": {"latent_dim": 64, "count": 6},
    "conditional": {"classes": 10},
    "conditional without encoded set": {"classes": 10, "count": 0},
    "conditional without class names": {"classes": 10, "names": 0, "count": 0},
    "conditional with few class names": {"classes": 10, "names": 3},
    "plain autoencoder": {"variational": False},
    "no encoded set": {"count": 0},
    "no encoded set, 10-D": {"count": 0, "latent_dim": 10},
    "a single class": {"names": 1},
    "a class without pictures": {"labels": 7},
    "300 classes": {"names": 300, "count": 600},
    "classes without names": {"names": 0, "labels": 4},
    "one encoded picture": {"count": 1},
    "three encoded pictures, 10-D": {"count": 3, "latent_dim": 10},
    "convolutional": {
        "convolutions": (4, 8),
        "encoder": (),
        "decoder": (),
        "decoder_convolutions": (8, 4),
        "normalization": "batch",
    },
    "convolutional encoder": {"convolutions": (4, 8), "encoder": ()},
    "colour": {
        "channels": 3,
        "image_size": 16,
        "image_width": 24,
        "likelihood": "gaussian",
        "convolutions": (4,),
        "decoder_convolutions": (8,),
        "upsampling": "transposed",
    },
    "rectangles": {"image_size": 12, "image_width": 20},
    "small pictures": {"image_size": 8},
    "large pictures": {"image_size": 64},
    "collapsed": {"spread": 0.0},
    "collapsed, 10-D": {"spread": 0.0, "latent_dim": 10},
    "wide": {"spread": 1e4},
    "gaussian": {"likelihood": "gaussian"},
}


def small_model(
    count: int = 60, names: int = 10, labels: int | None = None, spread: float = 1.0, **settings
) -> Checkpoint:
    """A checkpoint with `count` codes of `names` classes, of which `labels` have codes."""
    config = ModelConfig(**({"encoder": (8,), "decoder": (8,), "fourier": 0} | settings))
    draw = torch.Generator().manual_seed(1)
    mu = torch.randn(count, config.latent_dim, generator=draw) * spread
    kinds = torch.arange(count) % (names if labels is None else labels)
    encoded = EncodedSet(mu, torch.zeros_like(mu), kinds, "test") if count else None
    return Checkpoint(
        model=new_model(config, 0).eval(),
        config=config,
        name="small",
        dataset="a set nobody has",
        classes=tuple(f"class {i}" for i in range(names)),
        encoded=encoded,
    )


def install_model(checkpoint: Checkpoint, name: str = "small") -> str:
    """Put a model where runs are; returns its key."""
    run = create_run(name, TrainConfig(model=checkpoint.config, dataset="digits"))
    save_checkpoint(checkpoint, run.checkpoint)
    return f"run:{name}"
