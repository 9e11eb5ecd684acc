"""Compare with a model of molecules: the same molecules through several, and every score."""

import streamlit as st

from vae_explorer.evaluation.molecules import molecule_comparison, molecule_reconstruction
from vae_explorer.evaluation.molecules.molecule_reconstruction import Line, Table
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.molecules.molecule_vae import MoleculeVAE
from vae_explorer.molecules import chemistry
from vae_explorer.molecules.files.rows import Row as FileRow
from vae_explorer.training.runs.model_library import list_models
from vae_explorer.ui import messages
from vae_explorer.ui.components import score_table
from vae_explorer.ui.molecules import structures
from vae_explorer.ui.molecules.structures import Structure
from vae_explorer.ui.session import model_cache, model_selection, registry
from vae_explorer.ui.session.work.progress_cache import once
from vae_explorer.ui.session.work.wire import Task
from vae_explorer.ui.shared import widgets

MOST = 4  # models beside each other
SHOWN = 4  # molecules that are put through all of them


def page() -> None:
    """The page."""
    with messages.guard():
        chemistry.require()
        titles = model_selection.titles_of(molecules=True)
        models = {titles[key]: _load(key) for key in _choose(titles)}
        if models:
            _same_molecules(models)
        _table(titles, models)


def _choose(titles: dict[str, str]) -> list[str]:
    current = model_selection.chosen()
    first = [key for key in (current, *titles) if key in titles]
    return st.multiselect(
        "Models",
        list(titles),
        default=list(dict.fromkeys(first))[:MOST],
        format_func=titles.__getitem__,
        max_selections=MOST,
        placeholder="Choose models of molecules",
        **registry.MOLECULE_MODELS.widget,
    )


def _load(key: str) -> Checkpoint:
    """A model by its key; CheckpointError where it is gone or damaged."""
    added = model_selection.uploaded().get(key)
    if added is not None:
        return added
    entries = {entry.key: entry for entry in list_models()}
    return model_cache.load(entries[key])


@st.fragment
def _same_molecules(models: dict[str, Checkpoint]) -> None:
    """Test molecules that all of these keep, in and out."""
    with messages.guard():
        st.markdown("**The same test molecules, in and out**")
        shared = molecule_comparison.shared_molecules(list(models.values()))
        if not shared:
            messages.note("These models keep no test molecule in common: choose others.")
            return
        start = registry.MOLECULES_TURNED.get(0) * SHOWN % len(shared)
        few = shared[start : start + SHOWN]
        cards = [Structure(text, f"{n}: in", (text,)) for n, text in enumerate(few, 1)]
        structures.show(cards, width=205)
        for title, checkpoint in models.items():
            _row(title, _reconstructed(checkpoint, tuple(few)))
        st.button(
            "Other molecules",
            icon=":material/refresh:",
            on_click=_turn,
            key="other_molecules_shown",
        )
        messages.note(
            "Each is decoded from the posterior mean, likeliest tokens. Similarity is the share of "
            "fingerprint bits in common with the molecule above (Tanimoto)."
        )


def _turn() -> None:
    registry.MOLECULES_TURNED.put(registry.MOLECULES_TURNED.get(0) + 1)


def _reconstructed(checkpoint: Checkpoint, smiles: tuple[str, ...]) -> Table:
    model = checkpoint.model
    assert isinstance(model, MoleculeVAE)
    rows = [FileRow(text, "", number) for number, text in enumerate(smiles)]
    return once(
        "compared_molecules",
        (checkpoint.sha256, smiles),
        f"Decoding with {checkpoint.name}",
        Task(molecule_reconstruction.table, (model, rows)),
    )


def _row(title: str, table: Table) -> None:
    st.markdown(f"**{messages.plain(title)}**: {table.same} of {len(table.lines)} the same")
    cards = [
        Structure(line.out.smiles, f"{n}: {_outcome(line)}", (line.out.smiles or line.out.text,))
        for n, line in enumerate(table.lines, 1)
    ]
    structures.show(cards, width=205)


def _outcome(line: Line) -> str:
    if line.similarity is None:
        return "out"
    return "the same" if line.same else f"similarity {line.similarity:.2f}"


def _table(titles: dict[str, str], chosen: dict[str, Checkpoint]) -> None:
    """All models of molecules and published figures with all scores."""
    with st.spinner("Reading all models …"):
        rows = [
            molecule_comparison.row(title, chosen.get(title) or _load(key))
            for key, title in titles.items()
        ]
    shown = [*rows, *molecule_comparison.REFERENCES]
    st.markdown("**All models of molecules**, and published figures")
    columns = molecule_comparison.COLUMNS
    score_table.show(shown, key="molecule_scores", chosen=set(chosen), columns=columns)
    messages.note(
        "Bold: the best of one data set among those measured in the same way. Scroll for more "
        "scores; a click on a figure shows how it was measured, on a title sorts by it. Published "
        "figures have protocols of their own, which stand there too."
    )
    with st.expander("What each score is, and how it was measured"):
        for name, protocols in molecule_comparison.protocols(shown).items():
            about = messages.plain(columns.about[name])
            lines = [
                f"- {messages.plain(how)} ({messages.plain(', '.join(names))})"
                for how, names in protocols.items()
            ]
            st.markdown(f"**{columns.titles[name]}**: {about}\n" + "\n".join(lines))
    widgets.download(
        "Table (CSV)",
        lambda: molecule_comparison.to_csv(shown).encode(),
        "molecule-models.csv",
        "text/csv",
        "save_molecule_scores",
    )
