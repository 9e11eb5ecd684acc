"""Which molecules count as normal and which as anomalies, and their comparison, made once."""

from typing import NamedTuple

import streamlit as st

from vae_explorer.evaluation.molecules import molecule_anomalies
from vae_explorer.evaluation.molecules.molecule_anomalies import MAX_MOLECULES, Comparison
from vae_explorer.molecules import moses
from vae_explorer.molecules.example_molecules import OTHER_CHEMISTRY
from vae_explorer.ui import messages
from vae_explorer.ui.molecules import molecule_upload
from vae_explorer.ui.molecules.molecule_space import MoleculeSpace
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.work.kept import kept
from vae_explorer.ui.session.work.progress_cache import once
from vae_explorer.ui.session.work.wire import Task

SEED = 0
BUILT_IN, SCAFFOLDS, FILE = "Other chemistry", "Scaffolds that MOSES left out", "A file of mine"


class Molecules(NamedTuple):
    """Molecules as they were given."""

    key: str  # that a cache knows them by
    smiles: tuple[str, ...]
    names: tuple[str, ...]
    about: str


def compared(molecules: MoleculeSpace) -> Comparison | None:
    """Both sets, compared; None where none is given yet."""
    anomalous = _anomalous()
    if anomalous is None:
        return None
    reference, normal, about = _normal(molecules)
    messages.note(f"{about} Anomalies: {anomalous.about}.")
    task = Task(
        molecule_anomalies.compare,
        (molecules.model, reference, normal, anomalous.smiles, anomalous.names),
        {"about": f"{about} Anomalies: {anomalous.about}.", "seed": SEED},
    )
    key = (molecules.checkpoint.sha256, anomalous.key, about, SEED)
    return once("molecule_anomalies", key, "Scoring", task)


def _normal(molecules: MoleculeSpace) -> tuple[list[str], list[str], str]:
    """Reference and normal molecules, and what they are in sentences."""
    if molecules.checkpoint.dataset == moses.NAME and moses.available():
        both, origin = list(_moses("test", 2 * MAX_MOLECULES)), "MOSES' test molecules"
        caution = ""
    else:
        both = molecule_anomalies.sample(molecules.smiles, 2 * MAX_MOLECULES, SEED)
        origin = "the model's encoded test molecules"
        caution = (
            " Those are the first of their file: where it is sorted they are more alike than "
            "others, and distances look better than they are."
        )
    reference, normal = molecule_anomalies.halves(both)
    about = (
        f"Reference: {len(reference):,} of {origin}, drawn with seed {SEED}. Normal: "
        f"{len(normal):,} others of them.{caution}"
    )
    return reference, normal, about


@kept(8, title="Reading MOSES …")
def _moses(split: str, count: int) -> tuple[str, ...]:
    """So many molecules of a split of MOSES."""
    return tuple(molecule_anomalies.sample(moses.read_split(split), count, SEED))


def _anomalous() -> Molecules | None:
    """The molecules that count as anomalies, as chosen."""
    offered = (BUILT_IN, SCAFFOLDS, FILE)
    registry.OTHER_MOLECULES.keep_among(offered)
    chosen = st.segmented_control(
        "Which molecules count as anomalies?",
        offered,
        default=BUILT_IN,
        required=True,
        **registry.OTHER_MOLECULES.widget,
    )
    if chosen == SCAFFOLDS:
        return _scaffolds()
    return _of_file() if chosen == FILE else _built_in()


def _built_in() -> Molecules:
    known = [each for group in OTHER_CHEMISTRY.values() for each in group]
    return Molecules(
        BUILT_IN,
        tuple(each.smiles for each in known),
        tuple(each.name for each in known),
        f"{len(known)} molecules of another kind, written down from textbooks, without stereo "
        f"({', '.join(OTHER_CHEMISTRY)})",
    )


def _scaffolds() -> Molecules | None:
    if not moses.available():
        st.info(
            "MOSES is not on this machine, and with it its scaffold test set: molecules whose "
            "rings and linkers none of its training molecules has. To get it: vae-explorer "
            f"download moses ({moses.WHEEL_BYTES / 1e6:.0f} MB). The other chemistry needs no "
            "download.",
            icon=":material/database_off:",
        )
        return None
    smiles = _moses("test_scaffolds", MAX_MOLECULES)
    return Molecules(
        SCAFFOLDS,
        smiles,
        ("",) * len(smiles),
        f"{len(smiles):,} of MOSES' scaffold test molecules, drawn with seed {SEED}: their rings "
        "and linkers no training molecule of MOSES has",
    )


def _of_file() -> Molecules | None:
    given = molecule_upload.choose(registry.OTHER_MOLECULES_FILE)
    if given is None:
        return None
    rows = given.rows
    few = rows[:MAX_MOLECULES]
    cut = f", the first of {len(rows):,}" if len(rows) > len(few) else ""
    return Molecules(
        given.key,
        tuple(row.text for row in few),
        tuple(row.name for row in few),
        f"{len(few):,} rows of {given.name}{cut}",
    )
