"""Anomaly lab with a model of molecules: does it tell other chemistry from its own?"""

import streamlit as st

from vae_explorer import figures
from vae_explorer.evaluation import anomaly_populations
from vae_explorer.evaluation.molecules import molecule_anomalies
from vae_explorer.evaluation.molecules.molecule_anomalies import SCORES, Comparison, Scored
from vae_explorer.ui import messages
from vae_explorer.ui.molecules import molecule_space, structures
from vae_explorer.ui.molecules.structures import Structure
from vae_explorer.ui.pages.anomalies import anomaly_charts, molecule_populations, score_controls
from vae_explorer.ui.session import registry

MOST, FEW = 8, 4  # molecules that are shown of a kind
TITLES = {name: about.title for name, about in SCORES.items()}
ABOUT = {name: f"{about.title}: {about.about}." for name, about in SCORES.items()}
LISTED = 5  # refusals that are quoted


def page() -> None:
    """The page."""
    st.markdown(
        "**Can this model tell chemistry that it was not made for?** Every molecule gets a score: "
        "the higher, the less it looks like what the model has learnt. Two of the scores ask no "
        "model at all: only what does better than these says something of the model."
    )
    with messages.guard():
        comparison = molecule_populations.compared(molecule_space.current())
        if comparison is not None:
            _say_refused(comparison)
            _show(comparison)


def _say_refused(comparison: Comparison) -> None:
    """Which anomalies the model cannot even read."""
    if not (count := len(comparison.refused)):
        return
    readable = len(comparison.anomalous.smiles)
    with st.expander(
        f"{count:,} of {count + readable:,} cannot be read at all, and have no score: that alone "
        "tells them apart"
    ):
        for sentence in comparison.refused[:LISTED]:
            messages.note(messages.plain(sentence))


@st.fragment
def _show(comparison: Comparison) -> None:
    """All that depends on the score and the threshold."""
    with messages.guard():
        left, right = st.columns([3, 2], gap="large")
        with left:
            name = score_controls.score(
                list(comparison.curves), TITLES, ABOUT, registry.MOLECULE_SCORE
            )
        with right:
            quantile = score_controls.quantile("the reference molecules")
        flagged = comparison.flagged(name, quantile / 100)
        normal, anomalous = (
            part.scores[name] for part in (comparison.normal, comparison.anomalous)
        )
        anomaly_charts.summary(comparison.curves[name], flagged, "molecule")
        if words := molecule_anomalies.verdict(comparison.curves, name):
            st.warning(words, icon=":material/lightbulb:")
        bins = figures.shared_bins(normal, anomalous)
        anomaly_charts.histogram(bins, TITLES[name], flagged, "molecule")
        st.markdown("**All scores on this comparison**")
        anomaly_charts.table(comparison.curves, name, TITLES)
        _molecules(comparison, name)
        messages.note(messages.plain(comparison.protocol))


def _molecules(comparison: Comparison, name: str) -> None:
    """The most anomalous ones, those most missed, and false alarms."""
    highest, lowest = anomaly_populations.highest, anomaly_populations.lowest
    for title, part, pick, count in (
        ("Most anomalous", comparison.anomalous, highest, MOST),
        ("Most missed: anomalies that look most normal", comparison.anomalous, lowest, FEW),
        ("Normal molecules with the highest scores", comparison.normal, highest, FEW),
    ):
        st.markdown(f"**{title}**")
        structures.show([_card(part, i, name) for i in pick(part.scores[name], count)], width=205)


def _card(part: Scored, index: int, name: str) -> Structure:
    smiles, out = part.smiles[index], part.out[index].smiles
    came_back = (
        f"comes back as no valid molecule: {part.out[index].text}"
        if out is None
        else "comes back the same"
        if out == smiles
        else f"comes back as {out}"
    )
    title = f"{part.scores[name][index]:.2f} {part.names[index]}".strip()
    return Structure(smiles, title, (smiles, came_back))
