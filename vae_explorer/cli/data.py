"""Commands about anybody's pictures: what a data set holds, what a model says of pictures."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import tyro
from numpy import ndarray
from typing_extensions import Doc

from vae_explorer import figures
from vae_explorer.cli import molecules
from vae_explorer.cli.arguments import (
    CheckpointPath,
    label_of,
    load_model,
    read_picture,
    write_file,
)
from vae_explorer.cli.output.progress import StageBars
from vae_explorer.config import ReadingChoice
from vae_explorer.data import datasets, splits, uploads
from vae_explorer.data.contact_sheet import contact_sheet
from vae_explorer.data.forms.door import read_form
from vae_explorer.data.forms.picture_file import PICTURE_ENDINGS
from vae_explorer.data.forms.raw_data import PictureSequence
from vae_explorer.data.handwriting.preprocessing import Prepared
from vae_explorer.data.reading import Reading
from vae_explorer.errors import ExportError
from vae_explorer.export import encoded_pictures
from vae_explorer.export.encoded_pictures import NamedPicture
from vae_explorer.molecule_config import MoleculeConfig
from vae_explorer.molecules import molecule_sets

STACK_ENDINGS = {".tif", ".tiff"}  # may hold many pages
SHEET_PIXELS = 900  # width, about, that a contact sheet is enlarged to


def data(
    action: Annotated[Literal["show"], tyro.conf.Positional, Doc("what to do")],
    source: Annotated[
        str,
        tyro.conf.Positional,
        Doc("a data set by name, or the path of a folder or file; of molecules too"),
    ],
    *,
    reading: Annotated[ReadingChoice, Doc("how pictures shall be read")] = datasets.FOUND,
    column: Annotated[str, Doc("of a table of molecules: which one has the SMILES")] = "",
    out: Annotated[Path | None, Doc("PNG file for a sheet of what the model will see")] = None,
) -> None:
    """Say what a data set holds and how its pictures are read, before anything is trained on it."""
    if column or molecule_sets.is_called(source):
        molecules.show_data(source, column, out)
        return
    dataset = datasets.load_dataset(source, choice=reading)
    print("\n".join(splits.describe(dataset)))
    if out is not None:
        sheet = contact_sheet(dataset)
        write_file(out, figures.png(sheet, max(1, round(SHEET_PIXELS / sheet.shape[1]))))


def encode(
    checkpoint: CheckpointPath,
    pictures: Annotated[
        list[str],
        tyro.conf.Positional,
        Doc(
            "picture files, or data of any form: folders, zips, arrays, tables, names of sets; for "
            "a model of molecules SMILES, or files of them"
        ),
    ],
    *,
    csv: Annotated[Path, Doc("table to write: .csv, or .parquet")] = Path("codes.csv"),
    label: Annotated[int | None, Doc("class, for a conditional model, where none is known")] = None,
) -> None:
    """Write the codes of pictures into a table: mu, sigma, nats and anomaly scores of each."""
    if csv.suffix.lower() not in (".csv", ".parquet"):
        raise ExportError(f"{csv} must end in .csv or .parquet.")
    model = load_model(checkpoint, molecules=True)
    if isinstance(model.config, MoleculeConfig):
        molecules.encode(model, pictures, csv)
        return
    if label is not None:
        label_of(model, label)
    found = [p for source in pictures for p in _pictures_of(source, model.picture_reading)]
    with StageBars() as progress:
        table = encoded_pictures.encode(
            model, found, label, lambda share: progress("encoding", share)
        )
    for name, reason in table.refused[:1]:
        print(f"{len(table.refused):,} could not be used, such as {name}: {reason}")
    print(f"{len(table.names):,} pictures, {len(table.columns()):,} columns")
    write_file(csv, table.csv() if csv.suffix.lower() == ".csv" else table.parquet())


def _pictures_of(source: str, reading: Reading) -> list[NamedPicture]:
    """The pictures of a data set by name, of one picture file, or of data of any form."""
    path = Path(source).expanduser()
    one_page = path.suffix.lower() in PICTURE_ENDINGS - STACK_ENDINGS
    if one_page and source not in datasets.SOURCES and not path.is_dir():
        return [NamedPicture(source, None, partial(_read_file, path, reading))]
    named = source in datasets.SOURCES
    raw, read = (
        (datasets.raw_data(source), uploads.read_as_trained)
        if named
        else (read_form(path), uploads.read_values)
    )
    return [
        NamedPicture(
            f"{source}/{part.names[index] if part.names else f'{split}[{index}]'}",
            raw.classes[label] if len(raw.classes) > 1 else None,
            partial(_read_stored, part.pictures, index, partial(read, reading=reading)),
        )
        for split, part in raw.splits.items()
        for index, label in enumerate(part.labels.tolist())
    ]


def _read_file(path: Path, reading: Reading) -> Prepared:
    return uploads.read_one(read_picture(path), reading)


def _read_stored(
    pictures: PictureSequence, index: int, read: Callable[[ndarray], Prepared]
) -> Prepared:
    return read(pictures[index])
