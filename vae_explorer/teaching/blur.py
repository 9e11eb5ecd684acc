"""What a decoded picture is nearest to: one of the data, or the mean of several."""

from typing import NamedTuple

import torch
from torch import Tensor


class MeanPictures(NamedTuple):
    """The means of the first 1, 2, ... n pictures, and how far a decoded one is from each."""

    means: Tensor  # (n, C, H, W)
    errors: Tensor  # (n,) root mean squared difference of a pixel

    @property
    def best(self) -> int:
        """How many pictures to average to come nearest."""
        return int(self.errors.argmin()) + 1


def mean_pictures(neighbours: Tensor, decoded: Tensor) -> MeanPictures:
    """Of pictures (n, C, H, W), nearest first, and a decoded one (C, H, W), both in [0, 1]."""
    counts = torch.arange(1, len(neighbours) + 1).view(-1, 1, 1, 1)
    means = neighbours.cumsum(dim=0) / counts
    return MeanPictures(means, (means - decoded).flatten(1).square().mean(dim=1).sqrt())
