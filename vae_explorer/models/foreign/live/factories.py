"""Models by the user's own code: "package.module:factory", on the user's own machine.

The code is imported and run, as the user asked; what it raises is shown with its own traceback.
"""

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from vae_explorer.errors import CheckpointError
from vae_explorer.models.foreign.live.calls import ModelCallError

SHOWN_KEYS = 3  # of weights that do not fit


def is_factory(source: str) -> bool:
    """Whether a text names a factory rather than a file."""
    module, colon, name = source.rpartition(":")
    return (
        bool(module and colon and name.replace(".", "").isidentifier())
        and not Path(source).exists()
    )


def made(source: str) -> Any:
    """What "package.module:factory" or "path/file.py:factory" makes: the object, or its call.

    ModelCallError with the traceback where the user's code raises, CheckpointError where it has no
    such name.
    """
    module_name, _, name = source.rpartition(":")
    path = Path(module_name).expanduser()
    with _importable("" if path.suffix != ".py" else str(path.resolve().parent)):
        found = _module(module_name, path)
        for part in name.split("."):
            if not hasattr(found, part):
                raise CheckpointError(f"{module_name} has nothing that is called {name}.")
            found = getattr(found, part)
        if isinstance(found, nn.Module) or not callable(found):
            return found
        try:
            return found()
        except Exception as error:
            raise ModelCallError(source, error) from error


def with_weights(model: Any, weights: dict[str, Tensor], name: str) -> Any:
    """The module with these weights; CheckpointError says which of them do not fit."""
    if not isinstance(model, nn.Module):
        raise CheckpointError(
            f"{name} cannot be loaded: what the factory makes is no torch module."
        )
    own = {key: value for key, value in model.state_dict().items() if not _is_count(key)}
    weights = {key: value for key, value in weights.items() if not _is_count(key)}
    missing, unknown = sorted(set(own) - set(weights)), sorted(set(weights) - set(own))
    other = [
        f"{key} {tuple(weights[key].shape)} for {tuple(own[key].shape)}"
        for key in own
        if key in weights and own[key].shape != weights[key].shape
    ]
    for what, keys in (("lacks", missing), ("has unknown", unknown), ("has other shapes:", other)):
        if keys:
            more = f" and {len(keys) - SHOWN_KEYS:,} more" if len(keys) > SHOWN_KEYS else ""
            raise CheckpointError(f"{name} {what} {', '.join(keys[:SHOWN_KEYS])}{more}.")
    model.load_state_dict(weights, strict=False)  # but for the counts, which nothing needs
    return model


def _is_count(key: str) -> bool:
    return key.endswith("num_batches_tracked")


def fitting(model: Any, candidates: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Those of some readings of a file whose names are the module's; else the first."""
    own = set(model.state_dict()) if isinstance(model, nn.Module) else set()
    known = {key for key in own if not _is_count(key)}
    return next(
        (c for c in candidates if {k for k in c if not _is_count(k)} == known), candidates[0]
    )


@contextlib.contextmanager
def _importable(folder: str) -> Iterator[None]:
    """Modules of a folder can be imported meanwhile, "": of the current one, as `python -m` has it.

    Not for longer: trainings that this process starts take over where it finds modules.
    """
    before = list(sys.path)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path[:] = before


def _module(name: str, path: Path) -> Any:
    try:
        return importlib.import_module(name) if path.suffix != ".py" else _of_file(path)
    except CheckpointError:
        raise
    except ModuleNotFoundError as error:
        if error.name and name.startswith(error.name):
            raise CheckpointError(
                f"no module is called {name}: start in the folder that holds it, or give the path "
                "of the .py file."
            ) from error
        raise ModelCallError(name, error) from error
    except Exception as error:
        raise ModelCallError(name, error) from error


def _of_file(path: Path) -> Any:
    if not path.is_file():
        raise CheckpointError(f"there is no file {path}.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    spec.loader.exec_module(module)
    return module
