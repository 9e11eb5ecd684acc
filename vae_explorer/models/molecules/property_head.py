"""Properties of a molecule from its code: a small network, fitted to codes of a finished model.

Gomez-Bombarelli et al. 2018 train theirs along with the model; fitted afterwards it leaves the
latent space as it is. Gradients flow through it: `ascend` follows one. N codes, D coordinates, P
properties in the order of `chemistry.PROPERTIES`.
"""

from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn

from vae_explorer.errors import CheckpointError

WIDTH = 128
EPOCHS, BATCH, RATE, DECAY = 60, 256, 3e-3, 1e-3
MIN_SCALE = 1e-6


class PropertyHead(nn.Module):
    """z (B, D) -> (B, P), in the units of the properties."""

    mean: Tensor
    scale: Tensor

    def __init__(self, latent_dim: int, properties: int):
        super().__init__()
        self.network = nn.Sequential(
            nn.Linear(latent_dim, WIDTH),
            nn.GELU(),
            nn.Linear(WIDTH, WIDTH),
            nn.GELU(),
            nn.Linear(WIDTH, properties),
        )
        self.register_buffer("mean", torch.zeros(properties))
        self.register_buffer("scale", torch.ones(properties))

    def forward(self, z: Tensor) -> Tensor:
        """Predicted properties."""
        return self.network(z) * self.scale + self.mean


def fit(mu: Tensor, values: Tensor, seed: int = 0) -> PropertyHead:
    """A head for codes (N, D) and their properties (N, P), by least squares of standard units."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = PropertyHead(mu.shape[1], values.shape[1])
    head.mean.copy_(values.mean(dim=0))
    head.scale.copy_(values.std(dim=0).clamp(min=MIN_SCALE))
    targets = (values - head.mean) / head.scale
    generator = Generator().manual_seed(seed)
    batches = -(-len(mu) // BATCH)
    optimizer = torch.optim.AdamW(head.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS * batches)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(mu), generator=generator).split(BATCH):
            optimizer.zero_grad()
            (head.network(mu[batch]) - targets[batch]).square().mean().backward()
            optimizer.step()
            schedule.step()
    return head.eval().requires_grad_(False)


def explained(head: PropertyHead, mu: Tensor, values: Tensor) -> list[float]:
    """Share of the variance of each property that a head explains: R², at most 1."""
    residual = (head(mu) - values).square().sum(dim=0)
    return (1 - residual / (values - values.mean(dim=0)).square().sum(dim=0)).tolist()


def ascend(head: PropertyHead, z: Tensor, column: int, steps: int, length: float) -> Tensor:
    """Steps of equal length along the gradient of one property, (D,) -> (steps + 1, D).

    The first point is z itself; a negative length descends. Ends early where there is no slope.
    """
    points = [z.detach()]
    for _ in range(steps):
        here = points[-1].clone().requires_grad_()
        (slope,) = torch.autograd.grad(head(here.unsqueeze(0))[0, column], here)
        if not slope.norm() > 0:
            break
        points.append(points[-1] + length * slope / slope.norm())
    return torch.stack(points)


class Followed(NamedTuple):
    """Points along the slope of one property, n with the first."""

    path: Tensor  # (n, D)
    predicted: list[float]  # n, the property as the head has it


def followed(head: PropertyHead, z: Tensor, column: int, steps: int, length: float) -> Followed:
    """What `ascend` gives, with what the head predicts on the way."""
    path = ascend(head, z, column, steps, length)
    return Followed(path, head(path)[:, column].tolist())


def from_tensors(tensors: dict[str, Tensor], latent_dim: int) -> PropertyHead:
    """A head as a file holds it; CheckpointError where it fits no model of D coordinates."""
    try:
        head = PropertyHead(latent_dim, len(tensors["mean"]))
        head.load_state_dict({name: value.float() for name, value in tensors.items()})
    except (KeyError, RuntimeError, TypeError) as error:
        raise CheckpointError("the checkpoint's property head does not fit its model.") from error
    if not all(value.isfinite().all() for value in head.state_dict().values()):
        raise CheckpointError("the checkpoint's property head holds values that are not finite.")
    return head.eval().requires_grad_(False)
