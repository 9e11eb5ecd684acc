"""Pickles of weights, read without running any code of theirs.

A pickle calls whatever it names. Here the names stand for a few inert records, and for nothing
else: `find_class` is told each of them and never imports one. What other names make (settings,
schedulers, a whole module) becomes an `Ignored`. Opcodes are looked at before, so that no pickle
takes memory out of proportion to its length.
"""

import io
import math
import pickle
import pickletools
from collections import OrderedDict
from typing import Any, NamedTuple

import torch

DTYPES = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}
PUTS = {"PUT", "BINPUT", "LONG_BINPUT"}  # opcodes with a place in a table that grows to it
REFUSED = {"EXT1", "EXT2", "EXT4", "NEXT_BUFFER", "READONLY_BUFFER", "BYTEARRAY8"}
MOST_OPCODES = 4_000_000
MOST_DIMENSIONS = 8


class Storage(NamedTuple):
    """Where a tensor's numbers stand in a file."""

    key: str
    dtype: torch.dtype
    length: int  # numbers, as the pickle says


class StoredTensor(NamedTuple):
    """A tensor that has not been read yet."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    @property
    def last(self) -> int:
        """One behind the last number of the storage that it needs."""
        if 0 in self.shape:
            return 0
        steps = (n - 1 for n in self.shape)
        return self.offset + sum(n * s for n, s in zip(steps, self.stride, strict=True)) + 1


def ignored_kind() -> type:
    """A class that takes anything and does nothing; a new one for each pickle."""

    class Ignored(dict):
        def __new__(cls, *_: Any, **__: Any):
            return super().__new__(cls)

        def __init__(self, *_: Any, **__: Any):
            super().__init__()

        def __setstate__(self, _: Any) -> None: ...

        def __call__(self, *_: Any, **__: Any) -> "Ignored":
            return self

        def append(self, _: Any) -> None: ...

        def extend(self, _: Any) -> None: ...

        def add(self, _: Any) -> None: ...

        is_ignored = True

    return Ignored


def is_ignored(value: Any) -> bool:
    """Whether a value stands for an object of a class that is not read."""
    return bool(getattr(value, "is_ignored", False)) or isinstance(value, _Kind)


class _Kind(NamedTuple):
    """The name of a storage's class."""

    name: str


class _Reader(pickle.Unpickler):
    """Knows tensors, their storages and ordered dictionaries; all else is ignored."""

    def __init__(self, file: io.BytesIO):
        super().__init__(file, encoding="utf-8")
        self.ignored = ignored_kind()
        self.storages: dict[str, Storage] = {}
        self.makers: dict[str, Any] = {
            "collections OrderedDict": OrderedDict,
            "torch._utils _rebuild_tensor": self._tensor,
            "torch._utils _rebuild_tensor_v2": self._tensor,
            "torch._utils _rebuild_parameter": self._first,
            "torch._utils _rebuild_parameter_with_state": self._first,
            "torch._tensor _rebuild_from_type_v2": self._typed,
        }

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        if module_name == "torch" and global_name in DTYPES:
            return _Kind(global_name)
        return self.makers.get(f"{module_name} {global_name}", self.ignored)

    def persistent_load(self, pid: Any) -> Any:
        kind, storage, key, _, count = pid[:5] if len(pid) >= 5 else ("module", *[None] * 4)
        if kind == "module":  # of a whole model: its class, whose code does not run
            return self.ignored
        if kind != "storage" or not isinstance(storage, _Kind) or type(count) is not int:
            return self.ignored()
        if len(pid) > 5 and pid[5] is not None:
            raise pickle.UnpicklingError("a storage is a view of another")
        return self.storages.setdefault(str(key), Storage(str(key), DTYPES[storage.name], count))

    def _tensor(self, storage: Any, offset: Any, shape: Any, stride: Any, *_: Any) -> Any:
        if not isinstance(storage, Storage):
            return self.ignored()
        tensor = StoredTensor(storage, offset, tuple(shape), tuple(stride))
        numbers = (offset, *tensor.shape, *tensor.stride)
        if not all(type(n) is int and 0 <= n < 2**40 for n in numbers):
            raise pickle.UnpicklingError("a tensor's shape is no shape")
        if len(tensor.shape) != len(tensor.stride) or len(tensor.shape) > MOST_DIMENSIONS:
            raise pickle.UnpicklingError("a tensor's shape is no shape")
        return tensor

    def _first(self, data: Any, *_: Any) -> Any:
        return data

    def _typed(self, _: Any, __: Any, arguments: Any, ___: Any) -> Any:
        return self._tensor(*arguments)


def read_pickle(file: io.BytesIO) -> tuple[Any, dict[str, Storage]]:
    """The next pickle of a file, and the storages that it names.

    ValueError, UnpicklingError or others where it is none.
    """
    start = file.tell()
    _check(file)
    file.seek(start)
    reader = _Reader(file)
    return reader.load(), reader.storages


def _check(file: io.BytesIO) -> None:
    """ValueError for opcodes that take memory out of proportion."""
    puts = 0
    for count, (opcode, value, _) in enumerate(pickletools.genops(file)):
        if count > MOST_OPCODES or opcode.name in REFUSED:
            raise ValueError(f"{opcode.name} is no part of plain weights")
        if opcode.name in PUTS or opcode.name == "MEMOIZE":
            puts += 1
            if isinstance(value, int) and value > 4 * puts + 1024:
                raise ValueError("a table is larger than what is in it")


def size_of(tensor: StoredTensor) -> int:
    """Bytes of a tensor's own numbers."""
    return math.prod(tensor.shape) * tensor.storage.dtype.itemsize
