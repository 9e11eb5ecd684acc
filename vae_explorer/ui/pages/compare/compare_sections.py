"""The parts of Compare that show models beside each other: clouds, digits, traversals, bars."""

import streamlit as st

from vae_explorer.evaluation import model_comparison
from vae_explorer.ui import html, messages
from vae_explorer.ui.components import live_view, picker
from vae_explorer.ui.html import element
from vae_explorer.ui.pages.compare import compare_charts, compared_models
from vae_explorer.ui.pages.compare.compared_models import Shown
from vae_explorer.ui.session import cache, registry
from vae_explorer.ui.shared import neighbours, pictures

TILES = 10  # test digits offered, and reconstructed
ABREAST = 3  # clouds at most: four would be too small
CAMERAS = "compare"  # the group of clouds that turn together


def digit(group: list[Shown]) -> int:
    """The test digit that all models of a group show; chosen among ten here, or in a cloud."""
    items, space = group[0].items, group[0].space
    indices = _on_show(group)
    chosen = registry.COMPARED_DIGIT(items)
    index = chosen.start(lambda: indices[0])
    tiles, original = cache.pictures(space, indices)

    def pick(position: int) -> None:
        chosen.put(indices[position])

    with st.container(horizontal=True, vertical_alignment="center"):
        picker.pick(
            tiles,
            [""] * len(indices),
            key=f"pick {items}",
            label="Test digits: pick one to find it in every model",
            chosen=indices.index(index) if index in indices else None,
            size=44,
            on_pick=pick,
        )
        st.button(
            "Others",
            icon=":material/refresh:",
            key=f"others {items}",
            on_click=_turn,
            args=(items,),
        )
    dataset = messages.plain(group[0].dataset)
    what = f"{space.encoded.split.capitalize()} picture {index} of {dataset}"
    messages.note(
        f"{what}, a {neighbours.class_name(space, index)}, is marked in every cloud that holds it: "
        f"click another, here or there. {pictures.marked_as(original).capitalize()}."
    )
    return index


def _turn(items: str) -> None:
    turned = registry.DIGITS_TURNED(items)
    turned.put(turned.get(0) + 1)


def _on_show(group: list[Shown]) -> list[int]:
    """The ten test digits offered."""
    count = len(group[0].space.encoded.mu)
    first = registry.DIGITS_TURNED(group[0].items).get(0) * TILES % count
    return list(range(first, min(first + TILES, count)))


def clouds(models: list[Shown], chosen: dict[str, int]) -> None:
    """Every model's encoded digits, turned together, the chosen digit marked in each."""
    for row in [models[:2], models[2:]] if len(models) > ABREAST else [models]:
        for model, column in zip(row, st.columns(len(row), gap="medium"), strict=True):
            with column:
                _heading(model)
                if model.key in chosen:
                    _cloud(model, chosen[model.key])
                else:
                    messages.no_cloud()


def _heading(model: Shown) -> None:
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


def _name(model: Shown) -> None:
    html.show(element("div", model.title, style="font-size:.875rem;opacity:.75"))


def _cloud(model: Shown, index: int) -> None:
    space = model.space
    key = f"compare {model.key}"

    def go(clicked: int) -> None:
        registry.COMPARED_DIGIT(model.items).put(clicked)

    live_view.cloud(
        space.points,
        space.encoded.labels.numpy(),
        names=space.classes,
        colours=space.colours,
        key=key,
        height=340,
        axes=space.axes,
        group=CAMERAS,
        items=model.items,
        on_click=go,
    )
    live_view.mark(key, point=space.points[index], key=f"mark {model.key}")
    if space.projection.explained < 1:
        messages.note(f"Principal components: {space.projection.explained:.0%} of the variance.")


def same_digits(group: list[Shown]) -> None:
    """The test digits offered above what each model makes of them."""
    indices = _on_show(group)
    tiles, original = cache.pictures(group[0].space, indices)
    given = [("original", tiles)] if original else []
    made = [(model.title, compared_models.decoded(model, indices)) for model in group]
    names, rows = zip(*given, *made, strict=True)
    pictures.strips(
        rows,
        names,
        f"{len(indices)} pictures: {', '.join(names)}",
        title=f"The same pictures of {group[0].dataset}",
        note="Each decoded at its posterior mean.",
    )


def traversals(models: list[Shown], chosen: dict[str, int]) -> None:
    """What each model's coordinates do to the chosen digit."""
    st.markdown("**Along each coordinate from this digit**, over the middle 99 % of the data")
    for model, column in zip(models, st.columns(len(models), gap="medium"), strict=True):
        if model.key in chosen:
            with column:
                dims, rows = compared_models.traversals(model, chosen[model.key])
                names = [f"z{dim + 1}" for dim in dims]
                _name(model)
                pictures.strips(rows, names, f"decodes of {model.title} along {', '.join(names)}")


def coordinates(models: list[Shown]) -> None:
    """How much each coordinate carries, and how much of that is the class."""
    known = {
        model.key: compared_models.coordinates(model.space.checkpoint)
        for model in models
        if model.space.encoded is not None
    }
    if not known:
        return
    st.markdown("**What each coordinate carries**")
    most = max(max(c.kl or 0, c.told, limit) for carried, limit in known.values() for c in carried)
    for model, column in zip(models, st.columns(len(models), gap="medium"), strict=True):
        if model.key in known:
            with column:
                _name(model)
                compare_charts.coordinates(model.title, *known[model.key], 1.05 * most)
    messages.note(
        "Pale: KL of the coordinate, what it says of the picture. Solid: how much of that is the "
        "class (mutual information). Dashed: the class's entropy, more cannot be told of it. "
        "Slant, thickness and the like have no labels here, so they are not measured."
    )
