"""Files of codes as people save them."""

import io

import numpy as np

COUNT = 60


def arrays(
    coordinates: int = 3, *, pictures: bool = True, count: int = COUNT
) -> dict[str, np.ndarray]:
    """Codes in three groups, labels, and a grey picture each whose brightness is its number."""
    chance = np.random.default_rng(0)
    labels = np.arange(count) % 3
    z = chance.normal(size=(count, coordinates)).astype(np.float32) * 0.3
    z[:, 0] += 2.0 * labels
    found: dict[str, np.ndarray] = {"z": z, "labels": np.array(["ant", "bee", "cat"])[labels]}
    if pictures:
        shades = np.linspace(0, 255, count).astype(np.uint8)
        images = np.broadcast_to(shades[:, None, None], (count, 12, 16)).copy()
        images[0, 0, 0] = 255
        found["images"] = images
    return found


def npz(**values: np.ndarray) -> bytes:
    """An .npz file of arrays by name."""
    file = io.BytesIO()
    np.savez(file, **values)
    return file.getvalue()


def csv_of(values: dict[str, np.ndarray], stem: str = "z") -> bytes:
    """A table of codes and labels as text."""
    codes = values["z"]
    head = ",".join([*(f"{stem}{d + 1}" for d in range(codes.shape[1])), "label"])
    rows = [
        ",".join([*map(repr, map(float, code)), str(label)])
        for code, label in zip(codes, values["labels"], strict=True)
    ]
    return "\n".join([head, *rows, ""]).encode()
