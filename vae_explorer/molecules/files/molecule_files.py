"""The door for files of molecules: untrusted bytes -> rows of text, or one sentence.

A table (.csv, .tsv) with the SMILES in one column, a .smi or .txt with a SMILES and perhaps a name
in each line, or structures (.sdf, .mol); any of them as .gz. What is a molecule, `molecule_sets`
asks. Whatever was found out, converted or left unread is said in the notes.
"""

import gzip
import io
import zlib
from pathlib import Path

from vae_explorer.errors import DataError
from vae_explorer.molecules.files import lines, structures, tables
from vae_explorer.molecules.files.rows import MoleculeFile

TABLE_ENDINGS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
LINE_ENDINGS = {".smi", ".smiles", ".ism", ".can", ".cxsmiles", ".txt"}
STRUCTURE_ENDINGS = {".sdf", ".sd", ".mol"}
ENDINGS = (*TABLE_ENDINGS, *sorted(LINE_ENDINGS), *sorted(STRUCTURE_ENDINGS))
PEEKED = 10_000  # bytes that a heading is looked for in
MAX_BYTES = 2**28  # of a file's text
WANTED = "bring SMILES as .smi, .txt, .csv or .tsv, or structures as .sdf"
MAX_ROWS = 3_000_000  # of a file: minutes of reading
OTHERS = {
    ".mol2": "a MOL2 file",
    ".pdb": "a PDB file, which does not say how atoms are bound",
    ".ent": "a PDB file, which does not say how atoms are bound",
    ".xyz": "coordinates alone, which do not say how atoms are bound",
    ".cif": "a crystal structure",
    ".rxn": "a reaction",
    ".rdf": "reactions",
    ".cdx": "a drawing of ChemDraw",
    ".cdxml": "a drawing of ChemDraw",
    ".inchi": "InChI",
    ".xlsx": "a spreadsheet: save it as .csv",
    ".xls": "a spreadsheet: save it as .csv",
    ".parquet": "a Parquet table: save it as .csv",
    ".json": "JSON",
    ".zip": "an archive: unpack it first",
}


def is_molecule_file(path: Path) -> bool:
    """Whether a file's name says that molecules may be in it."""
    return ending(path) in ENDINGS


def ending(path: Path) -> str:
    """Of a file's name, in small letters, .gz left out."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def refusal(name: str) -> str:
    """Why a file of this name is not taken, and what to bring, in a sentence; "" if it is."""
    kind = ending(Path(name))
    if kind in ENDINGS:
        return ""
    about = OTHERS.get(kind, "of no kind that is read here")
    return f"{Path(name).name} is {about}; {WANTED}."


def read_file(path: Path, column: str = "") -> MoleculeFile:
    """The rows of a file; DataError where it has none or cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    return read_bytes(data, path.name, column)


def has_smiles(path: Path) -> bool:
    """Whether a table has a column that is called SMILES; no if it cannot be read."""
    try:
        with (gzip.open if path.suffix.lower() == ".gz" else open)(path, "rb") as file:
            first = str(file.read(PEEKED), "utf-8", "replace")
    except (OSError, EOFError, zlib.error):
        return False
    return "smiles" in next(iter(first.lstrip().splitlines()), "").lower()


def read_bytes(data: bytes, name: str, column: str = "") -> MoleculeFile:
    """The same of a file's content."""
    if said := refusal(name):
        raise DataError(said)
    text, notes = _decoded(_unpacked(data, name), name)
    read = read_text(text, name, column)
    return read._replace(notes=(*notes, *read.notes))


def text_of(data: bytes, name: str) -> str:
    """The text of a file, unpacked where its first bytes say gzip; DataError."""
    return _decoded(_unpacked(data, name), name)[0]


def _unpacked(data: bytes, name: str) -> bytes:
    """What a gzip holds, or the content as it is; DataError where it is damaged or too much."""
    if data[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(data)) as packed:
                data = packed.read(MAX_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"{name} is damaged: it cannot be unpacked.") from error
    if len(data) > MAX_BYTES:
        raise DataError(f"{name} holds more than {MAX_BYTES // 2**20} MB of text: split it.")
    return data


def _decoded(data: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """Bytes as text, and what was found out about it; DataError where they are none."""
    try:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return _plain(data.decode("utf-16"), name), (f"{name} was read as UTF-16.",)
        return _plain(data.decode("utf-8-sig"), name), ()
    except UnicodeDecodeError as error:
        try:
            text = _plain(data.decode("cp1252"), name)
        except UnicodeDecodeError:
            raise DataError(f"{name} is not text: {WANTED}.") from error
    return text, (f"{name} is not UTF-8 and was read as Windows-1252: look at the names.",)


def _plain(text: str, name: str) -> str:
    """A text without control characters; DataError."""
    if any(chr(code) in text for code in (*range(9), *range(14, 27))):
        raise DataError(f"{name} is not text: {WANTED}.")
    return text


def read_text(text: str, name: str, column: str = "") -> MoleculeFile:
    """The rows of a file's text; `column` names the one with SMILES, of a table. DataError."""
    if not text.strip():
        raise DataError(f"{name} is empty: {WANTED}.")
    kind = ending(Path(name))
    if kind in STRUCTURE_ENDINGS:
        read = structures.read(text, name)
    elif kind in TABLE_ENDINGS:
        read = tables.read(text, name, TABLE_ENDINGS[kind], column)
    else:
        read = lines.read(text, name, column)
    if not read.rows:
        raise DataError(f"{name} has a heading, but no molecule below it.")
    if len(read.rows) > MAX_ROWS:
        raise DataError(
            f"{name} has {len(read.rows):,} rows, at most {MAX_ROWS:,} are read: give a part of it."
        )
    return read
