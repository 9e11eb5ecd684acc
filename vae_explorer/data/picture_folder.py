"""A folder of pictures -> pictures and labels: a data set of anybody's own.

Sorted by subfolder and name, so that the same folder is the same data set. Knows nothing of splits.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import ImageOps
from torch import Tensor

from vae_explorer.config import MAX_CLASSES
from vae_explorer.data.image_decoding import MAX_MEGABYTES, decode, on_paper
from vae_explorer.errors import DataError, UploadError

MAX_FOLDER_PICTURES = 100_000
PICTURE_ENDINGS = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"}


def is_folder(name: str) -> bool:
    """Whether a text that may be anything is the path of a folder."""
    try:
        return bool(name) and Path(name).expanduser().is_dir()
    except (OSError, RuntimeError):  # too long, say, or the home of nobody
        return False


def read_folder(folder: Path) -> tuple[Tensor, Tensor, tuple[str, ...]]:
    """Pictures (N, 28, 28) uint8, labels (N,) int64 and the names of the classes; DataError.

    A class for each subfolder; all are made grey and square without distortion.
    """
    groups = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if len(groups) > MAX_CLASSES:
        raise DataError(f"{folder} holds more than {MAX_CLASSES:,} classes: leave some out.")
    if odd := [p for p in (folder, *groups) if not _is_text(str(p))]:
        shown = str(odd[0]).encode(errors="replace").decode()
        raise DataError(f"{shown} is not named in UTF-8: rename the folder.")
    paths = [(p, c) for c, group in enumerate(groups or [folder]) for p in _pictures(group)]
    if len(paths) < 20:
        raise DataError(f"{folder} holds {len(paths)} pictures: at least 20 are needed.")
    if len(paths) > MAX_FOLDER_PICTURES:
        raise DataError(f"{folder} holds more than {MAX_FOLDER_PICTURES:,} pictures.")
    images = torch.stack([torch.from_numpy(_read_picture(p)) for p, _ in paths])
    labels = torch.tensor([c for _, c in paths])
    classes = tuple(group.name for group in groups) or (folder.name,)
    return images, labels, classes


def _is_text(name: str) -> bool:
    """Whether a name can be written into a file: a system may hold one of any bytes."""
    try:
        return bool(name.encode())
    except UnicodeEncodeError:
        return False


def _pictures(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURE_ENDINGS)


def _read_picture(path: Path, side: int = 28) -> np.ndarray:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_MEGABYTES * 1_000_000 + 1)  # one more than is let in
        grey = on_paper(decode(data)).convert("L")
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): remove it.") from error
    except UploadError as error:
        reason = str(error).partition(":")[0].rstrip(".")
        raise DataError(f"{path} is not a readable picture ({reason}): remove it.") from error
    return np.array(ImageOps.pad(grey, (side, side), color=0))
