"""A class on demand: by a model that is given it, by one that is not, and how often it shows."""

import streamlit as st

from vae_explorer import figures
from vae_explorer.errors import DataError
from vae_explorer.evaluation.classes import class_judge
from vae_explorer.evaluation.classes.class_judge import Agreement, Classifier
from vae_explorer.export import sample_files
from vae_explorer.export.sample_files import Samples
from vae_explorer.latent import generation
from vae_explorer.ui import messages
from vae_explorer.ui.components.wall import OTHER_CLASS, Tile, wall
from vae_explorer.ui.pages.generate import agreement_charts, model_pair
from vae_explorer.ui.pages.generate.model_pair import PairedModel
from vae_explorer.ui.pages.generate.prior_samples import downloads
from vae_explorer.ui.pages.generate.temperature import temperature_slider
from vae_explorer.ui.session import registry, related_models
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.progress_cache import once
from vae_explorer.ui.session.work.wire import Task
from vae_explorer.ui.shared import page_links

TILES = 20  # of each model
CLASSIFIED = 2_000  # pictures of each model by which agreement is measured
LEAST = 10  # of each class


@st.fragment
def show(space: Space) -> None:
    """Both walls of one class, and the agreement of all classes."""
    with messages.guard():
        page_links.follow()
        with st.container(horizontal=True, vertical_alignment="bottom"):
            label = _class(space)
            st.button(
                "Other seeds",
                icon=":material/casino:",
                key="other_seeds",
                help="The next ones, for both models",
                on_click=lambda: registry.SEEDS_TURNED.put(registry.SEEDS_TURNED.counter() + 1),
            )
        left, right = st.columns([5, 7], vertical_alignment="bottom", gap="large")
        with left:
            pair = model_pair.choose(space)
        with right:
            temperature = temperature_slider()
        classifier = related_models.classifier(space)
        for column, model in zip(st.columns(len(pair), gap="large"), pair, strict=True):
            with column, messages.guard():
                _wall(model, label, temperature, classifier)
        _agreement(pair, classifier, temperature)


def _class(space: Space) -> int:
    names = [generation.class_name(space.checkpoint, c) for c in range(len(space.classes) or 1)]
    registry.SAMPLED_CLASS.start_over_for(space.checkpoint.dataset, min(7, len(names) - 1))
    registry.SAMPLED_CLASS.keep_among(range(len(names)))
    label = st.pills(
        "Class",
        range(len(names)),
        default=min(7, len(names) - 1),
        format_func=names.__getitem__,
        required=True,
        wrap=True,
        **registry.SAMPLED_CLASS.widget,
    )
    return label if label in range(len(names)) else 0


def _wall(
    model: PairedModel, label: int, temperature: float, classifier: Classifier | None
) -> None:
    space, name = model.space, generation.class_name(model.space.checkpoint, label)
    st.markdown(f"**{messages.plain(model.title)}**")
    shown = messages.plain(name)
    near = f"the {shown}s" if name.isdigit() else f"real pictures of {shown}"
    messages.note(
        f'Conditional: given "{shown}", random z.'
        if model.conditional
        else f"Unconditional: z drawn near {near}."
    )
    first = registry.SEEDS_TURNED.counter() * TILES
    seeds = list(range(first, first + TILES))
    samples = sample_files.draw_samples(space.checkpoint, space.encoded, seeds, temperature, label)
    z = samples.made.z
    wall(
        _tiles(model, samples, label, classifier),
        key=f"class_wall_{model.kind}",
        label=f"Pictures of class {name} by {model.title}; Enter opens one on Explore",
        on_open=lambda place: page_links.at(space, z[place], label, model.key),
        size=76,
    )
    downloads(samples, model.kind)


def _tiles(
    model: PairedModel, samples: Samples, label: int, classifier: Classifier | None
) -> list[Tile]:
    """Each with its seed, or with the class that it shows instead of the one asked for."""
    pictures = samples.made.pictures
    classes = [label] * len(pictures)
    if classifier is not None:
        classes = classifier.classify(pictures).tolist()
    tiles = []
    shown = figures.to_bytes(pictures)
    for picture, seed, predicted in zip(shown, samples.seeds, classes, strict=True):
        name = generation.class_name(model.space.checkpoint, predicted)
        if predicted == label:
            tile = Tile(picture, f"#{seed}", f"seed {seed}: open on Explore")
        else:
            about = f"seed {seed}, classified as {name}: open on Explore"
            tile = Tile(picture, f"→ {name}", about, OTHER_CLASS)
        tiles.append(tile)
    return tiles


def _agreement(pair: list[PairedModel], classifier: Classifier | None, temperature: float) -> None:
    """How often each model makes what it was asked for, by class."""
    if classifier is None:
        messages.note(
            "There is no classifier for these pictures: that takes another unconditional model of "
            "the same data set whose scores are known. Train or publish one."
        )
        return
    agreement: dict[str, Agreement] = {}
    count = max(LEAST, CLASSIFIED // len(classifier.accuracy.by_class))
    for model in pair:
        key = (model.space.checkpoint.sha256, classifier.checkpoint.sha256, temperature, count)
        try:
            agreement[model.title] = once(
                "class agreement",
                key,
                f"Classifying pictures by {model.title}",
                _measuring(model, classifier, temperature, count),
            )
        except DataError:
            continue  # already said above its wall
    if agreement:
        agreement_charts.show(agreement, classifier, pair[0].space.classes, count)


def _measuring(model: PairedModel, classifier: Classifier, temperature: float, count: int) -> Task:
    arguments = model.space.checkpoint, model.space.encoded, classifier
    settings = {"per_class": count, "temperature": temperature}
    return Task(class_judge.class_agreement, arguments, settings, "pictures")
