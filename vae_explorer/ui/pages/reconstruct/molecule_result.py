"""What a model makes of one molecule: in and out, the posterior, where it lies in the cloud."""

from collections import Counter

import streamlit as st

from vae_explorer.evaluation.molecules import molecule_reconstruction
from vae_explorer.evaluation.molecules.molecule_reconstruction import Reconstruction
from vae_explorer.latent import geometry
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.molecules.molecule_vae import MoleculeVAE
from vae_explorer.molecule_config import MoleculeConfig
from vae_explorer.molecules import drawings
from vae_explorer.molecules.chemistry import PROPERTIES
from vae_explorer.ui import html, messages
from vae_explorer.ui.components import live_view
from vae_explorer.ui.html import element
from vae_explorer.ui.molecules import live_payload, property_words, structures
from vae_explorer.ui.molecules.molecule_space import MoleculeSpace
from vae_explorer.ui.molecules.structures import Structure
from vae_explorer.ui.session import current_place, latent_space
from vae_explorer.ui.session.work.kept import kept
from vae_explorer.ui.shared import cloud, page_links

CLOUD = "molecule_cloud"  # key of the live view in which the molecule is marked
NEAREST = 4


@kept(64)
def _reconstructed(checkpoint: Checkpoint, smiles: str) -> Reconstruction:
    assert isinstance(checkpoint.model, MoleculeVAE)
    return molecule_reconstruction.reconstruct(checkpoint.model, smiles)


@kept(256)
def _changed(smiles: str, out: str) -> tuple[list[int], list[int]]:
    return drawings.changed_atoms(smiles, out)


def show(molecules: MoleculeSpace, smiles: str) -> None:
    """All that is said of a molecule, as RDKit writes it."""
    result = _reconstructed(molecules.checkpoint, smiles)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _in_and_out(result)
        _buttons(molecules, result)
        _text(molecules, result)
    with right:
        _properties(result)
        _figures(molecules, result)
    _draws(result)
    left, right = st.columns(2, gap="large")
    with left:
        _cloud(molecules, result)
    with right:
        _nearest(molecules, result)


def _in_and_out(result: Reconstruction) -> None:
    out = result.decoded.smiles
    st.header(messages.plain(result.words))
    marked = ([], []) if out is None or result.same else _changed(result.smiles, out)
    came_back = out or result.decoded.text or "an empty text"
    structures.show(
        [
            Structure(result.smiles, "In", (result.smiles,), tuple(marked[0])),
            Structure(out, "Out", (came_back,), tuple(marked[1])),
        ],
        width=245,
    )
    if any(marked):
        messages.note(
            "Orange: atoms that the other one has not, or has as another element. Similarity is "
            "the share of fingerprint bits in common (Tanimoto)."
        )


def _properties(result: Reconstruction) -> None:
    """Of the molecule that went in and of the one that came back."""
    came_in = property_words.figures_of(result.smiles)
    out = result.decoded.smiles
    came_out = property_words.figures_of(out) if out else {}
    cell = "padding:3px 0 3px 16px;text-align:right;font-variant-numeric:tabular-nums"
    rows = [
        element(
            "tr",
            element(
                "td",
                element("b", name),
                element(
                    "span", f" {property_words.ABOUT[name]}", style="opacity:.75;font-size:0.8rem"
                ),
                style="padding:3px 0",
            ),
            *(
                element(
                    "td",
                    property_words.figure(name, values[name]) if name in values else "–",
                    style=f"{cell};white-space:nowrap",
                )
                for values in (came_in, came_out)
            ),
        )
        for name in PROPERTIES
    ]
    titles = [element("th", title, style=f"{cell};font-weight:400") for title in ("in", "out")]
    head = element("tr", element("th", "Property", style="text-align:left"), *titles)
    html.show(element("table", head, *rows, style="width:100%;border-collapse:collapse"))


def _figures(molecules: MoleculeSpace, result: Reconstruction) -> None:
    """Nats and spreads of this molecule."""
    config = molecules.checkpoint.config
    if not config.variational:
        messages.note(
            f"−log p(x|z): {result.nll_nats:.1f} nats, lower is better. A plain autoencoder "
            "encodes a molecule as one point: it has no KL and no spread."
        )
        return
    spread = result.sigma
    messages.note(
        f"KL: {result.kl_nats:.1f} nats, what its code costs; −log p(x|z) at the mean: "
        f"{result.nll_nats:.1f} nats, what it still costs to write, lower is better. σ of its "
        f"{config.latent_dim} coordinates: {spread.min():.2f} to {spread.max():.2f}, "
        f"in the middle {spread.median():.2f} (1: nothing is known)."
    )


def _text(molecules: MoleculeSpace, result: Reconstruction) -> None:
    config = molecules.checkpoint.config
    assert isinstance(config, MoleculeConfig)
    with st.expander(f"As the model reads and writes it: {config.notation.upper()}"):
        for title, tokens in (("Read", result.tokens_read), ("Written", result.tokens)):
            st.markdown(f"**{title}**, {len(tokens)} tokens")
            st.code(" · ".join(tokens) or "(nothing)", language=None, wrap_lines=True)
        st.markdown("**As SMILES**, before RDKit writes it in its own way")
        st.code(result.decoded.text or "(nothing)", language=None, wrap_lines=True)


def _draws(result: Reconstruction) -> None:
    """What else the molecule might have been."""
    if not result.draws:
        return
    same, none, others = result.kinds_of_draws
    count = len(result.draws)
    st.markdown(f"**{count} draws of the posterior**, decoded")
    messages.note(
        f"{same} of {count} are the same molecule, {none} none at all; the others are {others} "
        "different ones. Where they agree the model is sure."
    )
    counted = Counter((draw.smiles, "" if draw.smiles else draw.text) for draw in result.draws)
    commonest = sorted(counted.items(), key=lambda pair: (pair[0][0] != result.smiles, -pair[1]))
    structures.show(
        [
            Structure(
                smiles,
                f"{times} ×" + (" the same" if smiles == result.smiles else ""),
                (smiles or text,),
            )
            for (smiles, text), times in commonest
        ],
        width=180,
    )


def _cloud(molecules: MoleculeSpace, result: Reconstruction) -> None:
    space, z = molecules.space, molecules.components.of(result.mu)
    st.markdown(f"**Where it lies among the test molecules**, coloured by {molecules.coloured_by}")
    cloud.cloud(space, key=CLOUD, height=360)
    spread = None
    if molecules.checkpoint.config.variational and not molecules.components.rotated:
        spread = cloud.ellipsoid(space, z, result.sigma)
    live_view.mark(
        CLOUD, point=latent_space.project(space, z), posterior=spread, key="molecule_mark"
    )
    if space.projection.explained < 1:
        messages.note(f"Principal components: {space.projection.explained:.0%} of the variance.")
    messages.note(live_payload.closeness(molecules, z))


def _nearest(molecules: MoleculeSpace, result: Reconstruction) -> None:
    space, z = molecules.space, molecules.components.of(result.mu)
    near = geometry.nearest(space.codes.mu, z, NEAREST)
    st.markdown("**Nearest test molecules**, by their codes")
    cards = [
        Structure(
            molecules.smiles[index],
            f"at {distance:.2f}",
            (property_words.line_of(molecules.smiles[index]),),
        )
        for index, distance in zip(near.indices.tolist(), near.distances.tolist(), strict=True)
    ]
    structures.show(cards, width=200)


def _buttons(molecules: MoleculeSpace, result: Reconstruction) -> None:
    """Ways to other pages, which go on with the molecule."""
    space, z = molecules.space, molecules.components.of(result.mu)
    with st.container(horizontal=True):
        page_links.button(
            "Show it on Explore",
            "explore",
            "show_molecule",
            current_place.go_to,
            *(space, z),
            icon=":material/explore:",
            help="Go to its code, or as near to it as the data reaches",
        )
        page_links.button(
            "Interpolate from it",
            "interpolate",
            "walk_molecule",
            page_links.keep_endpoint,
            *(space, "from", z),
            icon=":material/conversion_path:",
            help="Use this molecule as the first endpoint on Interpolate",
        )
