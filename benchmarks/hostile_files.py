"""What hostile files cost: each is made and read in a process of its own, with its peak of memory.

    python benchmarks/hostile_files.py [--only zip] [--share 1.0]

Files whose reading once took ten times the memory that it should, or minutes: an archive of bz2
that unpacks to gigabytes, 500 pictures of 40 megapixels in a zip, checkpoints of a million and of
five million encoded points, and weights of eight bits. Printed are the size of the file, what came
of it, the seconds of reading, and the peak of memory beyond what the process had before (Linux).
`--share 0.1` makes smaller ones. Exit status 1 where one ends in neither a value nor a sentence.
"""

import io
import multiprocessing
import sys
import time
import zipfile
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import safetensors.torch
import torch
import tyro
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from vae_explorer.config import ModelConfig
from vae_explorer.data.uploaded.upload_batch import File, read_batch
from vae_explorer.errors import ExplorerError
from vae_explorer.models import checkpoints
from vae_explorer.models.checkpoints import (
    Checkpoint,
    EncodedSet,
    file_of,
    load_checkpoint,
)
from vae_explorer.models.foreign.weights.weight_files import read_weights
from vae_explorer.models.frozen_models import frozen_model
from vae_explorer.models.vae import VAE

Made = tuple[bytes, Callable[[bytes], object]]
PROCESSES = multiprocessing.get_context("spawn")


def archive(share: float) -> Made:
    """Two kilobytes of bz2 that are gigabytes of zeros."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_BZIP2) as packed,
        packed.open("a.png", "w") as entry,
    ):
        for _ in range(int(share * 2_000)):
            entry.write(bytes(1_000_000))
    return file.getvalue(), lambda content: read_batch([File("set.zip", content)])


def photographs(share: float) -> Made:
    """500 pictures of 40 megapixels, a few kilobytes each."""
    file, picture = io.BytesIO(), io.BytesIO()
    Image.new("L", (8_000, 5_000), 255).save(picture, "PNG", compress_level=9)
    with zipfile.ZipFile(file, "w") as packed:
        for number in range(int(share * 500)):
            packed.writestr(f"{number:03}.png", picture.getvalue())
    return file.getvalue(), lambda content: read_batch([File("set.zip", content)])


def points(count: int) -> Made:
    """A checkpoint of so many encoded pictures."""
    config = ModelConfig(latent_dim=2, encoder=(8,), decoder=(8,))
    mu = torch.zeros(count, 2)
    encoded = EncodedSet(mu, mu.clone(), torch.zeros(count, dtype=torch.int64), "test")
    model = frozen_model(config, VAE(config).state_dict())
    checkpoints.MAX_ENCODED = count  # of the writer, in this process alone
    data = file_of(Checkpoint(model, config, encoded=encoded))
    checkpoints.MAX_ENCODED = 100_000
    return data, load_checkpoint


def weights(share: float, dtype: torch.dtype) -> Made:
    """A state_dict of 400 MB: a decoder and an encoder of one wide layer."""
    side = int(share * 200_000_000 / dtype.itemsize / 784)
    tensors = {
        "encoder.0.weight": torch.zeros(side, 784).to(dtype),
        "decoder.0.weight": torch.zeros(784, side).to(dtype),
    }
    file = io.BytesIO()
    torch.save(tensors, file)
    return file.getvalue(), read_weights


def checkpoint_of_eight_bits(share: float, encoder: int, decoder: int) -> Made:
    """A checkpoint of ours whose weights have eight bits: four times as large when computed with.

    Of so many layers of 8,192 values, 67 MB between two of them.
    """
    width = int(8_192 * share**0.5)
    config = ModelConfig(latent_dim=2, encoder=(width,) * encoder, decoder=(width,) * decoder)
    with torch.device("meta"):
        shapes = {k: v.shape for k, v in VAE(config).state_dict().items()}
    tensors = {f"model.{k}": torch.zeros(s, dtype=torch.float8_e4m3fn) for k, s in shapes.items()}
    about = checkpoints.description_text(Checkpoint(VAE(ModelConfig()), config))
    data = safetensors.torch.save(tensors, {checkpoints.METADATA_KEY: about})
    return data, load_checkpoint


CASES: dict[str, Callable[[float], Made]] = {
    "zip of bz2, 2 GB unpacked": archive,
    "zip of 500 pictures of 40 MP": photographs,
    "1 M encoded points": lambda share: points(int(share * 1_000_000)),
    "5 M encoded points": lambda share: points(int(share * 5_000_000)),
    "checkpoint, 400 MB of float8": lambda share: checkpoint_of_eight_bits(share, 4, 4),
    "checkpoint, 210 MB of float8": lambda share: checkpoint_of_eight_bits(share, 2, 3),
    "state_dict, 400 MB of float8": lambda share: weights(share, torch.float8_e4m3fn),
    "state_dict, 400 MB of float16": lambda share: weights(share, torch.float16),
}


def resident() -> float:
    """MB now, on Linux."""
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) / 1024


def forget_peak() -> None:
    """Begin the peak of memory anew from what is there now."""
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> float:
    """MB at most since, on Linux."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024


def read_one(name: str, share: float, answer: Connection) -> None:
    """Make a file, read it, and tell (bytes, seconds, MB, what came of it)."""
    torch.set_num_threads(1)
    data, read = CASES[name](share)
    forget_peak()
    before, start = resident(), time.perf_counter()
    try:
        read(data)
        outcome = "read"
    except ExplorerError as error:
        outcome = f"refused: {error}"
    except BaseException as error:
        outcome = f"FAILED: {error!r}"
    answer.send((len(data), time.perf_counter() - start, peak() - before, outcome))


def main(only: str = "", share: float = 1.0) -> int:
    """Read each, or those whose name has these letters, and print."""
    failed = False
    print(f"{'':34}{'file, MB':>10}{'seconds':>9}{'peak, MB':>10}")
    for name in [name for name in CASES if only in name]:
        here, there = PROCESSES.Pipe()
        process = PROCESSES.Process(target=read_one, args=(name, share, there))
        process.start()
        there.close()
        try:
            size, seconds, memory, outcome = here.recv()
        except EOFError:
            size, seconds, memory, outcome = 0, 0.0, 0.0, "FAILED: the process was killed"
        process.join()
        failed |= outcome.startswith("FAILED")
        print(
            f"{name:34}{size / 1e6:10,.3f}{seconds:9.1f}{memory:10,.0f}  {outcome[:120]}",
            flush=True,
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(tyro.cli(main))
