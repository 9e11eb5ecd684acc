"""A TIFF of many pages, as microscopes write them: each page a picture.

Pillow reads the pages; how many there are, and the tables of each, are bounded before.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from numpy import ndarray
from PIL import Image

from vae_explorer.data import image_decoding
from vae_explorer.data.forms import tiff_tags
from vae_explorer.data.forms.picture_file import values_of
from vae_explorer.data.forms.raw_data import ALL, RawData, RawSplit, coded
from vae_explorer.errors import DataError, UploadError

TIFF_MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
MAX_STACK_MEGABYTES = 1000
MAX_PAGES = 5000
MAX_STACK_MEGAPIXELS = 1000  # of all pages together


def read_tiff_form(file: BinaryIO, name: str) -> RawData:
    """The pages of a TIFF file as a data set without labels. DataError."""
    data = file.read(MAX_STACK_MEGABYTES * 1_000_000 + 1)
    if len(data) > MAX_STACK_MEGABYTES * 1_000_000:
        raise DataError(f"{name} is larger than {MAX_STACK_MEGABYTES:,} MB: cut it into several.")
    count = _count_pages(data, name)
    pages: list[ndarray] = []
    try:
        pages += _pages(data, count, name)
    except DataError:
        raise
    except UploadError as error:
        reason = str(error).partition(":")[0].rstrip(".")
        raise DataError(f"page {len(pages) + 1} of {name} cannot be read ({reason}).") from error
    except Exception as error:  # Pillow promises no type
        raise DataError(f"{name} is damaged after page {len(pages)}: save it anew.") from error
    codes, classes = coded({ALL: None}, {ALL: len(pages)}, name.rpartition(".")[0] or name)
    names = [f"page {number}" for number in range(1, len(pages) + 1)]
    return RawData({ALL: RawSplit(pages, codes[ALL], names)}, classes, [])


def _count_pages(data: bytes, name: str) -> int:
    """How many directories follow each other; DataError where they are too many or damaged."""
    order, large = "<" if data[:1] == b"I" else ">", data[2:4] in (b"+\0", b"\0+")
    offset, count, entry = ("Q", "Q", 20) if large else ("I", "H", 12)
    place, seen = 8 if large else 4, set()
    try:
        while start := struct.unpack_from(order + offset, data, place)[0]:
            if start in seen:
                raise ValueError("directories in a circle")
            seen.add(start)
            if len(seen) > MAX_PAGES:
                raise DataError(
                    f"{name} has more than {MAX_PAGES:,} pages: cut it into several stacks."
                )
            tiff_tags.check_directory(data, start, order, large)
            (entries,) = struct.unpack_from(order + count, data, start)
            place = start + struct.calcsize(order + count) + entries * entry
    except (struct.error, ValueError, OSError, OverflowError) as error:
        raise DataError(f"{name} is damaged after page {len(seen)}: save it anew.") from error
    return len(seen)


def _pages(data: bytes, count: int, name: str) -> Iterator[ndarray]:
    """The values of each page, one after the other."""
    file = image_decoding.LimitedFile(data)
    file.reads *= count
    file.bytes *= 2
    pixels = 0
    with Image.open(file, formats=["TIFF"]) as picture:
        for page in range(count):
            picture.seek(page)
            pixels += picture.width * picture.height
            if pixels > MAX_STACK_MEGAPIXELS * 1_000_000:
                raise DataError(
                    f"{name} has more than {MAX_STACK_MEGAPIXELS:,} megapixels in its {count:,} "
                    "pages: cut it into several stacks, or make the pages smaller."
                )
            yield values_of(image_decoding.load_checked(picture, data))
