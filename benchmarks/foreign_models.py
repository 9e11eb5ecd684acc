"""Weights of other programs: -ELBO by their own module, and as opened here from the file alone.

    VAE_EXPLORER_DATA=data python benchmarks/foreign_models.py [FILE ...]

Trains a module of each layout on MNIST for a minute or less, saves it as people do, opens it with
500 training pictures and measures both on the 10,000 test pictures with the same noise. Files that
are given are opened as well.
"""

import io
import sys
import time
from pathlib import Path

import torch
from torch import Generator, nn

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
import weight_modules
from weight_modules import Basic, BatchNormed, Blocks, Chunked, Conditional, Slopes, Upsampled

from vae_explorer.data.datasets import load_dataset, to_unit
from vae_explorer.evaluation.metrics import bound_scores
from vae_explorer.models.foreign.weights.open_weights import open_weights

MODULES = {
    "PyTorch's example": Basic,
    "one layer for both heads": Chunked,
    "tanh and softplus": Slopes,
    "GELU": lambda: Slopes(nn.GELU, nn.GELU),
    "conditional": Conditional,
    "batch normalisation": BatchNormed,
    "pooling, upsampling": Upsampled,
    "blocks, tanh, [-1, 1]": Blocks,
}
STEPS, PICTURE_STEPS = 2_000, 1_500


def main() -> None:
    """Print a line for each model."""
    torch.set_num_threads(1)
    weight_modules.STEPS, weight_modules.PICTURE_STEPS = STEPS, PICTURE_STEPS
    weight_modules.Pictures.kl_weight = 1.0
    data = load_dataset("mnist")
    x, y = to_unit(data.train.images[:6000]), data.train.labels[:6000]
    for name, module in MODULES.items():
        torch.manual_seed(0)
        own = weight_modules.trained(module(), x, y)
        buffer = io.BytesIO()
        torch.save(own.state_dict(), buffer)
        opened, seconds = _opened(buffer.getvalue(), name, x, y)
        scale = opened.config.pixel_scale if opened.config.likelihood == "gaussian" else None
        mu = own.encode(x[:1], y[:1] if own.classes else None)[0]
        eps = torch.randn(len(data.test), mu.shape[1], generator=Generator().manual_seed(0))
        labels = data.test.labels if own.classes else None
        with torch.inference_mode():
            theirs = weight_modules.neg_elbo(own, to_unit(data.test.images), labels, eps, scale)
        _report(name, f"own {theirs:8.2f}", opened, data.test, seconds)
    for path in map(Path, sys.argv[1:]):
        opened, seconds = _opened(path.read_bytes(), path.name, x, y)
        _report(path.name, "", opened, data.test, seconds)


def _opened(data, name, x, y):
    begun = time.perf_counter()
    opened = open_weights(data, name, x, y, generator=Generator().manual_seed(0))
    print(*opened.card.sentences(), sep="\n    ")
    return opened.checkpoint.model, time.perf_counter() - begun


def _report(name, own, model, split, seconds) -> None:
    ours = bound_scores(model, split, "test", 0)["neg_elbo"].value
    print(f"{name:28} {own} opened {ours:8.2f} nats, in {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()
