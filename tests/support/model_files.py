"""Model files as bytes, and what a reader says of bad ones."""

import io

import pytest
import torch

from vae_explorer.errors import CheckpointError
from vae_explorer.models.checkpoints import save_checkpoint


def assert_refused(reader, data):
    """The reader raises CheckpointError with one readable sentence."""
    with pytest.raises(CheckpointError) as caught:
        reader(data)
    message = str(caught.value)
    assert 10 < len(message) < 400 and message.endswith(".") and "\n" not in message
    return message


def saved_bytes(checkpoint, tmp_path, **options) -> bytes:
    """The file of a checkpoint."""
    path = tmp_path / "saved.safetensors"
    save_checkpoint(checkpoint, path, **options)
    return path.read_bytes()


def pt(value) -> bytes:
    """What `torch.save` writes."""
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()
