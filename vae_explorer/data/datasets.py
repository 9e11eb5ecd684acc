"""Named data sets -> pictures and labels held in memory, split for honest work.

MNIST, Fashion-MNIST and KMNIST come through torchvision, the embedded digits from scikit-learn,
anything else is the path of a folder of pictures. Knows nothing of models.
"""

import http.client
import os
import urllib.error
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor

from vae_explorer.data.picture_folder import is_folder, read_folder
from vae_explorer.errors import DataError

VALIDATION_SIZE = 5_000  # of the 60,000 training pictures of data sets such as MNIST: the last ones
SPLIT_SEED = 0  # of the sets that come without a split of their own


class Split(NamedTuple):
    """Pictures uint8, grey (N, H, W) or colour (N, 3, H, W), and labels (N,) int64."""

    images: Tensor
    labels: Tensor

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Of one picture: channels, height, width."""
        *channels, height, width = self.images.shape[1:]
        return (channels[0] if channels else 1), height, width

    def __len__(self) -> int:  # of pictures, not of fields
        return len(self.images)


class Dataset(NamedTuple):
    """Three disjoint splits and what the labels are called."""

    name: str
    train: Split
    validation: Split
    test: Split
    classes: tuple[str, ...]

    def split(self, name: str) -> Split:
        """The split called train, validation or test."""
        return getattr(self, name)


class Source(NamedTuple):
    """A data set with a name, and where its pictures come from: one of the last two."""

    title: str
    classes: tuple[str, ...]
    archive_bytes: int = 0  # of the files to download together
    torchvision: str = ""  # torchvision's class, of MNIST's file layout; the folder it keeps, too
    embedded: Callable[[], tuple[Tensor, Tensor]] | None = None  # reads what is installed with us


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
SOURCES = {
    "mnist": Source("MNIST", DIGITS, 11_594_722, "MNIST"),
    "fashion-mnist": Source("Fashion-MNIST", CLOTHES, 30_878_645, "FashionMNIST"),
    "kmnist": Source("KMNIST", KANA, 21_240_888, "KMNIST"),
    "digits": Source("scikit-learn's digits", DIGITS, embedded=_embedded_digits),
}
DOWNLOADABLE = {name: source for name, source in SOURCES.items() if source.torchvision}
NAMES = tuple(SOURCES)


def title(name: str) -> str:
    """What people call a data set: a folder by its last part; "" where the name is empty."""
    return SOURCES[name].title if name in SOURCES else Path(name).name


def data_root() -> Path:
    """Where data sets lie: `VAE_EXPLORER_DATA`, else `data/` in the working directory."""
    return Path(os.environ.get("VAE_EXPLORER_DATA") or "data")


def available(name: str, root: Path | None = None) -> bool:
    """Whether a data set can be loaded without a network."""
    if name in DOWNLOADABLE:
        folder = (root or data_root()) / DOWNLOADABLE[name].torchvision / "raw"
        try:
            return len([p for p in folder.glob("*-ubyte") if p.stat().st_size > 0]) >= 4
        except OSError:
            return False
    return name in SOURCES or is_folder(name)


def load_dataset(name: str, root: Path | None = None) -> Dataset:
    """A data set that is at hand; DataError says what is missing. Never touches the network."""
    if name in DOWNLOADABLE:
        return _load_downloaded(name, root or data_root())
    if name in SOURCES:
        source = SOURCES[name]
        assert source.embedded is not None
        return _split(name, *source.embedded(), source.classes)
    if not is_folder(name):
        names = ", ".join(NAMES)
        raise DataError(f"no data set is called {name[:200]}: use {names}, or a folder's path.")
    folder = Path(name).expanduser()
    return _split(str(folder), *read_folder(folder))


def _load_downloaded(name: str, root: Path) -> Dataset:
    """A data set of MNIST's file layout; the last training pictures are for validation."""
    source = DOWNLOADABLE[name]
    if not available(name, root):
        raise DataError(
            f"{source.title} is not in {root}: download it (train --download, or the button on the "
            "page), or set VAE_EXPLORER_DATA to where it lies."
        )
    try:
        train = _torchvision(source)(root, train=True)
        test = _torchvision(source)(root, train=False)
        for part in (train, test):
            if part.data.shape[1:] != (28, 28) or len(part.data) != len(part.targets):
                raise ValueError("pictures and labels do not match")
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, AssertionError) as error:
        raise DataError(
            f"{source.title} in {root} cannot be read ({error}): delete it and download again."
        ) from error
    cut = len(train.data) - VALIDATION_SIZE
    return Dataset(
        name,
        Split(train.data[:cut], train.targets[:cut]),
        Split(train.data[cut:], train.targets[cut:]),
        Split(test.data, test.targets),
        source.classes,
    )


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


def _split(name: str, images: Tensor, labels: Tensor, classes: tuple[str, ...]) -> Dataset:
    """70 / 10 / 20 % train, validation, test, by a fixed shuffle."""
    order = torch.randperm(len(images), generator=Generator().manual_seed(SPLIT_SEED))
    test, validation = len(images) // 5, len(images) // 10
    parts = order[test + validation :], order[test : test + validation], order[:test]
    train, held_out, final = (Split(images[part], labels[part]) for part in parts)
    return Dataset(name, train, held_out, final, classes)


def to_unit(images: Tensor) -> Tensor:
    """uint8 pictures (N, H, W) or (N, 3, H, W) -> float32 (N, C, H, W) in [0, 1]."""
    return (images.unsqueeze(1) if images.ndim == 3 else images).float().div_(255)


def to_stored(pictures: Tensor) -> Tensor:
    """Its inverse: (N, C, H, W) in [0, 1] -> uint8 (N, H, W) for one channel, else the same."""
    stored = (pictures.clamp(0, 1) * 255).round().byte()
    return stored.squeeze(1) if stored.shape[1] == 1 else stored


def binarize(x: Tensor, generator: Generator) -> Tensor:
    """Black-and-white pixels drawn from Bernoulli(x), same shape: dynamic binarisation."""
    return torch.empty_like(x).uniform_(generator=generator).lt(x).float()
