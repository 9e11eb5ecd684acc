"""The seeds of a wall's tiles, in session and address: tile i is always tile i."""

import contextlib

from vae_explorer.errors import ConfigError
from vae_explorer.latent import generation
from vae_explorer.ui.session import registry

LARGEST_LINKED = 1_000_000  # seed that a link may hold: its tile has room for it


def current(most: int) -> list[int]:
    """Of all `most` tiles that there can be, however many are shown."""
    kept = registry.SEEDS.start(_linked)[:most]
    return _filled_up(kept, most)


def write_link(seeds: list[int]) -> None:
    """Put them into the address, unless they are the first ones."""
    are_first = seeds == list(range(len(seeds)))
    registry.SEEDS.write_link(None if are_first else generation.seeds_text(seeds))


def _linked() -> list[int]:
    """Those of the address; none where it has none or nonsense."""
    with contextlib.suppress(ConfigError):
        return generation.read_seeds(registry.SEEDS.link_text() or "")
    return []


def _filled_up(seeds: list[int], most: int) -> list[int]:
    first = max(seeds, default=-1) + 1
    if first > LARGEST_LINKED:
        seeds, first = [], 0
    return [*seeds, *range(first, first + most - len(seeds))]
