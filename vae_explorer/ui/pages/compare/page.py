"""Compare: models beside each other, on the same digits and by every score."""

import itertools

import streamlit as st

from vae_explorer.data import datasets
from vae_explorer.evaluation import ablation, model_comparison
from vae_explorer.evaluation.model_comparison import Row
from vae_explorer.evaluation.references import REFERENCES
from vae_explorer.ui import messages
from vae_explorer.ui.components import score_table
from vae_explorer.ui.pages.compare import compare_charts, compare_sections, compared_models
from vae_explorer.ui.pages.compare.compared_models import Shown
from vae_explorer.ui.session import model_selection, registry
from vae_explorer.ui.shared import widgets


def page() -> None:
    """The page of models side by side."""
    with messages.guard():
        models = compared_models.shown(_choose())
        if models:
            _live(models)
        with st.spinner("Reading all models …"):
            rows, unread = compared_models.rows()
        _plane(rows, models)
        _findings(rows, models)
        _all(rows, models)
        for sentence in unread:
            messages.note(sentence)


def _choose() -> list[str]:
    titles = model_selection.titles()
    models = registry.COMPARED_MODELS
    if not models.is_set and models.link_text() is None:
        models.put(compared_models.usual(model_selection.chosen()))
    return st.multiselect(
        "Models",
        list(titles),
        format_func=titles.get,
        max_selections=compared_models.MOST,
        placeholder="Choose two to four models",
        **models.widget,
    )


@st.fragment
def _live(models: list[Shown]) -> None:
    """Runs again by itself when another digit is chosen."""
    with messages.guard():
        groups = compared_models.groups(models)
        if len(groups) > 1:
            sets = dict.fromkeys(group[0].dataset for group in groups)
            apart = ", and their nats cannot be compared" if len(sets) > 1 else ""
            st.info(
                f"These models hold different pictures (of {' and '.join(sets)}): each shows its "
                f"own{apart}.",
                icon=":material/difference:",
            )
        chosen = {}
        for group in groups:
            chosen |= dict.fromkeys((model.key for model in group), compare_sections.digit(group))
        compare_sections.clouds(models, chosen)
        for group in groups:
            compare_sections.same_digits(group)
        compare_sections.traversals(models, chosen)
        compare_sections.coordinates(models)


def _plane(rows: list[Row], models: list[Shown]) -> None:
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
        "trades one for the other. An autoencoder has no KL, only a distortion. Nats of another "
        "likelihood of pixels are another unit: such models are not drawn."
    )


def _dataset(models: list[Shown]) -> str:
    return models[0].space.checkpoint.dataset if models else "mnist"


def _likelihood(models: list[Shown]) -> str:
    return models[0].space.checkpoint.config.likelihood if models else "bernoulli"


def _findings(rows: list[Row], models: list[Shown]) -> None:
    """What one setting changes, a card each."""
    found = ablation.findings(rows, _dataset(models))
    if not found:
        return
    st.markdown("**What one setting changes**, by the two most alike models that differ in it")
    for finding, column in zip(found, itertools.cycle(st.columns(2, gap="large")), strict=False):
        with column:
            st.markdown(f"**{finding.about}.** {messages.plain(finding.text)}")
            if finding.apart:
                messages.note(messages.plain(finding.apart))


def _all(rows: list[Row], models: list[Shown]) -> None:
    st.markdown("**All models**, and published figures")
    shown = [*rows, *REFERENCES]
    score_table.show(shown, key="scores", chosen={model.title for model in models})
    messages.note(
        "Bold: the best of one data set among those measured in the same way, with the same "
        "likelihood of pixels. A conditional model is told the class, so its nats are those of a "
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
