"""Random tensors that are the same each time."""

import torch
from torch import Tensor


def seeded(*shape: int, seed: int = 0) -> Tensor:
    """Normal draws of this shape."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
