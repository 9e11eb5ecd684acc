"""A few pictures of a data set on one sheet, as the model sees them, a row a class."""

import torch
from numpy import ndarray

from vae_explorer import figures
from vae_explorer.data.datasets import to_unit
from vae_explorer.data.splits import Dataset

COLUMNS = 12
MAX_ROWS = 10
ONE_CLASS_ROWS = 4
GAP = 2  # px between pictures


def contact_sheet(dataset: Dataset) -> ndarray:
    """Training pictures, uint8 (H, W) or (H, W, 3): the first ones of each of the first classes."""
    images, labels = dataset.train
    rows = []
    if len(dataset.classes) == 1:
        rows = list(torch.split(images[: ONE_CLASS_ROWS * COLUMNS], COLUMNS))
    else:
        for label in range(len(dataset.classes)):
            if len(rows) < MAX_ROWS and (of_class := images[labels == label][:COLUMNS]).numel():
                rows.append(of_class)
    blank = [torch.zeros(COLUMNS - len(row), *images.shape[1:], dtype=images.dtype) for row in rows]
    tiles = torch.cat([part for pair in zip(rows, blank, strict=True) for part in pair])
    return figures.sheet(to_unit(tiles), COLUMNS, GAP)
