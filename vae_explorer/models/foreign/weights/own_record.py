"""What our exported `state_dict` says of its model: a record in PyTorch's zip file.

`torch.load` looks records up by name and does not notice one more; here it makes the model whole
again.
"""

import io
import zipfile

from torch import Tensor

from vae_explorer.errors import CheckpointError
from vae_explorer.models.checkpoint_reader import description
from vae_explorer.models.checkpoints import Checkpoint, described_checkpoint, description_text
from vae_explorer.models.foreign.weights.weight_files import RECORD


def with_record(data: bytes, checkpoint: Checkpoint) -> bytes:
    """The bytes of `torch.save` with a record on the model."""
    try:
        text = description_text(checkpoint)
    except CheckpointError:
        return data  # a model that runs by code of its own: its weights alone
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as archive:
        folder = archive.namelist()[0].partition("/")[0]
        archive.writestr(f"{folder}/{RECORD}", text)
    return buffer.getvalue()


def recorded_checkpoint(
    record: str, tensors: dict[str, Tensor], name: str, sha256: str
) -> Checkpoint:
    """The model that a record describes, of these weights; CheckpointError where it cannot be."""
    weights = {f"model.{key}": value for key, value in tensors.items()}
    return described_checkpoint(description(record), weights, name, sha256)
