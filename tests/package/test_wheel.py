"""The wheel: what is in it, and that it works where nothing else of this tree is."""

import email
import subprocess
import zipfile
from pathlib import Path

import installed
import pytest
from paths import PACKAGE, ROOT

import vae_explorer
from vae_explorer import shipped
from vae_explorer.ui.shell import streamlit_version

SHIPPED = "vae_explorer/shipped_files"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of this tree."""
    return installed.build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def commands(wheel, tmp_path_factory) -> Path:
    """The folder of commands of an environment that has the wheel."""
    return installed.install(wheel, tmp_path_factory.mktemp("environment"))


@pytest.fixture
def run(commands, tmp_path):
    """run(*command) -> what it printed, started in an empty folder by a person with an empty home.

    Nothing may be written: neither there nor beside the package.
    """
    home, folder = tmp_path / "home", tmp_path / "folder"
    home.mkdir()
    folder.mkdir()

    def runner(command: str, *arguments: str) -> str:
        places = (home, folder, commands.parent)
        before = [sorted(place.rglob("*")) for place in places]
        done = subprocess.run(
            [commands / command, *arguments],
            cwd=folder,
            env=installed.environment(home),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert [sorted(place.rglob("*")) for place in places] == before
        return done.stdout

    return runner


def metadata(wheel: Path) -> email.message.Message:
    """What the wheel says of itself."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(archive.read(name))


def test_wheel_holds_the_package_and_what_it_ships_and_nothing_else(wheel):
    ours = [path.relative_to(ROOT) for path in PACKAGE.rglob("*")]
    expected = {str(path) for path in ours if path.suffix not in ("", ".pyc")}
    expected |= {f"{SHIPPED}/app.py", f"{SHIPPED}/.streamlit/config.toml"}
    expected |= {f"{SHIPPED}/checkpoints/{path.name}" for path in shipped.CHECKPOINTS.iterdir()}
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == expected
    assert {Path(name).suffix for name in names} >= {".js", ".css", ".svg", ".typed"}


def test_version_and_the_streamlit_that_is_tested_stand_in_one_place_each(wheel):
    about = metadata(wheel)
    assert about["Version"] == vae_explorer.__version__
    major, minor = map(int, streamlit_version.TESTED.split("."))
    bounds = [text for text in about.get_all("Requires-Dist") if text.startswith("streamlit")]
    assert bounds == [f"streamlit<{major}.{minor + 1},>={major}.{minor}"]


def test_shipped_models_open_from_an_empty_folder(run):
    table = run("vae-explorer", "models").splitlines()
    assert table[2].startswith("| mnist-3d | mnist | 3 | 1")
    assert len(table) == 2 + len(list(shipped.CHECKPOINTS.glob("*.safetensors")))


def test_installed_package_is_the_one_that_is_imported(run, commands):
    said = run("python", "-c", "import vae_explorer as v; print(v.__file__, v.__version__)")
    file, version = said.split()
    assert Path(file).is_relative_to(commands.parent)
    assert version == vae_explorer.__version__
