"""The model that stands in where there are codes and no network: it can do nothing but say so."""

from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from torch import Tensor

from vae_explorer.config import LatentConfig
from vae_explorer.errors import CheckpointError
from vae_explorer.models.latent_model import LatentModel

NO_DECODER = (
    "these are codes alone: there is no decoder, so no picture can be made of a point; bring the "
    "model for that."
)
NO_ENCODER = (
    "these are codes alone: there is no encoder, so no picture can be given a code; bring the "
    "model for that."
)


@dataclass(frozen=True)
class CodesConfig(LatentConfig):
    """What is known of codes that came alone, and of the pictures that came with them."""

    latent_dim: int
    channels: int = 1
    image_size: int = 28
    image_width: int = 0
    variational: bool = False  # whether log-variances came along
    classes: int = 0  # that a model is given; not those of the labels
    likelihood: Literal["bernoulli", "gaussian"] = "bernoulli"  # of nothing: as all configs have it
    pixel_scale: float = 1.0

    def settings(self) -> dict[str, Any]:
        """By name and in plain values, what a table shows."""
        return {"latent_dim": self.latent_dim, "classes": self.classes}


class CodesModel(LatentModel[CodesConfig]):
    """No network: neither encodes nor decodes. `remarks` say how its file was read."""

    can_encode = can_decode = differentiable = False

    def __init__(self, config: CodesConfig, remarks: tuple[str, ...] = ()):
        super().__init__()
        self.config, self.remarks = config, remarks

    def encode(self, x: Tensor, y: Tensor | None = None) -> NoReturn:
        """CheckpointError, whatever it is given."""
        raise CheckpointError(NO_ENCODER)

    def decode_raw(self, z: Tensor, y: Tensor | None = None) -> NoReturn:
        """CheckpointError, whatever it is given."""
        raise CheckpointError(NO_DECODER)
