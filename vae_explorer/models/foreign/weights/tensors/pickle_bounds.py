"""What a file of PyTorch may hold before torch's weights-only reader is let at it.

That reader unpickles no objects; what it does not bound is bounded here: which names a pickle may
call, and how much memory its entries and storages take.
"""

import io
import pickletools
import re
import zipfile

NAMING = {"GLOBAL", "STACK_GLOBAL", "INST"}  # opcodes of a pickle that name classes and functions
PLAIN = re.compile(  # all that tensors and plain values beside them are made of
    r"collections OrderedDict|torch [A-Za-z0-9]+Storage|torch (Size|device|b?float\d+|int\d+|bool)|"
    r"torch\._utils _rebuild_(tensor|tensor_v2|parameter)"
)
NUMBERS = {"BININT", "BININT1", "BININT2", "LONG1", "INT", "LONG"}
BETWEEN = {"NONE", "TUPLE", "BINPUT", "LONG_BINPUT", "PUT", "MEMOIZE"}  # a length and its storage
LEGACY_PICKLES = 5  # magic number, protocol, system, content, keys of storages


class NotPlainError(ValueError):
    """A pickle names what is no part of plain tensors: an object of somebody's class."""

    def __init__(self, name: str):
        super().__init__(f"{name} is no part of plain tensors")
        self.name = name.replace(" ", ".")[:80]


def check_zip(archive: zipfile.ZipFile, most: int) -> None:
    """ValueError unless what is unpacked is as long as what is stored, and plain tensors alone."""
    entries = archive.infolist()
    packed = any(entry.compress_type != zipfile.ZIP_STORED for entry in entries)
    if packed or sum(entry.file_size for entry in entries) > most:
        raise ValueError("its entries are longer than the file")
    for entry in entries:
        name = entry.filename.lower()  # torch finds entries by either case
        if re.search(r"/data/.*\D", name):
            raise ValueError("a storage is called by letters: it may be read once a spelling")
        if name.endswith("data.pkl"):
            _check_names(io.BytesIO(archive.read(entry)))


def check_legacy(data: bytes) -> None:
    """The same for a file as PyTorch wrote it before 1.6; no storage is longer than the file."""
    file = io.BytesIO(data)
    for _ in range(LEGACY_PICKLES):
        _check_names(file, len(data))


def _check_names(file: io.BytesIO, longest: int | None = None) -> None:
    """ValueError where the next pickle of a file calls by a name what is not PLAIN.

    With `longest`, also where a storage is not plainly said to have at most so many numbers.
    """
    length: int | None = None  # a number with nothing behind it but what ends a storage
    for opcode, value, _ in pickletools.genops(file):
        if opcode.name in NAMING and not PLAIN.fullmatch(str(value)):
            raise NotPlainError(str(value or "a name put together"))
        if opcode.name == "BINPERSID" and longest is not None and not 0 <= (length or 0) <= longest:
            raise ValueError("a storage is longer than the file")
        if opcode.name == "BINPERSID" and longest is not None and length is None:
            raise ValueError("a storage does not say its length")
        if opcode.name in NUMBERS:
            length = int(value or 0)
        elif opcode.name not in BETWEEN:
            length = None
