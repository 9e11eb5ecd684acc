"""The clouds of the shipped models as the browser gets them, and what becomes of their names."""

import json
from pathlib import Path
from typing import Any

from node import run_node
from paths import ROOT

from vae_explorer.latent import camera, geometry
from vae_explorer.models.checkpoints import Checkpoint, load_checkpoint
from vae_explorer.shipped import CHECKPOINTS
from vae_explorer.ui.components import live_view

COUNT_NAMES = ROOT / "tests" / "javascript" / "live_view" / "count_names.mjs"


def checkpoints() -> list[Checkpoint]:
    """The shipped models, by name."""
    return [load_checkpoint(path) for path in sorted(CHECKPOINTS.glob("*.safetensors"))]


def cloud(checkpoint: Checkpoint) -> camera.Cloud | None:
    """Its codes as drawn, or None where no camera is to be chosen."""
    encoded = checkpoint.encoded
    assert encoded is not None
    points = geometry.projection(encoded.mu)(encoded.mu).numpy()
    return camera.prepared(points, encoded.labels.numpy())


def write_cloud(checkpoint: Checkpoint, folder: Path) -> Path:
    """A file of it."""
    encoded, prepared = checkpoint.encoded, cloud(checkpoint)
    assert encoded is not None
    header, arrays = live_view.cloud_parts(
        geometry.projection(encoded.mu)(encoded.mu).numpy(),
        encoded.labels.numpy(),
        names=checkpoint.classes,
        colours=["#000000"] * len(checkpoint.classes),
        key="cloud",
        home=None if prepared is None else camera.camera(prepared),
    )
    path = folder / checkpoint.name
    path.write_bytes(live_view.pack(header, arrays))
    return path


def count_names(files: list[Path]) -> list[dict[str, Any]]:
    """What count_names.mjs says of them: a row for each file and size of the picture."""
    done = run_node(str(COUNT_NAMES), *map(str, files))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
