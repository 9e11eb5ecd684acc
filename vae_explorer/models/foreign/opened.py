"""What every door for models made elsewhere gives."""

from typing import NamedTuple

from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.foreign.conformance.card import Card


class Opened(NamedTuple):
    """A model that was opened, and how it was read."""

    checkpoint: Checkpoint
    card: Card
