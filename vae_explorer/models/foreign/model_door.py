"""The door for uploaded models, whichever program has written them."""

import dataclasses
from pathlib import Path

from vae_explorer.data.datasets import NAMES
from vae_explorer.models.checkpoints import Checkpoint, load_checkpoint
from vae_explorer.models.foreign.tutorial_state_dict import import_state_dict

FOREIGN = {".pt": import_state_dict, ".pth": import_state_dict}  # ending -> reader


def read_model(data: bytes, name: str) -> Checkpoint:
    """An uploaded model, whichever kind it is; CheckpointError on anything else.

    It cannot point to a folder of this machine: a data set that has no name is forgotten.
    """
    reader = FOREIGN.get(Path(name).suffix, load_checkpoint)
    checkpoint = reader(data, Path(name).stem)
    dataset = checkpoint.dataset if checkpoint.dataset in NAMES else ""
    return dataclasses.replace(checkpoint, dataset=dataset)
