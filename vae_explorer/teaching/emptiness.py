"""How empty the places are that a model is asked about, in units of its own data's spacing.

N codes, P places, D coordinates.
"""

import torch
from torch import Tensor

from vae_explorer.latent import geometry


def emptiness(codes: Tensor, places: Tensor, typical: float) -> Tensor:
    """Distance of places (P, D) to the nearest code, by the usual spacing of codes: (P,).

    `typical` is `geometry.typical_spacing` of the codes; above 1 a place is farther from all codes
    than 99 % of them are from each other.
    """
    near = [geometry.nearest(codes, place, 1).distances for place in places]
    return torch.cat(near) / typical


def drawn_from_codes(mu: Tensor, logvar: Tensor, generator: torch.Generator, count: int) -> Tensor:
    """Draws (count, D) of the aggregate posterior: of codes, each with its own uncertainty."""
    chosen = torch.randint(len(mu), (count,), generator=generator)
    noise = torch.empty(count, mu.shape[1]).normal_(generator=generator)
    return mu[chosen] + (0.5 * logvar[chosen]).exp() * noise
