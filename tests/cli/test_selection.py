"""`select`: from its arguments to the table it writes."""

import csv

import pytest
import torch

from vae_explorer.cli import main
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.runs.model_library import SHIPPED

MODEL = "digits-3d"


@pytest.fixture(scope="module")
def encoded():
    """The encoded pictures of the model."""
    return load_checkpoint(SHIPPED / f"{MODEL}.safetensors").encoded


@pytest.fixture
def select(tmp_path, capsys):
    """select(*arguments) -> the rows of the table, without its header, and what was printed."""

    def run(*arguments: str) -> tuple[list[list[str]], str]:
        path = tmp_path / "selected.csv"
        assert main(["select", MODEL, *arguments, "--csv", str(path)]) == 0
        with path.open(newline="") as file:
            header, *rows = csv.reader(file)
        assert header == ["index", "class", "z1", "z2", "z3"]
        return rows, capsys.readouterr().out

    return run


def test_a_class_is_written_whole(select, encoded):
    rows, printed = select("--label", "3")
    expected = (encoded.labels == 3).nonzero()[:, 0].tolist()
    assert [int(row[0]) for row in rows] == expected
    assert {row[1] for row in rows} == {"3"}
    assert printed.startswith(f"{len(expected)} of {len(encoded.mu)} points of the test split\n")


def test_the_nearest_points_are_written_with_their_codes(select, encoded):
    rows, _ = select("--near", "-0.5", "0.25", "1", "--count", "7")
    distances = (encoded.mu - torch.tensor([-0.5, 0.25, 1.0])).norm(dim=1)
    assert [int(row[0]) for row in rows] == sorted(distances.argsort()[:7].tolist())
    for index, _, *z in rows:
        assert [float(value) for value in z] == pytest.approx(
            encoded.mu[int(index)].tolist(), abs=1e-6
        )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give either --label or --near"),
        (["--label", "3", "--near", "0", "0", "0"], "give either --label or --near"),
        (["--label", "horse"], "there is no class 'horse': the classes are 0, 1, 2"),
        (["--near", "0", "0"], "--near takes 3 finite numbers"),
        (["--near", "0", "nan", "0"], "--near takes 3 finite numbers"),
        (["--near", "0", "0", "0", "--count", "0"], "count must be between 1 and 359"),
    ],
)
def test_what_cannot_be_selected_is_refused_in_a_sentence(tmp_path, capsys, arguments, said):
    path = tmp_path / "selected.csv"
    assert main(["select", MODEL, *arguments, "--csv", str(path)]) == 1
    assert said in capsys.readouterr().err
    assert not path.exists()
