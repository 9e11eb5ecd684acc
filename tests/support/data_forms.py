"""Small data sets as people have them: kinds of pictures, and the forms they are written in.

All follow from scikit-learn's digits. `WRITERS[form](pictures, labels, folder)` gives the path to
open; `picture_number(form, name)` which picture a name of the data set stands for.
"""

import gzip
import io
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow
from numpy import ndarray
from PIL import Image
from pyarrow import parquet
from sklearn.datasets import load_digits

from vae_explorer.data.datasets import load_dataset
from vae_explorer.data.handwriting import mnist_format
from vae_explorer.errors import DataError

COUNT = 40


def prepared_digits(count: int = COUNT) -> tuple[ndarray, ndarray]:
    """Digits (N, 28, 28) uint8 that lie as MNIST's do, bright on black, and their labels."""
    scans = load_digits()
    images, labels = [], []
    for scan, label in zip(scans.images, scans.target, strict=True):
        large = np.asarray(Image.fromarray(scan.astype(np.float32) / 16).resize((20, 20)))
        image = mnist_format.centre(large.clip(0, 1).astype(np.float64))
        image = np.rint(255 * image)
        if mnist_format.is_prepared(image / 255):
            images.append(image.astype(np.uint8))
            labels.append(label)
        if len(images) == count:
            break
    return np.stack(images), np.array(labels)


def kinds() -> dict[str, ndarray]:
    """COUNT pictures of each kind, all different."""
    ink, _ = prepared_digits()
    chance = np.random.default_rng(0)
    hues = chance.integers(40, 256, (COUNT, 1, 1, 3))
    deep = np.arange(COUNT)[:, None, None] * 50 + ink.astype(np.uint16)[:, 2:26, 2:26] * 7 + 300
    cut = ink[:, 2:26, 2:26]  # no handwriting, whose preparation would undo a wrong background
    alpha = np.concatenate([np.full((*cut.shape, 3), 30, np.uint8), cut[..., None]], axis=3)
    return {
        "grey": np.maximum(ink[:, 4:24, 4:24], chance.integers(0, 60, (COUNT, 20, 20), np.uint8)),
        "colour": (ink[..., None] / 255 * hues + 20).clip(0, 255).astype(np.uint8),
        "handwriting": ink,
        "dark on white": 255 - ink,
        "16-bit": deep.astype(np.uint16),
        "alpha": alpha,
    }


def encoded(picture: ndarray, kind: str = "PNG", **options) -> bytes:
    """One picture as a file: of 16 bits where it has them, a number a pixel in .npy."""
    file = io.BytesIO()
    if kind == "NPY":
        np.save(file, picture)
    else:
        Image.fromarray(picture).save(file, kind, **options)
    return file.getvalue()


def idx(values: ndarray) -> bytes:
    """An array in the form of MNIST's files."""
    code = {"uint8": 0x08, "uint16": 0x0C, "float32": 0x0D, "int16": 0x0B}[values.dtype.name]
    stored = {0x08: "u1", 0x0C: ">i4", 0x0D: ">f4", 0x0B: ">i2"}[code]
    header = struct.pack(f">HBB{values.ndim}I", 0, code, values.ndim, *values.shape)
    return header + values.astype(stored).tobytes()


def _folder(ending: str, kind: str, by_class: bool = True, **options):
    def write(pictures: ndarray, labels: ndarray, folder: Path) -> Path:
        for i, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
            path = folder / "set" / (f"class {label}" if by_class else "") / f"{i:03}.{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encoded(picture, kind, **options))
        return folder / "set"

    return write


def _splits(pictures: ndarray, labels: ndarray, folder: Path) -> Path:
    for i, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        split = ("train", "train", "valid", "test")[i % 4]
        path = folder / "set" / split / str(label) / f"{i:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(picture))
    return folder / "set"


def _zip(pictures: ndarray, labels: ndarray, folder: Path) -> Path:
    with zipfile.ZipFile(folder / "set.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for i, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
            archive.writestr(f"photos/{label}/{i:03}.png", encoded(picture))
            archive.writestr(f"__MACOSX/photos/{label}/._{i:03}.png", b"junk")
    return folder / "set.zip"


def _npz(pictures: ndarray, labels: ndarray, folder: Path) -> Path:
    np.savez(folder / "set.npz", x_train=pictures, y_train=labels)
    return folder / "set.npz"


def _npy_first(pictures: ndarray, labels: ndarray, folder: Path) -> Path:
    channels = pictures[:, None] if pictures.ndim == 3 else np.moveaxis(pictures, -1, 1)
    np.save(folder / "set.npy", channels)
    return folder / "set.npy"


def _rows(pictures: ndarray, labels: ndarray, separator: str) -> str:
    flat = pictures.reshape(len(pictures), -1)
    header = separator.join(["label", *(f"pixel{i}" for i in range(flat.shape[1]))])
    rows = [
        f"{y}{separator}" + separator.join(map(str, x)) for x, y in zip(flat, labels, strict=True)
    ]
    return "\n".join([header, *rows]) + "\n"


def _csv(pictures: ndarray, labels: ndarray, folder: Path) -> Path:
    (folder / "set.csv").write_text(_rows(pictures, labels, ","))
    return folder / "set.csv"


def _tsv_gz(pictures: ndarray, labels: ndarray, folder: Path) -> Path:
    (folder / "set.tsv.gz").write_bytes(gzip.compress(_rows(pictures, labels, "\t").encode()))
    return folder / "set.tsv.gz"


def _parquet_columns(pictures: ndarray, labels: ndarray, folder: Path) -> Path:
    flat = pictures.reshape(len(pictures), -1)
    columns = {f"pixel{i}": flat[:, i] for i in range(flat.shape[1])} | {"label": labels}
    parquet.write_table(pyarrow.table(columns), folder / "set.parquet")
    return folder / "set.parquet"


def _parquet_files(pictures: ndarray, labels: ndarray, folder: Path) -> Path:
    cells = [{"bytes": encoded(picture), "path": f"{i}.png"} for i, picture in enumerate(pictures)]
    table = pyarrow.table({"image": cells, "label": labels})
    parquet.write_table(table, folder / "set.parquet")
    return folder / "set.parquet"


def _parquet_lists(pictures: ndarray, labels: ndarray, folder: Path) -> Path:
    table = pyarrow.table({"image": pictures.tolist(), "label": labels})
    parquet.write_table(table, folder / "set.parquet")
    return folder / "set.parquet"


def _idx(pack: bool):
    def write(pictures: ndarray, labels: ndarray, folder: Path) -> Path:
        files = {
            "train-images-idx3-ubyte": idx(pictures),
            "train-labels-idx1-ubyte": idx(labels.astype(np.uint8)),
        }
        for name, content in files.items():
            if pack:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)
        return folder

    return write


def _tiff_stack(pictures: ndarray, labels: ndarray, folder: Path) -> Path:
    first, *others = map(Image.fromarray, pictures)
    first.save(folder / "set.tif", save_all=True, append_images=others)
    return folder / "set.tif"


Writer = Callable[[ndarray, ndarray, Path], Path]
WRITERS: dict[str, Writer] = {
    "PNG": _folder("png", "PNG"),
    "flat PNG": _folder("png", "PNG", by_class=False),
    "TIFF": _folder("tif", "TIFF"),
    "BMP": _folder("bmp", "BMP"),
    "JPEG": _folder("jpg", "JPEG", quality=80),
    "WebP": _folder("webp", "WEBP"),
    "AVIF": _folder("avif", "AVIF", speed=10),
    "HEIC": _folder("heic", "HEIF"),
    "PGM or PPM": _folder("pgm", "PPM"),
    "splits": _splits,
    "zip": _zip,
    "npz": _npz,
    "npy, channels first": _npy_first,
    "CSV": _csv,
    "TSV, packed": _tsv_gz,
    "Parquet, columns": _parquet_columns,
    "Parquet, files": _parquet_files,
    "Parquet, lists": _parquet_lists,
    "IDX": _idx(pack=False),
    "IDX, packed": _idx(pack=True),
    "TIFF stack": _tiff_stack,
}
ONE_FILE_EACH = ("PNG", "flat PNG", "TIFF", "BMP", "JPEG", "WebP", "AVIF", "HEIC")
ONE_FILE_EACH += ("PGM or PPM", "splits")
IMPOSSIBLE = {  # what a form cannot hold
    **dict.fromkeys(("BMP", "WebP", "AVIF", "HEIC"), ("16-bit",)),
    "PGM or PPM": ("alpha",),
    "JPEG": ("16-bit", "alpha"),
    **dict.fromkeys(("CSV", "TSV, packed", "Parquet, columns"), ("alpha",)),
}
CASES = [
    (form, kind)
    for form in WRITERS
    for kind in ("grey", "colour", "handwriting", "dark on white", "16-bit", "alpha")
    if kind not in IMPOSSIBLE.get(form, ())
]


def sentence_of(path: Path) -> str:
    """What a path that may be damaged is refused with, "" if it is read after all."""
    try:
        load_dataset(str(path))
    except DataError as error:
        return str(error)
    return ""


def picture_number(name: str) -> int:
    """Which picture, from 0, a name of one stands for."""
    number = int(re.findall(r"\d+", name)[-1])
    return number - 1 if name.startswith(("row ", "page ")) else number


def uploads_of(form: str, path: Path, name: str, picture: ndarray) -> list[bytes]:
    """Files that somebody may bring of a picture of the set: its own, or saved from an array."""
    if form in ONE_FILE_EACH:
        return [(path / name).read_bytes()]
    if form == "zip":
        with zipfile.ZipFile(path) as archive:
            return [archive.read(name)]
    return [encoded(picture, kind) for kind in ("PNG", "TIFF", "NPY")]
