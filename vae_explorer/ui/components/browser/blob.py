"""Arrays and a header as one block of bytes, as the browser's unpack.js reads it."""

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

KINDS = ("f4", "f2", "u1", "u2", "i4")


def pack(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Pack little-endian: uint32 header length | JSON header | the arrays, each padded to 4 bytes.

    The header gets an entry `arrays`: name -> [kind, length, offset behind the header]. Raises
    ValueError where an array is none of `KINDS`.
    """
    table, parts, offset = {}, [], 0
    for name, array in arrays.items():
        kind = array.dtype.str.lstrip("<|=")
        if kind not in KINDS:
            raise ValueError(f"{name} must be one of {', '.join(KINDS)}, got {array.dtype}")
        table[name] = [kind, array.size, offset]
        part = np.ascontiguousarray(array).astype(f"<{kind}", copy=False).tobytes()
        parts.append(part + b"\0" * (-len(part) % 4))
        offset += len(parts[-1])
    text = json.dumps({**header, "arrays": table}).encode()
    text += b" " * (-len(text) % 4)
    return b"".join([struct.pack("<I", len(text)), text, *parts])
