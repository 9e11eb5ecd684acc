"""Imports run one way, from folder to folder, in the core and in the user interface."""

import shutil
from pathlib import Path

import pytest
from imports import circles, modules, wrong_ways
from paths import PACKAGE

MOST_ENTRIES = 12  # of a folder: "about ten"


def test_imports_run_one_way():
    assert wrong_ways(PACKAGE) == []


def test_no_modules_import_each_other_in_a_circle():
    assert circles(PACKAGE) == []


@pytest.fixture
def copied(tmp_path):
    """A copy of the package, to break."""
    return Path(shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=_no_caches))


def _no_caches(folder, names):
    return [name for name in names if name == "__pycache__"]


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("ui/components/wall/__init__.py", "ui.pages.generate.page"),
        ("ui/components/picker/__init__.py", "ui.shared.pictures"),
        ("ui/pages/explore/page.py", "ui.shell.sidebar"),
        ("ui/pages/explore/page.py", "ui.pages.compare.page"),
        ("ui/shared/pictures.py", "ui.pages.train.page"),
        ("ui/session/latent_space.py", "ui.components.wall"),
        ("ui/navigation.py", "ui.session.latent_space"),
        ("latent/geometry.py", "training.engine"),
        ("models/vae.py", "latent.geometry"),
        ("training/engine.py", "evaluation.metrics"),
        ("config.py", "models.vae"),
        ("evaluation/metrics.py", "ui.messages"),
        ("cli/training.py", "ui.messages"),
        ("ui/shell/startup.py", "notebook.server"),
    ],
)
def test_an_import_against_the_order_is_found(copied, module, imported):
    path = copied / module
    path.write_text(f"import vae_explorer.{imported}\n{path.read_text('utf-8')}", "utf-8")
    name = module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    assert wrong_ways(copied) == [f"{name} <- {imported}"]


def test_an_import_within_a_function_is_found_too(copied):
    path = copied / "latent" / "geometry.py"
    late = "\n\ndef late():\n    from vae_explorer.evaluation.metrics import evaluate\n"
    path.write_text(path.read_text("utf-8") + late, "utf-8")
    assert wrong_ways(copied) == ["latent.geometry <- evaluation.metrics"]
    assert circles(copied)  # metrics knows geometry


def test_a_circle_within_a_folder_is_found(copied):
    path = copied / "latent" / "geometry.py"
    path.write_text(f"from vae_explorer.latent import walks\n{path.read_text('utf-8')}", "utf-8")
    assert wrong_ways(copied) == []
    ((*group,),) = circles(copied)
    assert {"latent.geometry", "latent.walks"} <= set(group)


@pytest.mark.parametrize(("folder", "called"), [("misc", "misc"), ("ui/widgets", "ui.widgets")])
def test_a_folder_without_a_place_in_the_order_is_found(copied, folder, called):
    (copied / folder).mkdir()
    (copied / folder / "__init__.py").touch()
    assert wrong_ways(copied) == [f"{called} has no place in the order"]


def test_folders_stay_small_enough_to_read():
    folders = {path.parent for path in modules(PACKAGE).values()}
    entries = {
        folder: [p.name for p in folder.iterdir() if p.name not in ("__init__.py", "__pycache__")]
        for folder in folders
    }
    crowded = {str(f.relative_to(PACKAGE)): len(n) for f, n in entries.items()}
    del crowded["."]  # the top level is named in the README, entry by entry
    assert not {name: count for name, count in crowded.items() if count > MOST_ENTRIES}
