"""Ways to bring a molecule, each through one door: a text, a well-known one, a test one, a file."""

import streamlit as st

from vae_explorer.errors import DataError
from vae_explorer.evaluation.molecules import molecule_reconstruction
from vae_explorer.evaluation.molecules.molecule_reconstruction import Table
from vae_explorer.models.molecules import in_smiles
from vae_explorer.molecules import chemistry, moses, moses_filter
from vae_explorer.molecules.example_molecules import EXAMPLES
from vae_explorer.ui import messages
from vae_explorer.ui.molecules import molecule_upload
from vae_explorer.ui.molecules.molecule_space import MoleculeSpace
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.work.progress_cache import once
from vae_explorer.ui.session.work.wire import Task
from vae_explorer.ui.shared import widgets


def typed(molecules: MoleculeSpace) -> str | None:
    """The text in the field, as RDKit writes it; None, and a sentence, where it cannot be used."""
    if registry.NEXT_SMILES.is_set:
        registry.SMILES.put(registry.NEXT_SMILES.take())
    text = st.text_input(
        "SMILES",
        EXAMPLES["aspirin"],
        help="A molecule as text: CCO is alcohol, c1ccccc1 benzene. From any drawing program or "
        "PubChem: copy as SMILES, and paste.",
        **registry.SMILES.widget,
    )
    if not text.strip():
        messages.note("Paste a SMILES, or type one: CCO is alcohol, c1ccccc1 benzene.")
        return None
    smiles = chemistry.usable(text)
    _say_written(text, smiles)
    objection = in_smiles.objection(molecules.model, smiles)
    if not objection:
        return smiles
    messages.failed(objection)
    _offer_flat(molecules, smiles)
    return None


def _offer_flat(molecules: MoleculeSpace, smiles: str) -> None:
    """Where only its stereochemistry stands against a molecule: take it without, if asked."""
    flat = chemistry.without_stereo(smiles)
    if flat != smiles and not in_smiles.objection(molecules.model, flat):
        st.button(
            "Take it without stereochemistry",
            key="flat_molecule",
            on_click=registry.NEXT_SMILES.put,
            args=(flat,),
        )


def _say_written(text: str, smiles: str) -> None:
    """What the door did."""
    given = text.strip()
    if given != smiles:
        shown = messages.plain(given[:200])
        messages.note(f"Written as RDKit writes it: from {shown} to {messages.plain(smiles)}.")


def named(molecules: MoleculeSpace) -> str | None:
    """A well-known molecule, and whether the model's training set can have such."""
    registry.NAMED_MOLECULE.keep_among(EXAMPLES)
    name = st.selectbox("Molecule", list(EXAMPLES), **registry.NAMED_MOLECULE.widget)
    name = name if name in EXAMPLES else next(iter(EXAMPLES))
    smiles = chemistry.usable(EXAMPLES[name])
    if molecules.checkpoint.dataset == moses.NAME:
        _say_moses(name, smiles)
    if objection := in_smiles.objection(molecules.model, smiles):
        raise DataError(objection)
    return smiles


def _say_moses(name: str, smiles: str) -> None:
    reasons = moses_filter.objections(smiles)
    if reasons:
        messages.note(
            f"This model was trained on MOSES and has never seen {name}: "
            f"{messages.plain('; '.join(reasons))}."
        )
    else:
        messages.note(f"{name.capitalize()} is of the kind that MOSES, its training set, holds.")


def test_molecule(molecules: MoleculeSpace) -> str | None:
    """One of the encoded test molecules, by its number."""
    last = len(molecules.smiles) - 1
    if not 0 <= (registry.TEST_MOLECULE.get(0) or 0) <= last:
        registry.TEST_MOLECULE.put(0)
    number = st.number_input(
        f"Test molecule, 0 to {last:,}", 0, last, **registry.TEST_MOLECULE.widget
    )
    return str(chemistry.canonical(molecules.smiles[int(number)]))


def file(molecules: MoleculeSpace) -> None:
    """A file of molecules: what comes back of each, as a table."""
    given = molecule_upload.choose(registry.MOLECULE_FILE)
    if given is None:
        return
    checkpoint = molecules.checkpoint
    table: Table = once(
        "molecules",
        (checkpoint.sha256, given.key),
        f"Reading {given.name}",
        Task(molecule_reconstruction.table, (molecules.model, given.rows)),
    )
    _show(table, checkpoint.name)


def _show(table: Table, model: str) -> None:
    st.markdown(f"**{table.same:,} of {len(table.lines):,} molecules came back the same**")
    for sentence in table.notes:
        messages.note(messages.plain(sentence))
    st.dataframe(
        [line.cells() for line in table.lines],
        hide_index=True,
        column_config={
            "similarity": st.column_config.NumberColumn(format="%.2f"),
            "kl_nats": st.column_config.NumberColumn("KL, nats", format="%.1f"),
        },
    )
    messages.note(
        "Similarity: the share of fingerprint bits in common (Tanimoto); empty where no valid "
        "molecule came back, which is shown as the model wrote it."
    )
    widgets.download(
        "Table (CSV)",
        lambda: table.csv().encode(),
        f"{model}-molecules.csv",
        "text/csv",
        "save_molecules",
    )
