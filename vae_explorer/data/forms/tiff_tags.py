"""The directories of TIFF files, which EXIF uses as well: how much of them may be read.

Pillow reads whatever tables a directory names, however long.
"""

import struct

MAX_OFFSETS = 1 << 16  # of a TIFF's strips or tiles
TIFF_TYPE_BYTES = {3: 2, 8: 2, 4: 4, 9: 4, 11: 4, 13: 4, 5: 8, 10: 8, 12: 8, 16: 8}


def check_tags(data: bytes, start: int = 0) -> None:
    """OSError if the first directory of a TIFF in `data` is not to be read, see below."""
    order, large = "<" if data[start] == ord("I") else ">", b"+" in data[start + 2 : start + 4]
    offset = struct.unpack_from(order + ("Q" if large else "I"), data, start + (8 if large else 4))
    check_directory(data, start + offset[0], order, large)


def check_directory(data: bytes, position: int, order: str, large: bool) -> None:
    """OSError if a directory of a TIFF has long tables, or names more than the file holds.

    `order` is struct's, < or >; `large` says that it is a BigTIFF.
    """
    count, form = ("Q", "HHQQ") if large else ("H", "HHII")
    if position + 8 > len(data):
        return  # nothing there, or no TIFF
    (entries,) = struct.unpack_from(order + count, data, position)
    position, step, total = position + struct.calcsize(count), struct.calcsize(order + form), 0
    for at in range(position, min(position + entries * step, len(data) - step + 1), step):
        _, kind, count, _ = struct.unpack_from(order + form, data, at)
        total += count * TIFF_TYPE_BYTES.get(kind, 1)
        if total > 2 * len(data) + 1000 or (kind in TIFF_TYPE_BYTES and count > MAX_OFFSETS):
            raise OSError("too many values")


def has_more_pages(data: bytes) -> bool:
    """Whether a second directory follows the first one of a TIFF."""
    order, large = "<" if data[:1] == b"I" else ">", b"+" in data[2:4]
    offset, count, entry = ("Q", "Q", 20) if large else ("I", "H", 12)
    try:
        (start,) = struct.unpack_from(order + offset, data, 8 if large else 4)
        (entries,) = struct.unpack_from(order + count, data, start)
        place = start + struct.calcsize(order + count) + entries * entry
        return struct.unpack_from(order + offset, data, place)[0] != 0
    except struct.error:
        return False
