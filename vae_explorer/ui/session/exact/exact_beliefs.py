"""What models themselves believe of pictures, found once a picture for all sessions.

The lattice it takes is asked for by the caller: it may have to be decoded first.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.latent import exact
from vae_explorer.latent.exact import ExactPosterior, Gaps
from vae_explorer.latent.lattice.prior_lattice import DecodedLattice
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.kept import kept

DRAWS = 384  # points of a posterior that are drawn
MAX_BELIEFS = 64  # pictures whose posteriors are kept


class Belief(NamedTuple):
    """p(z|x) of one picture."""

    posterior: ExactPosterior
    gaps: Gaps  # by the best of few Gaussians; `searched` knows better
    draws: Tensor  # (K, D)


def believed(space: Space, lattice: DecodedLattice, x: Tensor) -> Belief:
    """Of a picture (C, H, W) in [0, 1]; ExplorerError where no point explains it."""
    return _believed(space.checkpoint, x.numpy().tobytes(), lattice.label, lattice)


def searched(space: Space, lattice: DecodedLattice, x: Tensor) -> Gaps:
    """The same picture's gaps by a search for the best Gaussian: some tenths of a second."""
    return _searched(space.checkpoint, x.numpy().tobytes(), lattice.label, lattice)


def needs_search(space: Space) -> bool:
    """Whether `searched` may find more than `believed`."""
    return space.checkpoint.model.differentiable


@kept(MAX_BELIEFS)
def _believed(
    checkpoint: Checkpoint, content: bytes, label: int | None, _lattice: DecodedLattice
) -> Belief:
    x = _picture(checkpoint, content)
    posterior = exact.posterior(_lattice, x, draws=DRAWS)
    gaps = exact.gaps(_lattice, x, posterior, steps=0)
    return Belief(posterior, gaps, posterior.draws[0])


@kept(MAX_BELIEFS)
def _searched(
    checkpoint: Checkpoint, content: bytes, label: int | None, _lattice: DecodedLattice
) -> Gaps:
    x = _picture(checkpoint, content)
    belief = _believed(checkpoint, content, label, _lattice)
    return exact.gaps(_lattice, x, belief.posterior)


def _picture(checkpoint: Checkpoint, content: bytes) -> Tensor:
    values = torch.frombuffer(bytearray(content), dtype=torch.float32)
    return values.view(1, *checkpoint.config.image_shape)
