"""Data sets by name, or by the path of a folder or file -> pictures and labels held in memory.

MNIST, Fashion-MNIST and KMNIST are fetched through torchvision, the embedded digits come from
scikit-learn, what was handed over in Python is in `given`, and anything else is a path to data of
any form (see `forms`). Knows no models.
"""

import dataclasses
import http.client
import os
import struct
import urllib.error
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy import ndarray
from torch import Generator, Tensor

from vae_explorer.config import ReadingChoice
from vae_explorer.data import given, splits
from vae_explorer.data.forms import idx
from vae_explorer.data.forms.door import read_form
from vae_explorer.data.forms.raw_data import ALL, RawData, RawSplit
from vae_explorer.data.given import FOUND as FOUND
from vae_explorer.data.reading import Reading
from vae_explorer.data.reading import to_stored as to_stored
from vae_explorer.data.reading import to_unit as to_unit
from vae_explorer.data.splits import SPLIT_SEED as SPLIT_SEED
from vae_explorer.data.splits import Dataset, Split
from vae_explorer.errors import DataError

VALIDATION_SIZE = 5_000  # of the 60,000 training pictures of data sets such as MNIST: the last ones


class Source(NamedTuple):
    """A data set with a name, and where its pictures come from: one of the last two."""

    title: str
    classes: tuple[str, ...]
    archive_bytes: int = 0  # of the files to download together
    torchvision: str = ""  # torchvision's class, of MNIST's file layout; the folder it keeps, too
    embedded: Callable[[], tuple[Tensor, Tensor]] | None = None  # reads what is installed with us
    reading: Reading = Reading()


def _embedded_digits() -> tuple[Tensor, Tensor]:
    """scikit-learn's 1,797 8x8 scans, fitted to 20 px and padded to 28 as MNIST's were."""
    from sklearn.datasets import load_digits  # half a second to import: only where wanted

    scans: Any = load_digits()
    small = torch.from_numpy(scans.images).float().unsqueeze(1) / 16  # (N, 1, 8, 8) in [0, 1]
    large = torch.nn.functional.interpolate(small, size=20, mode="bicubic").clamp(0, 1)
    images = torch.nn.functional.pad(large, (4, 4, 4, 4)).squeeze(1).mul(255).round().byte()
    return images, torch.from_numpy(scans.target).long()


DIGITS = tuple("0123456789")
CLOTHES = (
    *("T-shirt", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Boot"),
)
KANA = tuple("おきすつなはまやれを")
PLAIN = Reading(preparation="plain")
SOURCES = {
    "mnist": Source("MNIST", DIGITS, 11_594_722, "MNIST"),
    "fashion-mnist": Source("Fashion-MNIST", CLOTHES, 30_878_645, "FashionMNIST", reading=PLAIN),
    "kmnist": Source("KMNIST", KANA, 21_240_888, "KMNIST", reading=PLAIN),
    "digits": Source("scikit-learn's digits", DIGITS, embedded=_embedded_digits),
}
DOWNLOADABLE = {name: source for name, source in SOURCES.items() if source.torchvision}
NAMES = tuple(SOURCES)


def title(name: str) -> str:
    """What people call a data set: a folder by its last part; "" where the name is empty."""
    if name in SOURCES:
        return SOURCES[name].title
    return given.title(name) if given.get(name) else Path(name).name


def data_root() -> Path:
    """Where data sets lie: `VAE_EXPLORER_DATA`, else `data/` in the working directory."""
    return Path(os.environ.get("VAE_EXPLORER_DATA") or "data")


def available(name: str, root: Path | None = None) -> bool:
    """Whether a data set can be loaded without a network; of a path: something is there."""
    if name in DOWNLOADABLE:
        folder = (root or data_root()) / DOWNLOADABLE[name].torchvision / "raw"
        return all(idx.raw_file(folder, file) for file in idx.RAW_FILES)
    return name in SOURCES or given.get(name) is not None or is_path(name)


def is_path(name: str) -> bool:
    """Whether a text that may be anything is the path of a folder or a file."""
    try:
        return bool(name) and Path(name).expanduser().exists()
    except (OSError, RuntimeError, ValueError):  # too long, say, or the home of nobody
        return False


def load_dataset(
    name: str, root: Path | None = None, choice: ReadingChoice | Reading = FOUND
) -> Dataset:
    """A data set that is at hand; DataError says what is missing. Never touches the network.

    Its pictures are read as they were found to be, but for what is chosen; or by a reading, such as
    that of a model that was trained on them.
    """
    if name in SOURCES:
        raw = raw_data(name, root)
        source = SOURCES[name]
        if choice in (FOUND, source.reading):
            return _as_known(name, raw, source)
        if isinstance(choice, ReadingChoice) and choice.preparation == FOUND.preparation:
            fits = choice.size in (0, source.reading.height) and choice.colour != "colour"
            preparation = source.reading.preparation if fits else "plain"
            choice = dataclasses.replace(choice, preparation=preparation)
        return splits.assemble(name, raw, choice)
    if kept := given.get(name):
        return given.read(kept, choice)
    if not is_path(name):
        names = ", ".join(NAMES)
        raise DataError(
            f"no data set is called {name[:200]}: use {names}, or the path of a folder or file."
        )
    path = Path(name).expanduser()
    return splits.assemble(str(path), read_form(path), choice)


def raw_data(name: str, root: Path | None = None) -> RawData:
    """A named data set as it is stored, in its splits, or "all" where it has none. DataError."""
    source, root = SOURCES[name], root or data_root()
    if source.embedded is not None:
        images, labels = source.embedded()
        return RawData({ALL: _part(images.numpy(), labels.numpy())}, source.classes, [])
    if not available(name, root):
        raise DataError(
            f"{source.title} is not in {root}: download it (train --download, or the button on the "
            "page), or set VAE_EXPLORER_DATA to where it lies."
        )
    try:
        files = idx.read_mnist_files(root / source.torchvision / "raw")
    except (OSError, EOFError, ValueError, struct.error, zlib.error) as error:
        raise DataError(
            f"{source.title} in {root} cannot be read ({error}): delete it and download again."
        ) from error
    (images, labels), cut = files.train, len(files.train[0]) - VALIDATION_SIZE
    parts = {
        "train": _part(images[:cut], labels[:cut]),
        "validation": _part(images[cut:], labels[cut:]),
        "test": _part(*files.test),
    }
    return RawData(parts, source.classes, [])


def _part(images: ndarray, labels: ndarray) -> RawSplit:
    return RawSplit(images, labels.astype("int64"), ())


def _as_known(name: str, raw: RawData, source: Source) -> Dataset:
    """A named data set, whose pictures are stored as they are read: nothing has to be found."""
    parts, _ = splits.completed(raw, name)
    train, validation, test = (
        Split(
            torch.from_numpy(np.asarray(parts[split].pictures)),
            torch.from_numpy(parts[split].labels),
        )
        for split in splits.SPLITS
    )
    return Dataset(name, train, validation, test, source.classes, source.reading)


def download(
    name: str, root: Path | None = None, progress: Callable[[float], None] = lambda share: None
) -> None:
    """Fetch a downloadable set through torchvision; `progress` hears the share done, 0 to 1.

    Raises DataError without network, rights or space. What torchvision had fetched whole stays, so
    that another try goes on from there.
    """
    source, root = DOWNLOADABLE[name], root or data_root()
    if available(name, root):
        return
    try:
        _fetch(source, root, progress)
    except PermissionError as error:
        raise DataError(
            f"{root} is not writable: set VAE_EXPLORER_DATA to a folder that is."
        ) from error
    except (
        urllib.error.URLError,
        http.client.HTTPException,
        RuntimeError,
        TimeoutError,
        ConnectionError,
    ) as error:
        raise DataError(
            f"{source.title} could not be downloaded (no server answered): check the network, or "
            "use the embedded data set, digits."
        ) from error
    except OSError as error:
        raise DataError(
            f"{source.title} could not be stored in {root}: {error.strerror}."
        ) from error
    progress(1.0)


def _fetch(source: Source, root: Path, progress: Callable[[float], None]) -> None:
    """Let torchvision fetch a set, and tell how much of it has come."""
    folder = root / source.torchvision / "raw"
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(_torchvision(source), root, download=True)
        while True:
            try:
                job.result(timeout=0.2)
                return
            except NotYet:
                fetched = sum(p.stat().st_size for p in folder.glob("*.gz"))
                progress(min(fetched / source.archive_bytes, 1.0))


def _torchvision(source: Source) -> Any:
    """torchvision's class, imported only where wanted: it takes longer than torch itself."""
    from torchvision import datasets

    return getattr(datasets, source.torchvision)


def binarize(x: Tensor, generator: Generator) -> Tensor:
    """Black-and-white pixels drawn from Bernoulli(x), same shape: dynamic binarisation."""
    return torch.empty_like(x).uniform_(generator=generator).lt(x).float()
