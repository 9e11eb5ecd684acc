"""Generate with a model of molecules: a wall of what it writes at random points of the prior."""

from collections.abc import Sequence

import streamlit as st
from torch import Tensor

from vae_explorer.latent import generation, geometry
from vae_explorer.molecules import molecule_table
from vae_explorer.molecules.molecule_table import MoleculeTable
from vae_explorer.ui import messages
from vae_explorer.ui.molecules import molecule_downloads, molecule_space, property_words, structures
from vae_explorer.ui.molecules.molecule_space import MoleculeSpace
from vae_explorer.ui.molecules.structures import Structure
from vae_explorer.ui.pages.generate import molecule_filters, temperature, tile_seeds
from vae_explorer.ui.session import current_place, registry
from vae_explorer.ui.shared import page_links

COUNTS = (12, 24, 60, 120)
WIDTH = 168  # pixels of a molecule


def page() -> None:
    """The page."""
    with messages.guard():
        _live(molecule_space.current())


@st.fragment
def _live(molecules: MoleculeSpace) -> None:
    with messages.guard():
        count = _settings()
        seeds = tile_seeds.current(COUNTS[-1])
        tile_seeds.write_link(seeds)
        seeds = seeds[:count]
        z = temperature.current_temperature() * geometry.prior_samples(
            seeds, molecules.model.latent_dim
        )
        shown = molecules.components.of(z)
        table = molecules.table(shown)
        chosen = molecule_filters.choose(molecules)
        rows = chosen.rows(table)
        if chosen.some:
            st.markdown(f"**{len(rows)} of {len(seeds)}** molecules pass the filters.")
        _scores(molecules, table.part(rows))
        if not rows:
            st.info("None is left: widen a range, or take more samples.", icon=":material/science:")
            return
        seeds, part = [seeds[i] for i in rows], table.part(rows)
        _wall(seeds, part)
        _on_explore(molecules, seeds, part, shown[rows])
        molecule_downloads.show(
            part, [f"seed {seed}" for seed in seeds], {"seed": seeds}, "samples"
        )


def _settings() -> int:
    """How many, how far from the average, and other seeds."""
    buttons, heat = st.columns([7, 5], gap="large", vertical_alignment="bottom")
    registry.MOLECULE_COUNT.keep_among(COUNTS)
    with buttons, st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "New samples",
            icon=":material/casino:",
            key="new_samples",
            type="primary",
            help="Other seeds for all",
            on_click=_renew,
        )
        st.button(
            "Start again",
            icon=":material/restart_alt:",
            key="first_samples",
            help="The first seeds at temperature 1",
            on_click=_reset,
        )
        count = st.segmented_control(
            "Number of molecules",
            COUNTS,
            default=COUNTS[0],
            required=True,
            label_visibility="collapsed",
            **registry.MOLECULE_COUNT.widget,
        )
    with heat:
        temperature.temperature_slider()
    return count or COUNTS[0]


def _scores(molecules: MoleculeSpace, rows: MoleculeTable) -> None:
    """What is true of those that are shown, and of what it was measured against."""
    counts = molecule_table.tally(rows.smiles, frozenset(molecules.smiles))
    if not counts.total:
        return
    text = f"Of {counts.total} shown, {counts.valid} are valid molecules"
    text += f", {counts.different} of these different" if counts.valid else ""
    if counts.different:
        known = f"{len(molecules.smiles):,} encoded test molecules"
        text += f", and {counts.new} of the different ones are not among the {known}"
    messages.note(f"{text}.{_training_novelty(molecules)}")


def _training_novelty(molecules: MoleculeSpace) -> str:
    score = molecules.checkpoint.scores.get("novelty")
    if not isinstance(score, dict):
        return ""
    share = f"{score['value']:.1%}".replace("%", " %")
    return f" Not among the training molecules: {share} ({messages.plain(score['protocol'])})."


def _wall(seeds: Sequence[int], rows: MoleculeTable) -> None:
    cards = [
        Structure(smiles, f"#{seed}", (text,))
        if smiles is None
        else Structure(smiles, f"#{seed}", (property_words.line(values),))
        for seed, text, smiles, values in zip(seeds, *rows, strict=True)
    ]
    structures.show(cards, width=WIDTH)
    messages.note(
        "Behind #, the seed: the same seed is the same sample. " + property_words.EXPLAINED
    )


def _on_explore(
    molecules: MoleculeSpace, seeds: Sequence[int], rows: MoleculeTable, places: Tensor
) -> None:
    """A way to one of them in the live view."""
    registry.SAMPLE_CHOSEN.keep_among(seeds)
    names = dict(zip(seeds, rows.texts, strict=True))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = st.selectbox(
            "One of them",
            seeds,
            format_func=lambda seed: f"#{seed}: {names[seed]}",
            **registry.SAMPLE_CHOSEN.widget,
        )
        page_links.button(
            "Show it on Explore",
            "explore",
            "sample_on_explore",
            current_place.go_to,
            *(molecules.space, places[seeds.index(seed)]),
            icon=":material/explore:",
        )


def _renew() -> None:
    count = registry.MOLECULE_COUNT.get() or COUNTS[0]
    registry.SEEDS.put(generation.renewed_seeds(tile_seeds.current(COUNTS[-1]), set(), count))


def _reset() -> None:
    registry.SEEDS.put(list(range(COUNTS[-1])))
    temperature.keep(1.0)
