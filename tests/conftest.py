"""Fixtures shared by the tests: small models, the embedded digits, folders of their own."""

import dataclasses
import os
import sys
from collections.abc import Callable

import machine
import pytest
import torch
from model_kinds import install_model, small_model

from vae_explorer.config import ModelConfig, TrainConfig
from vae_explorer.data.datasets import Split, load_dataset, to_unit
from vae_explorer.models.checkpoints import Checkpoint, encode_split
from vae_explorer.models.vae import VAE, new_model

MAX_WORKERS = 8
# Inherited by workers, servers and commands: threads that wait for each other cost more than they
# bring, and memory that was freed is kept, as fetching it anew took a third of some tests' time
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(2**30),
    "MALLOC_TRIM_THRESHOLD_": str(2**32),
}
torch.set_num_threads(1)  # results are compared bit by bit, and cores are few
sys.modules["rfc3987_syntax"] = None  # as tests/support/absent hides it from servers
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before any test imports onnxruntime


def pytest_configure() -> None:
    """Set up the processes to come; say what this machine lacks, where all tests have to run."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if machine.REQUIRED and (missing := machine.missing()):
        raise pytest.UsageError("; ".join(missing))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Each test, and the fixtures it is the first to ask for, draws alike whatever ran before."""
    torch.manual_seed(0)


@pytest.hookimpl(optionalhook=True)  # without the plugin there is no such hook
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: they are what bounds it."""
    return min(MAX_WORKERS, (os.cpu_count() or 1) + 1)


def pytest_terminal_summary(terminalreporter) -> None:
    """Say in the last lines what would have run more tests."""
    if terminalreporter.stats.get("skipped"):
        for sentence in machine.missing():
            terminalreporter.write_line(sentence, yellow=True)


@pytest.fixture(scope="session", autouse=True)
def _session_folders(tmp_path_factory):
    """Whatever fixtures of wide scope write goes to a temporary place, never to the repository."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_EXPLORER_DATA", str(tmp_path_factory.mktemp("data")))
        patch.setenv("VAE_EXPLORER_RUNS", str(tmp_path_factory.mktemp("runs")))
        yield


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch, _session_folders):
    """Each test has data and run folders of its own."""
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("VAE_EXPLORER_RUNS", str(tmp_path / "runs"))


@pytest.fixture(scope="session")
def small_config() -> ModelConfig:
    """A model that decodes and trains in next to no time."""
    return ModelConfig(encoder=(16,), decoder=(16,), fourier=4)


@pytest.fixture
def model(small_config) -> VAE:
    """The small model, freshly initialised."""
    return new_model(small_config, 0).eval()


@pytest.fixture(scope="session")
def digits():
    """scikit-learn's digits; shared: never change its tensors."""
    return load_dataset("digits")


@pytest.fixture(scope="session")
def few(digits) -> Split:
    """A hundred digits to train on."""
    return Split(digits.train.images[:100], digits.train.labels[:100])


@pytest.fixture(scope="session")
def held_out(digits) -> Split:
    """Forty other digits."""
    return Split(digits.validation.images[:40], digits.validation.labels[:40])


@pytest.fixture(scope="session")
def tiny_training(small_config) -> TrainConfig:
    """Two epochs of the small model on a few digits."""
    return TrainConfig(
        model=small_config,
        dataset="digits",
        epochs=2,
        batch_size=32,
        limit=64,
        precision="float32",
        threads=1,
    )


@pytest.fixture
def checkpoint(model, held_out) -> Checkpoint:
    """An untrained model with everything that a checkpoint can carry."""
    return Checkpoint(
        model=model,
        config=model.config,
        name="untrained",
        dataset="digits",
        classes=tuple("0123456789"),
        training={"epochs": 3, "seed": 7, "seconds": 1.5},
        scores={"neg_elbo": {"value": 1.0, "standard_error": 0.1, "protocol": "40 test images"}},
        encoded=encode_split(model, to_unit(held_out.images), held_out.labels, "test"),
    )


@pytest.fixture
def small() -> Callable[..., Checkpoint]:
    """small(count=60, names=..., labels=..., **model settings) -> an untrained checkpoint."""
    return small_model


@pytest.fixture
def install() -> Callable[..., str]:
    """install(checkpoint, name) -> the key of a model that looks as if a run had made it."""
    return install_model


@pytest.fixture
def replaced():
    """`dataclasses.replace`, reaching into the model's settings as well."""

    def replace(config: TrainConfig, **fields) -> TrainConfig:
        names = {f.name for f in dataclasses.fields(ModelConfig)}
        of_model = {k: fields.pop(k) for k in names & set(fields)}
        model = dataclasses.replace(config.model, **of_model)
        return dataclasses.replace(config, model=model, **fields)

    return replace
