"""Tensors as a file has them -> checked, float32, and named as the module itself names them."""

import re

import torch
from torch import Tensor

from vae_explorer.errors import CheckpointError
from vae_explorer.models.frozen_models import all_finite

PREFIXES = ("module.", "_orig_mod.", "model.", "vae.", "net.", "network.", "autoencoder.")
PARTS = re.compile(r"(encoder|decoder|enc|dec)[^a-z]", re.IGNORECASE)
NUMBERS = {torch.float64, torch.float32, torch.float16, torch.bfloat16}
MAX_TENSORS = 4096
MAX_NAME = 200  # characters
MAX_DIMENSIONS = 5


def plain_tensors(tensors: dict[str, Tensor]) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Named float32 tensors, and sentences on what was changed; CheckpointError.

    Whole numbers (counters, indices) are left out.
    """
    if len(tensors) > MAX_TENSORS:
        raise CheckpointError(f"the file has {len(tensors):,} tensors: no model of pictures has.")
    if bad := [k for k in tensors if not k.isprintable() or len(k) > MAX_NAME]:
        raise CheckpointError(f"a tensor has a name that is no name: {ascii(bad[0])[:40]}.")
    numbers = {k: v for k, v in tensors.items() if v.dtype in NUMBERS}
    if not numbers:
        raise CheckpointError("the file holds no weights: none of its tensors has fractions.")
    kinds = sorted({str(v.dtype).removeprefix("torch.") for v in numbers.values()} - {"float32"})
    remarks = [f"Weights of {' and '.join(kinds)} are computed in float32."] if kinds else []
    single = {"dtype": torch.float32, "memory_format": torch.contiguous_format}
    named = {k: v.to(copy=True, **single) for k, v in numbers.items()}
    if wrong := [k for k, v in named.items() if not all_finite(v)]:
        raise CheckpointError(f"{wrong[0]} holds values that are not finite numbers.")
    return composed(without_prefixes(named)), tuple(remarks)


def without_prefixes(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Without the prefixes of wrappers, where all names have one, or all of encoder and decoder."""
    for _ in range(8):
        for prefix in PREFIXES:
            with_prefix = [k for k in tensors if k.startswith(prefix)]
            parts = {k.removeprefix(prefix)[:3].lower() for k in with_prefix if _of_part(k, prefix)}
            if len(with_prefix) == len(tensors) or {"enc", "dec"} <= parts:
                tensors = _shortened(tensors, prefix)
                break
        else:
            return tensors
    return tensors


def _of_part(name: str, prefix: str) -> bool:
    return bool(PARTS.match(name.removeprefix(prefix)))


def _shortened(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Those with the prefix first: names of others that were the same are lost."""
    inner = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    return inner | {k: v for k, v in tensors.items() if not k.startswith(prefix) and k not in inner}


def composed(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights that are kept as length and direction (weight normalisation), put together."""
    made: dict[str, Tensor] = {}
    for name, value in tensors.items():
        for length, direction in (
            ("weight_g", "weight_v"),
            ("parametrizations.weight.original0", "parametrizations.weight.original1"),
        ):
            stem = name.removesuffix(length)
            if name.endswith(length) and (vector := tensors.get(stem + direction)) is not None:
                lengths = vector.flatten(1).norm(dim=1).view(-1, *[1] * (vector.ndim - 1))
                if value.numel() == lengths.numel():
                    made[f"{stem}weight"] = vector * value.view(lengths.shape) / lengths
                break
            if name.endswith(direction) and name.removesuffix(direction) + length in tensors:
                break
        else:
            made[name] = value
    return made
