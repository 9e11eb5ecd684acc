"""Two processes under torchrun train one model as one process does."""

import json
import os
import subprocess
import sys

import pytest
from paths import ROOT

from vae_explorer.training import distributed
from vae_explorer.training.distributed import Group
from vae_explorer.training.runs.run_folder import Run

# 19 whole batches of pictures, and nothing random but their order: the sums are the same
TRAIN = ["train", "digits-3d", "--epochs", "6", "--batch-size", "64", "--limit", "1216"]
TRAIN += ["--encoder", "32", "--decoder", "32", "--augment", "0", "--input-dropout", "0"]
TRAIN += ["--no-variational", "--precision", "float32", "--threads", "1"]


def test_alone_a_process_is_a_group_of_one():
    group = distributed.group()
    assert group == (0, 1) and group.any(True) and not group.any(False)
    assert group.from_first("mine") == "mine"
    with distributed.joined() as joined:
        assert joined == Group(0, 1)


def command(launcher, *arguments):
    run = subprocess.run(
        [sys.executable, *launcher, "-m", "vae_explorer", *TRAIN, *arguments],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


@pytest.fixture
def pair(tmp_path):
    """The same training by one process and by two."""
    command([], "--name", "one")
    printed = command(TORCHRUN, "--name", "two")
    runs = Run(tmp_path / "runs" / "one"), Run(tmp_path / "runs" / "two")
    assert printed == f"finished: {runs[1].checkpoint}\n"  # and nobody else speaks
    return runs


def test_two_processes_do_what_one_does(pair):
    one, two = (run.metrics() for run in pair)
    assert [line["epoch"] for line in two] == [line["epoch"] for line in one] == list(range(1, 7))
    for a, b in zip(one, two, strict=True):
        assert b["train"]["loss"] == pytest.approx(a["train"]["loss"], rel=1e-3)
        assert b["validation"]["loss"] == pytest.approx(a["validation"]["loss"], rel=1e-3)
    assert two[-1]["validation"]["loss"] < 0.5 * two[0]["validation"]["loss"]


def test_two_processes_go_on_together_from_where_they_ended(tmp_path):
    """The noise of a VAE is each process's own."""
    variational = ["--variational", "--augment", "0.5", "--name", "both"]
    printed = command(TORCHRUN, *variational, "--epochs", "2")
    run = Run(tmp_path / "runs" / "both")
    assert printed == f"finished: {run.checkpoint}\n"
    settings = json.loads((run.folder / "config.json").read_text()) | {"epochs": 5}
    (run.folder / "config.json").write_text(json.dumps(settings))
    assert command(TORCHRUN, "--resume", str(run.folder)).startswith("finished")
    losses = [line["validation"]["loss"] for line in run.metrics()]
    assert len(losses) == 5 and losses[-1] < losses[0]


def test_each_process_has_a_lattice_of_its_own_and_they_learn_together(tmp_path):
    lattice = ["--variational", "--objective", "lattice", "--lattice-points", "256"]
    stages = ["--epochs", "3", "--encoder-epochs", "2", "--clip-norm", "1", "--proposals", "2"]
    printed = command(TORCHRUN, *lattice, *stages, "--name", "both")
    run = Run(tmp_path / "runs" / "both")
    assert printed == f"finished: {run.checkpoint}\n"
    lines = run.metrics()
    assert [line["phase"] for line in lines] == ["main"] * 3 + ["encoder"] * 2
    assert lines[2]["lattice_nll"] < lines[0]["lattice_nll"]
    assert lines[4]["validation"]["loss"] < lines[0]["validation"]["loss"]
