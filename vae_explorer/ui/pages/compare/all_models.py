"""The parts of Compare about all models at hand: rate and distortion, findings, the table."""

import itertools

import streamlit as st

from vae_explorer.config import ModelConfig
from vae_explorer.data import datasets
from vae_explorer.evaluation import ablation, model_comparison
from vae_explorer.evaluation.model_comparison import Row
from vae_explorer.evaluation.references import REFERENCES
from vae_explorer.ui import html, messages
from vae_explorer.ui.components import score_table
from vae_explorer.ui.html import element
from vae_explorer.ui.pages.compare import compare_charts
from vae_explorer.ui.pages.compare.compared_models import ComparedModel
from vae_explorer.ui.shared import widgets

ANCHOR = "all-models"  # of the table, for links on the page


def rate_distortion(rows: list[Row], models: list[ComparedModel]) -> None:
    """All models of a data set and a likelihood, those of the first chosen one."""
    dataset, likelihood = _dataset(models), _likelihood(models)
    name = messages.plain(datasets.title(dataset)) or "this data set"
    pixels = f"{likelihood.capitalize()} pixels"
    st.markdown(f"**Rate and distortion**, all models of {name} with {pixels}")
    chosen = {model.title for model in models}
    compare_charts.rate_distortion(
        model_comparison.rate_distortion(rows, dataset, likelihood), chosen
    )
    messages.note(
        "What the code costs (KL) against what the picture still costs given the code. Their sum "
        "is −ELBO, the same along each dotted line: lower and further left is better, and β "
        "trades one for the other. An autoencoder has no KL, only a distortion. Models with "
        "another likelihood of pixels are not drawn: their nats are another unit."
    )


def _dataset(models: list[ComparedModel]) -> str:
    return models[0].space.checkpoint.dataset if models else "mnist"


def _likelihood(models: list[ComparedModel]) -> str:
    config = models[0].space.checkpoint.config if models else ModelConfig()
    return model_comparison.likelihood_of(config.settings())


def findings(rows: list[Row], models: list[ComparedModel]) -> None:
    """What one setting changes, a card each."""
    cards = ablation.findings(rows, _dataset(models))
    if not cards:
        return
    st.markdown(
        "**What one setting changes**, shown by the two most similar models that differ in it"
    )
    for finding, column in zip(cards, itertools.cycle(st.columns(2, gap="large")), strict=False):
        with column:
            st.markdown(f"**{finding.about}.** {messages.plain(finding.text)}")
            if finding.other_differences:
                messages.note(messages.plain(finding.other_differences))


def table(rows: list[Row], models: list[ComparedModel]) -> None:
    """All models and published figures with all scores, and how these were measured."""
    title = [element("b", "All models"), ", and published figures"]
    html.show(element("div", *title, id=ANCHOR, style="scroll-margin-top:5rem"))
    shown = [*rows, *REFERENCES]
    score_table.show(shown, key="scores", chosen={model.title for model in models})
    messages.note(
        "Bold: the best of one data set among those measured in the same way, with the same "
        "likelihood of pixels. A conditional model is given the class, so its nats are those of a "
        "picture given its class."
    )
    with st.expander("How each was measured"):
        for name, protocols in model_comparison.protocols(shown).items():
            lines = [
                f"- {messages.plain(how)} ({messages.plain(', '.join(names))})"
                for how, names in protocols.items()
            ]
            st.markdown(f"**{model_comparison.TITLES[name]}**\n" + "\n".join(lines))
    widgets.download(
        "Table (CSV)",
        lambda: model_comparison.to_csv(shown).encode(),
        "models.csv",
        "text/csv",
        "save_scores",
    )
