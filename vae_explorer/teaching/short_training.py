"""A small model trained in seconds on the embedded digits, to see what one setting does."""

from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.config import ModelConfig, TrainConfig
from vae_explorer.data.datasets import Split, load_dataset, to_unit
from vae_explorer.training.engine import EpochReport, train

DATASET = "digits"
SHOWN = 10  # pictures that are reconstructed and drawn
CONFIG = TrainConfig(
    model=ModelConfig(latent_dim=3, encoder=(128,), decoder=(128,), fourier=0),
    dataset=DATASET,
    epochs=40,
    batch_size=64,
    learning_rate=3e-3,
    precision="float32",
    threads=1,
)


class Outcome(NamedTuple):
    """What came of a training; nats a picture, of validation pictures."""

    reconstruction: list[float]  # after each epoch
    kl: list[float]  # after each epoch, unweighted
    originals: Tensor  # (SHOWN, C, H, W)
    reconstructed: Tensor  # (SHOWN, C, H, W), at the posterior means
    samples: Tensor  # (SHOWN, C, H, W), decoded from the prior
    seconds: float

    @property
    def neg_elbo(self) -> float:
        """At the end, with beta 1 whatever was trained."""
        return self.reconstruction[-1] + self.kl[-1]


def short_training(
    beta: float = 1.0, free_bits: float = 0.0, epochs: int = CONFIG.epochs
) -> Outcome:
    """Train with this weight of the KL term, always from the same seed, on one thread."""
    config = replace(CONFIG, beta=beta, free_bits=free_bits, epochs=epochs)
    dataset = load_dataset(DATASET)
    reports = list(train(config, dataset.train, dataset.validation, device="cpu"))
    return _outcome(reports, dataset.validation)


def _outcome(reports: list[EpochReport], validation: Split) -> Outcome:
    model = reports[-1].model.eval()
    x = to_unit(validation.images[:SHOWN])
    z = torch.empty(SHOWN, model.latent_dim).normal_(generator=Generator().manual_seed(0))
    with torch.inference_mode():
        reconstructed, _, _ = model(x)
        samples = model.decode(z)
    return Outcome(
        [report.validation.reconstruction for report in reports],
        [report.validation.kl for report in reports],
        x,
        reconstructed,
        samples,
        sum(report.seconds for report in reports),
    )
