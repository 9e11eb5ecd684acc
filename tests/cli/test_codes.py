"""Commands on a file of codes alone: what they take, and what they say that it lacks."""

import csv
import zipfile

import code_files
import numpy as np
import pytest


@pytest.fixture
def codes(tmp_path):
    """codes(name="codes.npz", **arrays) -> the path of a file of codes."""

    def write(name: str = "codes.npz", **values):
        values = values or code_files.arrays()
        path = tmp_path / name
        path.write_bytes(
            code_files.npz(**values) if name.endswith("npz") else code_files.csv_of(values)
        )
        return path

    return write


@pytest.mark.parametrize("name", ["codes.npz", "codes.csv"])
def test_codes_are_selected_by_class(run_main, codes, tmp_path, name):
    to = tmp_path / "bees.csv"
    printed = run_main("select", codes(name), "--label", "bee", "--csv", to)
    assert printed.startswith("20 of 60 points\n")
    with to.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["index"]) for row in rows] == list(range(1, 60, 3))
    assert {row["class"] for row in rows} == {"bee"}
    z = np.array([[float(row[f"z{d}"]) for d in (1, 2, 3)] for row in rows])
    np.testing.assert_allclose(z, code_files.arrays()["z"][1::3], atol=1e-6)


@pytest.mark.parametrize("pictured", [True, False])
def test_codes_are_written_for_the_projector(run_main, codes, tmp_path, pictured):
    values = code_files.arrays(pictures=pictured)
    to = tmp_path / "projector.zip"
    run_main("export", codes(**values), to, "--kind", "projector")
    with zipfile.ZipFile(to) as archive:
        names = set(archive.namelist())
        vectors = archive.read("vectors.tsv").decode()
        config = archive.read("projector_config.pbtxt").decode()
        readme = archive.read("README.txt").decode()
    np.testing.assert_allclose(np.loadtxt(vectors.splitlines()), values["z"], rtol=1e-5)
    again = tmp_path / "again.csv"
    run_main("select", to, "--label", "bee", "--csv", again)
    with again.open(newline="") as file:
        assert [int(row["index"]) for row in csv.DictReader(file)] == list(range(1, 60, 3))
    assert ("sprite.png" in names) == ("sprite" in config) == ("sprite" in readme) == pictured


@pytest.mark.parametrize(
    ("to", "kind", "said"),
    [
        ("onnx.zip", "onnx", "no network to write as ONNX"),
        ("a.html", "html", "no network to write as Interactive explorer"),
        ("a.pt", "state-dict", "no network to write as PyTorch state_dict"),
    ],
)
def test_form_that_needs_a_network_is_refused(refuse, codes, tmp_path, to, kind, said):
    assert said in refuse("export", codes(), tmp_path / to, "--kind", kind)
    assert not (tmp_path / to).exists()


@pytest.mark.parametrize("command", ["sample", "evaluate", "manifold"])
def test_command_that_needs_a_network_says_so(refuse, codes, command):
    said = "codes.npz holds codes alone: this command needs the model that made them."
    assert said in refuse(command, codes())


def test_file_that_is_not_there_is_named(refuse, tmp_path):
    said = refuse("select", tmp_path / "none.npz", "--label", "0", "--csv", tmp_path / "a.csv")
    assert "none.npz cannot be read" in said
