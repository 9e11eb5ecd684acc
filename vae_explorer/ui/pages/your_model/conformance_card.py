"""The conformance card: how a model was read, by what margin, and what comes of it."""

import streamlit as st

from vae_explorer.evaluation import doctor
from vae_explorer.evaluation.doctor.finding import Finding
from vae_explorer.models.foreign.conformance.card import LIKELIHOOD, LIKELIHOODS, Card, Decision
from vae_explorer.models.foreign.opened import Opened
from vae_explorer.ui import messages
from vae_explorer.ui.pages.your_model import answers
from vae_explorer.ui.shared import pictures


def show(opened: Opened) -> None:
    """What it is, its figures, and pictures as it reconstructs them."""
    checkpoint, card = opened
    config = checkpoint.config
    st.header(messages.plain(checkpoint.name))
    total = sum(p.numel() for p in checkpoint.model.parameters())
    size = f", {total / 1e6:.2f} M parameters" if total else ""
    kind = "VAE" if config.variational else "autoencoder"
    kind = f"conditional {kind}, {config.classes} classes" if config.classes else kind
    st.markdown(
        f"{config.latent_dim}-D {kind} of pictures of {pictures.size_words(config.image_shape)}"
        f"{size}"
    )
    _figures(card)
    for remark in card.remarks:
        messages.note(messages.plain(remark))


def show_decisions(opened: Opened) -> None:
    """What was decided, by what margin, with a way to change it."""
    card, config = opened.card, opened.checkpoint.config
    st.markdown("**How it is read**")
    for decision in card.decisions:
        _row(decision)
    with _cells(LIKELIHOOD, LIKELIHOODS[config.likelihood], ""):
        answers.ask_likelihood()


def _figures(card: Card) -> None:
    pictures.table(
        [
            ("−ELBO, nats a picture", f"{card.neg_elbo:,.2f}", card.protocol),
            ("Always the mean picture", f"{card.mean_picture:,.2f}", card.protocol),
        ]
    )
    messages.note(f"Lower is better. {messages.plain(card.protocol)}.")
    count = len(card.originals)
    pictures.strips(
        [card.originals, card.reconstructions],
        ["Original", "Decoded"],
        f"{count} training pictures over their reconstructions",
        title="Training pictures and what the model makes of them",
    )


def _row(decision: Decision) -> None:
    with _cells(decision.name, decision.text, decision.how):
        if len(decision.options) > 1:
            answers.ask(decision)


def _cells(name: str, value: str, how: str):
    """A line: what was decided and how; its other half for what changes it."""
    about, change = st.columns([5, 4], vertical_alignment="center")
    with about:
        reason = f"  \n:gray[:small[{messages.plain(how)}]]" if how else ""
        st.markdown(f"{messages.plain(name)}: **{messages.plain(value)}**{reason}")
    return change


def show_findings(findings: list[Finding]) -> None:
    """What the model doctor says."""
    st.markdown("**Model doctor**")
    if not findings:
        st.markdown(doctor.WELL)
    for finding in findings:
        st.markdown(f"**{messages.plain(finding.name)}**: {messages.plain(finding.evidence)}")
        messages.note(messages.plain(finding.cure))
