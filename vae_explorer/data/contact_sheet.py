"""Some pictures of a data set on one sheet, as a model will see them."""

import numpy as np
import torch

from vae_explorer import figures
from vae_explorer.data.datasets import to_unit
from vae_explorer.data.splits import Dataset

COLUMNS, ROWS = 12, 4
GAP = 2  # px between pictures


def contact_sheet(dataset: Dataset, columns: int = COLUMNS, rows: int = ROWS) -> np.ndarray:
    """Training pictures, the first of each class in turn -> uint8 sheet (H, W) or (H, W, 3)."""
    labels = dataset.train.labels
    places = [torch.nonzero(labels == label).flatten() for label in labels.unique()]
    longest = max(map(len, places))
    in_turn = [
        place[i] for i in range(min(longest, columns * rows)) for place in places if i < len(place)
    ]
    chosen = torch.stack(in_turn[: columns * rows])
    return figures.sheet(to_unit(dataset.train.images[chosen]), min(columns, len(chosen)), GAP)
