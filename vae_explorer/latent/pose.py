"""A digit in the pose that a model finds most probable: upright or leaning, narrower or wider.

Strangers write otherwise than those whose digits a model has seen, and add strokes that no decoder
draws, such as a bar under the 1. So of a few sheared and stretched versions of a picture the most
probable one is taken, by sums over a lattice of the prior in which each pixel may be other than
decoded; and the codes around that exact posterior vote on the class, beside those around the
encoder's code. Knows nothing of files or front ends. P poses, M lattice points, D <= 3 latent
coordinates, C classes, nats throughout.
"""

import dataclasses
from itertools import product
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_explorer.data.handwriting.mnist_format import SIDE
from vae_explorer.latent.geometry import NEIGHBOURS
from vae_explorer.latent.lattice import prior_lattice
from vae_explorer.latent.lattice.prior_lattice import DecodedLattice
from vae_explorer.models.checkpoints import Checkpoint, EncodedSet
from vae_explorer.models.latent_model import LatentModel

STEP = "Pose"  # its name among the preprocessing steps
ABOUT = (
    "Of 15 poses, sheared and stretched a little, the one that this model finds most probable is "
    "taken, and the codes around its exact posterior vote with the encoder's neighbours. On the "
    "pad it follows when the pen rests."
)
WIDTHS = (0.85, 1.0, 1.15)  # of what it was
SHEARS = (-0.2, -0.1, 0.0, 0.1, 0.2)  # px to the right for each px upwards
POSES = tuple(product(WIDTHS, SHEARS))
AS_IT_IS = POSES.index((1.0, 0.0))
WIDTH_SPREAD, SHEAR_SPREAD = 0.043, 0.14  # standard deviations of poses that are believed in
POINTS = 2**12  # of the lattice: enough to choose and to vote by
MAX_LOGIT = 1.5  # of a pixel: with probability 0.18 it is other than decoded
TEMPER = 0.25  # power of p(x|z) by which points vote
EXACT_SHARE = 5 / 7  # of a vote; the others are those around the encoder's code
_DISTANCES = 2**22  # between points and codes, held at once


class Pose(NamedTuple):
    """The pose that was taken, and what the codes around it say."""

    image: Tensor  # (1, H, W) float32 in [0, 1]
    width: float  # of what it was
    shear: float  # px to the right for each px upwards
    label: int  # the class with the most votes
    share: float  # of the votes, 0 to 1

    @property
    def sentence(self) -> str:
        """What was done to the picture, in words; nothing where it stayed as it was."""
        changes = [f"{self.width:.0%} as wide".replace("%", " %")] if self.width != 1 else []
        if self.shear:
            changes.append(f"sheared by {abs(self.shear):.1f} to the {_side(self.shear)}")
        return ", ".join(changes)


class Poser(NamedTuple):
    """What is known of one model's poses; shared, never to be changed."""

    model: LatentModel
    lattice: DecodedLattice  # logits clipped
    votes: Tensor  # (M, C) shares of the classes among the NEIGHBOURS codes of a point
    codes: EncodedSet


def hindrance(checkpoint: Checkpoint) -> str:
    """Why no pose is looked for, in one sentence; nothing where one is."""
    config = checkpoint.config
    reading = checkpoint.picture_reading
    if reading.preparation != "handwriting" or config.image_shape != (1, SIDE, SIDE):
        return "Poses are those of handwriting."
    if config.classes or config.likelihood != "bernoulli":
        return "Poses are looked for with Bernoulli pixels and no class given."
    if checkpoint.encoded is None or not len(checkpoint.encoded.mu):
        return "This model's file holds no encoded pictures, which could vote."
    return prior_lattice.hindrance(checkpoint.model)


def poser(checkpoint: Checkpoint, codes: EncodedSet | None = None) -> Poser:
    """Decode the lattice of a model without `hindrance`, and let codes vote on its points.

    `codes` other than its encoded set can vote. ExplorerError as for `decoded_lattice`.
    """
    codes = codes or checkpoint.encoded
    assert codes is not None, "that is a hindrance"
    lattice = prior_lattice.decoded_lattice(checkpoint.model, POINTS, keep=True)
    assert lattice.kept is not None, "it was to be kept"
    clipped = lattice.kept.float().clamp(-MAX_LOGIT, MAX_LOGIT)
    lattice = dataclasses.replace(lattice, kept=clipped, blank=prior_lattice.log_blank(clipped))
    return Poser(checkpoint.model, lattice, _shares(lattice.points, codes), codes)


def take(known: Poser, x: Tensor) -> Pose:
    """The most probable pose of a prepared picture (1, H, W) in [0, 1], and the vote under it."""
    pictures = poses(x)
    with torch.inference_mode():
        likelihood = known.lattice.log_likelihood(pictures)  # (P, M)
        best = int((likelihood.logsumexp(dim=1) + _log_prior()).argmax())
        exact = (TEMPER * likelihood[best]).softmax(dim=0) @ known.votes
        mu, _ = known.model.encode(x.unsqueeze(0))
        votes = EXACT_SHARE * exact + (1 - EXACT_SHARE) * _shares(mu, known.codes)[0]
    label = int(votes.argmax())
    return Pose(pictures[best].clone(), *POSES[best], label, votes[label].item())


def poses(x: Tensor) -> Tensor:
    """A picture (1, S, S) in [0, 1] in all POSES about its centre of mass, (P, 1, S, S)."""
    places = (torch.arange(x.shape[-1]) + 0.5) * 2 / x.shape[-1] - 1
    mass = x.sum().clamp(min=1e-6)
    across, down = (x[0].sum(dim=d) @ places / mass for d in (0, 1))
    width, shear = torch.tensor(POSES).T
    shear = -shear / width
    zero, one = torch.zeros_like(width), torch.ones_like(width)
    rows = torch.stack([1 / width, -shear, across - across / width + shear * down], dim=1)
    maps = torch.stack([rows, torch.stack([zero, one, zero], dim=1)], dim=1)
    grid = F.affine_grid(maps, [len(POSES), *x.shape], align_corners=False)
    pictures = x.expand(len(POSES), -1, -1, -1)
    pictures = F.grid_sample(pictures, grid, mode="bicubic", align_corners=False).clamp(0, 1)
    pictures[AS_IT_IS] = x
    return pictures


def _log_prior() -> Tensor:
    """(P,), up to a constant: MNIST's own digits had better stay as they are."""
    width, shear = torch.tensor(POSES).T
    return -0.5 * (((width - 1) / WIDTH_SPREAD).square() + (shear / SHEAR_SPREAD).square())


def _shares(z: Tensor, codes: EncodedSet) -> Tensor:
    """The shares of the classes among the NEIGHBOURS codes of points (M, D): (M, C)."""
    mu, count = codes.mu.float(), min(NEIGHBOURS, len(codes.mu))
    parts = z.split(max(1, _DISTANCES // len(mu)))
    near = [torch.cdist(part, mu).topk(count, largest=False).indices for part in parts]
    labels = codes.labels[torch.cat(near)].long()  # (M, NEIGHBOURS)
    return F.one_hot(labels, int(codes.labels.max()) + 1).float().mean(dim=1)


def _side(shear: float) -> str:
    return "right" if shear > 0 else "left"
