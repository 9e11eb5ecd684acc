"""A data set is one entry of `datasets.SOURCES`: it is downloaded, trained on and offered."""

import struct

import numpy as np
import recipes

ENTRY = """SOURCES = {
    "qmnist": Source("QMNIST", DIGITS, 10_000_000, "QMNIST"),
"""
PARTS = {"train": 5_040, "t10k": 20}  # 5,000 of the first are for validation
EFFECT = """
from torchvision import datasets as torchvision_datasets
torchvision_datasets.QMNIST = type("QMNIST", (torchvision_datasets.MNIST,), {})

import contextlib, io
from vae_explorer.cli import main
from vae_explorer.data import datasets
from vae_explorer.ui.pages.train import new_run

print(datasets.title("qmnist"), datasets.available("qmnist"), "qmnist" in new_run.DATASETS)
loaded = datasets.load_dataset("qmnist")
print(len(loaded.train), len(loaded.validation), len(loaded.test), loaded.classes[3])
told = io.StringIO()
with contextlib.redirect_stdout(told), contextlib.suppress(SystemExit):
    main(["download", "--help"])
print("qmnist" in told.getvalue())
"""


def idx(values: np.ndarray) -> bytes:
    """An array in the format of MNIST's files."""
    return struct.pack(f">I{values.ndim}I", 0x800 + values.ndim, *values.shape) + values.tobytes()


def test_a_data_set_is_one_entry(copied, tmp_path):
    folder = tmp_path / "data" / "QMNIST" / "raw"
    folder.mkdir(parents=True)
    for part, size in PARTS.items():
        images, labels = np.zeros((size, 28, 28), np.uint8), np.arange(size, dtype=np.uint8) % 10
        (folder / f"{part}-images-idx3-ubyte").write_bytes(idx(images))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels))
    diff = recipes.change(copied, "vae_explorer/data/datasets.py", "SOURCES = {\n", ENTRY)
    assert recipes.changed_lines(diff) == (1, 0)
    told = recipes.run(copied, EFFECT, {"VAE_EXPLORER_DATA": str(tmp_path / "data")})
    assert told.splitlines() == ["QMNIST True True", "40 5000 20 3", "True"]
