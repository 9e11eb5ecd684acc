"""The adapter of a live object: its own encode and decode, by whatever names, read as measured."""

import uuid
from typing import Any

from torch import Tensor, nn

from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.foreign.adapter import ForeignConfig, ForeignModel
from vae_explorer.models.foreign.conformance.card import Card
from vae_explorer.models.foreign.live.discovery import DecoderWay, EncoderWay
from vae_explorer.models.foreign.opened import Opened


class LiveModel(ForeignModel[ForeignConfig]):
    """Somebody's object with `encode`, `decode`, `latent_dim` and `image_shape`.

    The object is held, never copied or pickled, and answers on its own device.
    """

    card: Card | None

    def __init__(
        self,
        config: ForeignConfig,
        source: Any,
        ways: tuple[EncoderWay, DecoderWay],
        code_shape: tuple[int, ...],
        card: Card | None = None,
    ):
        super().__init__()
        self.config, self.ways, self.code_shape, self.card = config, ways, code_shape, card
        self.source = source if isinstance(source, nn.Module) else None  # for its layers

    def _heads(self, v: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor | None]:
        first, second = self.ways[0].give(v, y)
        if second is None and self.config.reading.second_head != "none":
            first, second = first.chunk(2, dim=1)
        return _flat(first), None if second is None else _flat(second)

    def _output(self, z: Tensor, y: Tensor | None) -> Tensor:
        made = self.ways[1].make(z.reshape(len(z), *self.code_shape), y).cpu()
        return made if made.ndim == 4 else made.reshape(len(z), -1)


def _flat(head: Tensor) -> Tensor:
    return head.flatten(1).float().cpu()


def checkpoint_of(adapted: LiveModel, name: str) -> Checkpoint:
    """An adapted object as pages take models."""
    sha256 = f"live:{uuid.uuid4().hex}"
    return Checkpoint(model=adapted, config=adapted.config, name=name, sha256=sha256)


def opened_of(adapted: LiveModel, name: str) -> Opened:
    """An adapted object as every door gives it; it has a card, as it was read on pictures."""
    assert adapted.card is not None, "nothing was measured: adapt it on pictures"
    return Opened(checkpoint_of(adapted, name), adapted.card)
