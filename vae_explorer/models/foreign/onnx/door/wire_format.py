"""The bytes of an ONNX file before anything parses them: how much of them is structure.

A message of two bytes takes a hundred in memory, so a file of many small ones would take far more
than its own size. Weights stored as plain numbers do not grow; only they may be long.
"""

from collections.abc import Mapping
from typing import Any

from vae_explorer.errors import CheckpointError

MAX_STRUCTURE = 2 * 2**20  # bytes that are no plain numbers
Fields = Mapping[int, Any]  # numbers of fields that are messages; None: plain numbers
TENSOR: Fields = {
    4: None,
    9: None,
    10: None,
}  # float_data, raw_data, double_data: numbers as they are
GRAPH: Fields = {1: {5: {5: TENSOR}}, 5: TENSOR}  # node.attribute.t and initializer
MODEL: Fields = {7: GRAPH}
VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5  # kinds of fields


def check_structure(data: bytes, name: str) -> None:
    """CheckpointError where the file is no protocol buffer, or has too much structure."""
    try:
        _Walk(data).message(0, len(data), MODEL)
    except (IndexError, ValueError) as error:
        raise CheckpointError(
            f"{name} is not a whole ONNX file: it is damaged or was cut short."
        ) from error
    except OverflowError as error:
        raise CheckpointError(
            f"{name} holds more than {MAX_STRUCTURE // 2**20} MB beside its weights: export the "
            "model alone, with its weights as initializers."
        ) from error


class _Walk:
    """Counts the bytes that are structure; OverflowError as soon as they are too many."""

    def __init__(self, data: bytes):
        self.data, self.structure = data, 0

    def message(self, at: int, end: int, fields: Fields) -> None:
        while at < end:
            start = at
            key, at = self.varint(at, end)
            number, kind = key >> 3, key & 7
            if kind != BYTES:
                at = self.skipped(at, end, kind)
                self.count(at - start)
                continue
            length, at = self.varint(at, end)
            if length > end - at:
                raise ValueError("a field is longer than what is left")
            inner = fields.get(number, {})
            self.count(at - start + (length if number not in fields else 0))
            if number in fields and inner is not None:
                self.message(at, at + length, inner)
            at += length

    def skipped(self, at: int, end: int, kind: int) -> int:
        if kind == VARINT:
            return self.varint(at, end)[1]
        at += {FIXED_64: 8, FIXED_32: 4}.get(kind, end)  # others are no kinds of today
        if at > end:
            raise ValueError("a field is longer than what is left")
        return at

    def varint(self, at: int, end: int) -> tuple[int, int]:
        """A number of variable length, and where it ends."""
        value = 0
        for shift in range(0, 70, 7):
            if at >= end:
                break
            byte = self.data[at]
            value |= (byte & 127) << shift
            at += 1
            if byte < 128:
                return value, at
        raise ValueError("a number does not end")

    def count(self, size: int) -> None:
        self.structure += size
        if self.structure > MAX_STRUCTURE:
            raise OverflowError
