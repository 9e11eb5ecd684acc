"""Whether coordinates of two models mean the same. N pictures, D and E coordinates."""

import torch
from torch import Tensor


def correlations(first: Tensor, second: Tensor) -> Tensor:
    """How much each coordinate of codes (N, D) follows each of codes (N, E): |r|, (D, E), 0 to 1.

    Row by row the same pictures. A coordinate that never changes follows nothing.
    """
    centred = [codes - codes.mean(dim=0) for codes in (first.double(), second.double())]
    a, b = (codes / codes.norm(dim=0).clamp(min=1e-12) for codes in centred)
    return torch.nan_to_num((a.T @ b).abs()).clamp(max=1).float()
