"""Models by the user's own code: "package.module:factory", on the user's own machine.

The code is imported and run, as the user asked; what it raises is shown with its own traceback.
"""

import importlib
import importlib.util
import sys
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
    try:
        found: Any = _module(module_name)
        for part in name.split("."):
            found = getattr(found, part)
    except ModuleNotFoundError as error:
        if error.name and module_name.startswith(error.name):
            raise CheckpointError(
                f"no module is called {module_name}: start in the folder that holds it, or give "
                "the path of the .py file."
            ) from error
        raise ModelCallError(module_name, error) from error
    except AttributeError as error:
        raise CheckpointError(f"{module_name} has nothing that is called {name}.") from error
    except Exception as error:
        raise ModelCallError(module_name, error) from error
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
    own = model.state_dict()
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
    model.load_state_dict(weights)
    return model


def _module(name: str) -> Any:
    path = Path(name).expanduser()
    if path.suffix != ".py":
        if "" not in sys.path:
            sys.path.insert(0, "")  # as `python -m` has it
        return importlib.import_module(name)
    if not path.is_file():
        raise CheckpointError(f"there is no file {path}.")
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    spec.loader.exec_module(module)
    return module
