"""What training scripts wrap around weights, and where in it the weights are."""

from typing import Any

from torch import Tensor

from vae_explorer.errors import CheckpointError

USUAL = ("state_dict", "model_state_dict", "model_state", "model", "net", "vae", "ema")
PARTS = ("enc", "dec")
MAX_DEPTH = 4  # of dictionaries in dictionaries
HOW = "save the model with torch.save(model.state_dict(), path) and try again."
Named = dict[str, Tensor]


def named_tensors(content: Any) -> tuple[Named, str]:
    """The named tensors of a file, and under which keys of it they stand ("": under none).

    CheckpointError where there are none.
    """
    if not isinstance(content, dict):
        raise CheckpointError("the file holds no state_dict: a dictionary of named tensors.")
    found = _found(content, 0)
    if found is None:
        raise CheckpointError(f"the file holds no state_dict, a dictionary of named tensors: {HOW}")
    return found


def _found(content: dict, depth: int) -> tuple[Named, str] | None:
    inner = {k: v for k, v in content.items() if isinstance(k, str) and isinstance(v, dict)}
    usual = [key for key in USUAL if key in inner]
    if (found := _under(inner, usual, depth)) is not None:
        return found
    if (named := _named(content)) is not None:
        return named, ""
    if (both := _of_two(inner)) is not None:
        return both, "encoder and decoder"
    return _under(inner, [key for key in inner if key not in usual], depth)


def _under(inner: dict[str, dict], keys: list[str], depth: int) -> tuple[Named, str] | None:
    """What is found under the first of some keys that has anything."""
    for key in keys if depth < MAX_DEPTH else ():
        found = _found(inner[key], depth + 1)
        if found is not None:
            where = ascii(key)[1:-1][:60]
            return found[0], f"{where}, {found[1]}" if found[1] else where
    return None


def _named(content: dict) -> Named | None:
    """The tensors of a dictionary, None where none of them can be a weight."""
    named = {k: v for k, v in content.items() if isinstance(v, Tensor)}
    names = all(isinstance(key, str) for key in named)
    return named if names and any(v.ndim > 1 for v in named.values()) else None


def _of_two(inner: dict[str, dict]) -> Named | None:
    """Those of an encoder and a decoder that are kept apart."""
    named: Named = {}
    for part in PARTS:
        values = next((v for k, v in inner.items() if k.lower().startswith(part)), {})
        tensors = {f"{part}oder.{k}": v for k, v in (_named(values) or {}).items()}
        if not tensors:
            return None
        named |= tensors
    return named
