"""How much pictures differ from each other, in figures."""

from torch import Tensor


def between_pictures(pictures: Tensor) -> float:
    """Standard deviation of a pixel between pictures (N, C, H, W), N > 1, as a mean over pixels.

    In the pixels' own units: 0 where all are the same, at most 0.5 where they lie in [0, 1].
    """
    return float(pictures.std(dim=0, correction=0).mean())
