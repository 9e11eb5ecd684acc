"""The parts of Compare that show models beside each other: clouds, digits, traversals, bars."""

import streamlit as st

from vae_explorer.evaluation import model_comparison
from vae_explorer.ui import html, messages
from vae_explorer.ui.components import live_view, picker
from vae_explorer.ui.html import element
from vae_explorer.ui.pages.compare import compare_charts, compared_models
from vae_explorer.ui.pages.compare.compared_models import ComparedModel
from vae_explorer.ui.session import latent_pictures, latent_space, registry
from vae_explorer.ui.shared import neighbours, pictures

TILES = 10  # test digits offered, and reconstructed
ABREAST = 3  # clouds at most: four would be too small
CAMERAS = "compare"  # the group of clouds that turn together


def digit(group: list[ComparedModel]) -> int:
    """The test digit that all models of a group show: chosen among these, or in a cloud."""
    items, space = group[0].items, group[0].space
    indices = _offered(group)
    chosen = registry.COMPARED_DIGIT(items)
    linked = chosen.linked_number()
    known = linked is not None and linked < len(space.codes.mu)
    index = chosen.start(lambda: linked if known else indices[0])
    chosen.write_link(str(index) if index else None)
    tiles, original = latent_pictures.encoded_pictures(space, indices)

    def pick(position: int) -> None:
        chosen.put(indices[position])

    with st.container(horizontal=True, vertical_alignment="center"):
        picker.pick(
            tiles,
            [""] * len(indices),
            key=f"pick {items}",
            label=f"Test {space.noun}s: pick one to find it in every model",
            chosen=indices.index(index) if index in indices else None,
            size=44,
            on_pick=pick,
        )
        st.button(
            "Other pictures",
            icon=":material/refresh:",
            key=f"others {items}",
            on_click=_turn,
            args=(items,),
        )
    _say_which(group[0], index, original)
    return index


def _say_which(model: ComparedModel, index: int, original: bool) -> None:
    space, dataset = model.space, messages.plain(model.dataset)
    picture = f"{space.codes.split.capitalize()} picture {index} of {dataset}"
    shown = messages.plain(neighbours.class_name(space, index))
    messages.note(
        f"{picture}, a {shown}, is marked in every cloud that holds "
        f"it: click another one, here or in a cloud. {pictures.marked_as(original).capitalize()}."
    )


def _turn(items: str) -> None:
    turned = registry.DIGITS_TURNED(items)
    turned.put(turned.get(0) + 1)


def _offered(group: list[ComparedModel]) -> list[int]:
    """Indices of the test digits to choose from."""
    count = len(group[0].space.codes.mu)
    first = registry.DIGITS_TURNED(group[0].items).get(0) * TILES % count
    return list(range(first, min(first + TILES, count)))


def clouds(models: list[ComparedModel], chosen: dict[str, int]) -> None:
    """Every model's encoded digits, turned together, the chosen digit marked in each."""
    for row in [models[:2], models[2:]] if len(models) > ABREAST else [models]:
        for model, column in zip(row, st.columns(len(row), gap="medium"), strict=True):
            with column:
                _heading(model)
                if model.key in chosen:
                    _cloud(model, chosen[model.key])
                else:
                    messages.no_cloud()


def _heading(model: ComparedModel) -> None:
    checkpoint = model.space.checkpoint
    kind = model_comparison.kind_of(checkpoint.config, model_comparison.settings_of(checkpoint))
    about = f"{checkpoint.config.latent_dim}-D {kind}"
    html.show(
        element(
            "div",
            element("b", model.title),
            element("br"),
            element("span", about, style="font-size:.875rem;opacity:.65"),
            style="line-height:1.35",
        )
    )


def _name(model: ComparedModel) -> None:
    html.show(element("div", model.title, style="font-size:.875rem;opacity:.75"))


def _cloud(model: ComparedModel, index: int) -> None:
    space = model.space
    key = f"compare {model.key}"

    def go(clicked: int) -> None:
        registry.COMPARED_DIGIT(model.items).put(clicked)

    live_view.cloud(
        space.points,
        space.codes.labels.numpy(),
        names=space.classes,
        colours=space.colours,
        key=key,
        height=340,
        axes=space.axes,
        home=latent_space.home(space.checkpoint),
        group=CAMERAS,
        items=model.items,
        on_click=go,
    )
    live_view.mark(key, point=space.points[index], key=f"mark {model.key}")
    if space.projection.explained < 1:
        messages.note(f"Principal components: {space.projection.explained:.0%} of the variance.")


def same_digits(group: list[ComparedModel]) -> None:
    """The test digits offered above what each model makes of them."""
    indices = _offered(group)
    tiles, original = latent_pictures.encoded_pictures(group[0].space, indices)
    originals = [("original", tiles)] if original else []
    decoded = [(model.title, compared_models.decoded(model, indices)) for model in group]
    names, rows = zip(*originals, *decoded, strict=True)
    pictures.strips(
        rows,
        names,
        f"{len(indices)} pictures: {', '.join(names)}",
        title=f"The same pictures of {group[0].dataset}",
        note="Each reconstruction is decoded from the posterior mean.",
    )


def traversals(models: list[ComparedModel], chosen: dict[str, int]) -> None:
    """What each model's coordinates do to the chosen digit."""
    st.markdown(
        "**Change one coordinate of this picture, keep the others**, "
        "over the middle 99 % of the data"
    )
    for model, column in zip(models, st.columns(len(models), gap="medium"), strict=True):
        if model.key in chosen:
            with column:
                dims, rows = compared_models.traversals(model, chosen[model.key])
                names = [f"z{dim + 1}" for dim in dims]
                _name(model)
                pictures.strips(
                    rows, names, f"traversals of {model.title} along {', '.join(names)}"
                )


def coordinates(models: list[ComparedModel]) -> None:
    """How much each coordinate carries, and how much of that is the class."""
    carried = {
        model.key: compared_models.coordinates(model.space.checkpoint)
        for model in models
        if model.space.encoded is not None
    }
    if not carried:
        return
    st.markdown("**What each coordinate carries**")
    most = max(
        max(c.kl_nats or 0, c.class_nats, entropy)
        for coordinates, entropy in carried.values()
        for c in coordinates
    )
    for model, column in zip(models, st.columns(len(models), gap="medium"), strict=True):
        if model.key in carried:
            with column:
                _name(model)
                compare_charts.coordinates(model.title, *carried[model.key], 1.05 * most)
    messages.note(
        "Pale: KL, how much the coordinate says about the picture. Solid: how much of that is "
        "about the class (mutual information). Dashed: the entropy of the class, the most that "
        "there is to know about it. Slant, thickness and the like have no labels in the data, so "
        "they are not measured."
    )
