"""The clouds of the shipped models as the browser gets them, and what becomes of their names."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from node import run_node
from paths import ROOT
from shipped_models import OF_PICTURES

from vae_explorer.latent import camera, geometry
from vae_explorer.models.checkpoints import Checkpoint, load_checkpoint
from vae_explorer.ui.components import live_view

COUNT_NAMES = ROOT / "tests" / "javascript" / "live_view" / "count_names.mjs"


def checkpoints() -> list[Checkpoint]:
    """The shipped models, by name."""
    return [load_checkpoint(path) for path in OF_PICTURES]


def drawn(checkpoint: Checkpoint) -> tuple[np.ndarray, np.ndarray]:
    """Its codes as drawn, (N, 2 or 3), and their labels (N,)."""
    encoded = checkpoint.encoded
    assert encoded is not None
    return geometry.projection(encoded.mu)(encoded.mu).numpy(), encoded.labels.numpy()


def write_cloud(checkpoint: Checkpoint, folder: Path) -> Path:
    """A file of its cloud."""
    points, labels = drawn(checkpoint)
    header, arrays = live_view.cloud_parts(
        points,
        labels,
        names=checkpoint.classes,
        colours=["#000000"] * len(checkpoint.classes),
        key="cloud",
        home=camera.camera(points, labels),
    )
    path = folder / checkpoint.name
    path.write_bytes(live_view.pack(header, arrays))
    return path


def count_names(files: list[Path]) -> list[dict[str, Any]]:
    """What count_names.mjs says of them: a row for each file and size of the picture."""
    done = run_node(str(COUNT_NAMES), *map(str, files))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
