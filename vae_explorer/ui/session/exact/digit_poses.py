"""What is known of the poses of a model's digits, shared by all sessions.

A lattice of its own, an eighth of a second to decode: the one that shows exact posteriors is
sixteen times as large, and a drawing must not wait for it.
"""

import contextlib

from vae_explorer.errors import ExplorerError
from vae_explorer.latent import pose
from vae_explorer.latent.pose import Poser
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui.session.work.kept import kept


def of(checkpoint: Checkpoint) -> Poser | None:
    """The poser of a model; None where no pose is looked for, or the lattice cannot be had."""
    if pose.hindrance(checkpoint):
        return None
    with contextlib.suppress(ExplorerError):  # a damaged decoder is reported by what it decodes
        return _poser(checkpoint)
    return None


@kept(4)
def _poser(checkpoint: Checkpoint) -> Poser:
    return pose.poser(checkpoint)
