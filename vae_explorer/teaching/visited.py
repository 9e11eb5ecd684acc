"""Where a learner has been in a latent space, in figures. N codes, P places, D coordinates."""

from typing import NamedTuple

import torch
from torch import Tensor

from vae_explorer.latent import geometry


class Visited(NamedTuple):
    """What is true of places visited one after the other; lengths in latent units."""

    along: int  # the coordinate that changed most
    span: float  # by which it did
    others: float  # the most that any other coordinate changed
    nearest: Tensor  # (P,) index of the nearest code
    distances: Tensor  # (P,) to it
    radius: float  # of the last place, from the origin

    @property
    def farthest(self) -> float:
        """The largest of the distances."""
        return float(self.distances.max())


def visited(codes: Tensor, places: Tensor) -> Visited:
    """Of places (P, D), P > 0, among codes (N, D), N > 0."""
    spans = places.amax(dim=0) - places.amin(dim=0)
    along = int(spans.argmax())
    near = [geometry.nearest(codes, place, 1) for place in places]
    return Visited(
        along,
        float(spans[along]),
        max((float(span) for dim, span in enumerate(spans) if dim != along), default=0.0),
        torch.cat([found.indices for found in near]),
        torch.cat([found.distances for found in near]),
        float(places[-1].norm()),
    )
