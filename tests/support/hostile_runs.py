"""Run folders and model files spoilt at random: by hand, by a crash, by another version."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from vae_explorer.models.checkpoint_reader import METADATA_KEY, metadata_of

VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**400,
    2**63,
    0.5,
    -1e308,
    float("nan"),
    float("inf"),
    "",
    "²³",
    "![x](http://example.com/x.png)",
    "\x00\ud800",
    [],
    [None],
    {},
    {"state": "running"},
    [[[[]]]],
)
TEXTS = ("config.json", "status.json", "metrics.jsonl")
CHANGES: dict[str, Callable[[Tensor], Tensor | None]] = {
    "missing": lambda t: None,
    "flat": lambda t: t.flatten(),
    "another axis": lambda t: t.unsqueeze(0),
    "none of them": lambda t: t[:0] if t.ndim else t.new_zeros(0),
    "half of them": lambda t: t[: len(t) // 2] if t.ndim else t,
    "no columns": lambda t: t[..., :0] if t.ndim else t,
    "int64": lambda t: t.long(),
    "float64": lambda t: t.double(),
    "bool": lambda t: t.bool(),
    "infinite": lambda t: torch.full_like(t.float(), float("inf")),
    "negative": lambda t: -torch.ones_like(t.long()),
    "float8": lambda t: t.float().to(torch.float8_e4m3fn),
    "huge": lambda t: torch.full(t.shape, 2**40),
}
NAMES = ("²³", "0000", "9" * 30, "-0001", "0001 (copy)", "fixed.old", ".hidden")


def spoil(folder: Path, random: Random) -> str:
    """Change one thing in a run folder; returns what, for a message."""
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    name = random.choice([n for n in files if n != "lock"])
    ways = [_cut, _flip, _remove, _empty, _as_folder]
    if name in TEXTS:
        ways += [_change_text] * 8
    elif name.startswith("latents/"):
        ways += [_change_tensors] * 6 + [_rename] * 2
    elif name == "resume.safetensors":
        ways += [_change_tensors] * 3
    way = random.choice(ways)
    return f"{way.__name__} {name}: {way(folder / name, random)}"


def spoilt_checkpoint(data: bytes, random: Random) -> tuple[bytes, str]:
    """A model file with one field of its description or one tensor changed; and what it was."""
    tensors, metadata = safetensors.torch.load(data), metadata_of(data)
    about, what = json.loads(metadata[METADATA_KEY]), ""
    if random.random() < 0.7:
        about, what = _changed(about, random)
    else:
        name = random.choice(sorted(tensors))
        way = random.choice(sorted(CHANGES))
        changed = CHANGES[way](tensors.pop(name))
        if changed is not None:
            tensors[name] = changed.contiguous()
        what = f"{name} {way}"
    return safetensors.torch.save(tensors, {METADATA_KEY: json.dumps(about)}), what


def _cut(path: Path, random: Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: random.randrange(len(content) + 1)])


def _flip(path: Path, random: Random) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(random.randint(1, 8) if content else 0):
        content[random.randrange(len(content))] = random.randrange(256)
    path.write_bytes(content)


def _remove(path: Path, random: Random) -> None:
    path.unlink()


def _empty(path: Path, random: Random) -> None:
    path.write_bytes(b"")


def _as_folder(path: Path, random: Random) -> None:
    path.unlink()
    path.mkdir()


def _rename(path: Path, random: Random) -> str:
    target = path.with_name(random.choice(NAMES) + path.suffix)
    path.rename(target)
    return target.name


def _change_text(path: Path, random: Random) -> str:
    lines = path.read_text(encoding="utf-8").splitlines() if path.suffix == ".jsonl" else []
    number = random.randrange(len(lines)) if lines else 0
    value = json.loads(lines[number] if lines else path.read_text(encoding="utf-8"))
    changed, what = _changed(value, random)
    lines[number : number + 1] = [json.dumps(changed)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return what


def _changed(value: Any, random: Random) -> tuple[Any, str]:
    """The value with one part of it, or all, replaced, removed or renamed."""
    if not value or not isinstance(value, dict | list) or random.random() < 0.1:
        other = random.choice(VALUES)
        return other, repr(other)[:60]
    part = random.choice(sorted(value)) if isinstance(value, dict) else random.randrange(len(value))
    copy = value.copy()
    act = random.randrange(6)
    if act == 0:
        del copy[part]
        return copy, f"no {part}"
    if act == 1 and isinstance(copy, dict):
        copy[f"{part}s"] = copy.pop(part)
        return copy, f"{part}s"
    copy[part], what = _changed(value[part], random)
    return copy, f"{part} = {what}"


def _change_tensors(path: Path, random: Random) -> str:
    tensors = safetensors.torch.load(path.read_bytes())
    name = random.choice(sorted(tensors))
    what = random.choice(sorted(CHANGES))
    changed = CHANGES[what](tensors.pop(name))
    if changed is not None:
        tensors[name] = changed.contiguous()
    path.write_bytes(safetensors.torch.save(tensors))
    return f"{name} {what}"
