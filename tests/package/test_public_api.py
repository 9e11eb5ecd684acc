"""What the package shows to the outside, and which way its imports run."""

import ast
import functools
import json
import subprocess
import sys

import pytest
from paths import ROOT

import vae_explorer

PACKAGE = ROOT / "vae_explorer"
FRONT_ENDS = (PACKAGE / "ui", PACKAGE / "notebook")
CORE = sorted(
    path for path in PACKAGE.rglob("*.py") if not any(map(path.is_relative_to, FRONT_ENDS))
)
COMMANDS = sorted((PACKAGE / "cli").rglob("*.py"))
PUBLIC = [
    *["Checkpoint", "CheckpointError", "ConfigError", "DataError", "EncodedSet", "ExplorerError"],
    *[
        "LiveView",
        "ModelConfig",
        "PRESETS",
        "RunError",
        "TrainConfig",
        "TrainingError",
        "UploadError",
        "VAE",
    ],
    *[
        "adapt",
        "explore",
        "load_checkpoint",
        "load_dataset",
        "preprocess_image",
        "save_checkpoint",
        "train",
    ],
]


def named(path):
    """A module's dotted name."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def tree(path):
    return ast.parse(path.read_text())


def imported(path, only_at_once=False):
    """What a file imports, dotted; modules of this package by their whole names.

    Also what functions import when they are called, unless `only_at_once`.
    """
    names = set()
    for node in tree(path).body if only_at_once else ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "import by whole names"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def packages(path, **how):
    """The top-level packages that a file imports."""
    return {name.split(".")[0] for name in imported(path, **how)}


def test_public_names_are_exactly_these():
    assert sorted(vae_explorer.__all__) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_public_name_is_there_documented_and_listed(name):
    value = getattr(vae_explorer, name)
    assert name in dir(vae_explorer)
    assert name == "PRESETS" or value.__doc__


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        _ = vae_explorer.nonsense


def test_editors_see_the_same_public_names_as_programs():
    branches = [node for node in tree(PACKAGE / "__init__.py").body if isinstance(node, ast.If)]
    seen = {
        alias.asname: node.module.removeprefix("vae_explorer.")
        for node in branches[0].body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == vae_explorer._HOME


def test_every_error_a_person_sees_is_an_explorer_error():
    for name in PUBLIC:
        if name.endswith("Error"):
            assert issubclass(getattr(vae_explorer, name), vae_explorer.ExplorerError)


@pytest.mark.parametrize("path", CORE, ids=named)
def test_core_never_mentions_the_front_end(path):
    assert "streamlit" not in packages(path)
    at_once = path in COMMANDS  # the offline page is the app's: one command asks for it when called
    assert not [n for n in imported(path, only_at_once=at_once) if n.startswith("vae_explorer.ui")]


@pytest.mark.parametrize(
    ("module", "stranger"),
    [
        ("config", "torch"),
        ("errors", "torch"),
        ("files", "torch"),
        ("latent/geometry", "PIL"),
        ("latent/geometry", "plotly"),
        ("models/vae", "numpy"),
        ("figures", "torchvision"),
        ("data/handwriting/preprocessing", "torchvision"),
    ],
)
def test_module_does_not_know_what_it_says_it_does_not(module, stranger):
    assert stranger not in packages(PACKAGE / f"{module}.py")


@pytest.mark.parametrize("path", CORE, ids=named)
def test_module_says_what_it_is_and_only_the_command_line_prints(path):
    parsed = tree(path)
    assert ast.get_docstring(parsed)
    calls = [node.func for node in ast.walk(parsed) if isinstance(node, ast.Call)]
    prints = [f for f in calls if isinstance(f, ast.Name) and f.id == "print"]
    assert not prints or path in COMMANDS


@pytest.mark.parametrize("path", CORE, ids=named)
def test_nothing_is_unpickled_evaluated_or_caught_blindly(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
            assert "weights_only=True" in ast.unparse(node)
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in {"eval", "exec"}
    assert not packages(path) & {"pickle", "joblib", "dill"}


@pytest.fixture(scope="module")
def loaded():
    """What a fresh interpreter has loaded after each import."""
    core = [named(path) for path in CORE if path.stem != "__main__"]
    script = f"""
import importlib, json, sys
heavy = {{"streamlit", "plotly", "sklearn", "torchvision", "scipy", "torch", "tyro"}}
stages = {{}}
def stage(name, *modules):
    for module in modules:
        importlib.import_module(module)
    stages[name] = sorted({{m.split(".")[0] for m in sys.modules}} & heavy)
stage("package", "vae_explorer")
stage("config", "vae_explorer.config")
stage("checkpoints", "vae_explorer.models.checkpoints")
from vae_explorer import load_checkpoint, shipped
for name in ("mnist-3d", "moses-3d"):
    load_checkpoint(shipped.CHECKPOINTS / f"{{name}}.safetensors")
stages["compiler"] = [name for name in ("torch._dynamo", "sympy") if name in sys.modules]
stage("core", *{core!r})
print(json.dumps(stages))
"""
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return json.loads(result.stdout)


@pytest.mark.parametrize("stage", ["package", "config"])
def test_importing_the_package_loads_nothing_heavy(loaded, stage):
    assert loaded[stage] == []


def test_opening_models_needs_torch_and_no_more(loaded):
    assert loaded["checkpoints"] == ["torch"]
    assert loaded["compiler"] == []  # torch's own costs 1.5 s: a model made for it without weights


def test_whole_core_never_loads_streamlit_nor_what_only_some_calls_need(loaded):
    assert not {"streamlit", "sklearn", "torchvision"} & set(loaded["core"])
