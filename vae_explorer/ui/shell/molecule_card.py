"""The card of a model of molecules, beside every page."""

from collections.abc import Sequence

import streamlit as st

from vae_explorer.evaluation.molecules import molecule_scores
from vae_explorer.evaluation.molecules.score_words import ABOUT, TITLES
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.vae import summarize
from vae_explorer.molecule_config import MoleculeConfig
from vae_explorer.molecule_presets import MOLECULE_PRESET_HELP
from vae_explorer.molecules import chemistry, moses
from vae_explorer.training.runs import live_models
from vae_explorer.ui import messages
from vae_explorer.ui.session import model_selection
from vae_explorer.ui.shared import pictures
from vae_explorer.ui.shell import export_menu


def show(checkpoint: Checkpoint, settings: Sequence[tuple[str, str, str]]) -> None:
    """What is known of it; `settings` are how it was trained: name, value and meaning of each."""
    config = checkpoint.config
    assert isinstance(config, MoleculeConfig)
    layers = summarize(checkpoint.model)
    total = sum(row.parameters for row in layers)
    name = moses.TITLE if checkpoint.dataset == moses.NAME else checkpoint.dataset
    kind = "VAE" if config.variational else "autoencoder"
    st.markdown(
        f"**{config.latent_dim}-D {kind} of molecules** "
        f"({messages.plain(messages.without_folders(name)) or 'an unknown set'}), "
        f"{total / 1e6:.2f} M parameters"
    )
    if about := MOLECULE_PRESET_HELP.get(checkpoint.name):
        messages.note(f"{about[:1].upper()}{about[1:]}.")
    if not chemistry.available():
        messages.failed(chemistry.INSTALL)
    export_menu.offer(checkpoint)
    if checkpoint.scores:
        _scores(checkpoint)
    elif not model_selection.chosen().startswith(live_models.PREFIX):
        messages.note("No scores: `vae-explorer evaluate` measures them.")
    with st.expander("How molecules are read"):
        st.markdown("\n".join(f"- {line}" for line in reading(config)))
    with st.expander("Architecture"):
        pictures.table([(f"{row.part}: {row.layer}", f"{row.parameters:,}", "") for row in layers])
    if settings:
        with st.expander("How it was trained"):
            pictures.table(settings)


def reading(config: MoleculeConfig) -> list[str]:
    """How a SMILES becomes what the encoder takes, in sentences."""
    notation = "as SMILES" if config.notation == "smiles" else "as SELFIES"
    pieces = ", some of several symbols that often follow each other" if config.pieces else ""
    return [
        "A SMILES is read and written anew by RDKit, so that each molecule has one text.",
        f"It is given to the encoder {notation}: at most {config.length} tokens of "
        f"{len(config.tokens)} kinds{pieces}.",
        "Salts, more than 100 atoms, and tokens that the model has not learned are refused.",
        "The decoder writes the likeliest token each time, without chance: the same z gives the "
        "same text.",
    ]


def _scores(checkpoint: Checkpoint) -> None:
    known = {name: score for name, score in checkpoint.scores.items() if name in TITLES}
    with st.expander("Scores"):
        pictures.explained(
            [
                (TITLES[name], molecule_scores.figure_text(name, score), _sentence(ABOUT[name]))
                for name, score in known.items()
            ]
        )
        messages.note("± is one standard error.")
    with st.expander("How each score was measured"):
        lines = [f"- **{TITLES[k]}**: {messages.plain(v['protocol'])}" for k, v in known.items()]
        st.markdown("Nats per molecule; ± is one standard error.\n" + "\n".join(lines))


def _sentence(phrase: str) -> str:
    return f"{phrase[:1].upper()}{phrase[1:]}."
