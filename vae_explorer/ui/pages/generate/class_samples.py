"""A class on demand: a model that is told it beside one that has to find it, and who hits it."""

from collections.abc import Callable, Iterator

import numpy as np
import streamlit as st

from vae_explorer import figures
from vae_explorer.errors import DataError
from vae_explorer.evaluation import class_judge
from vae_explorer.evaluation.class_judge import Hits, Judge
from vae_explorer.export import sample_files
from vae_explorer.latent import generation
from vae_explorer.latent.generation import Made
from vae_explorer.ui import messages
from vae_explorer.ui.components.wall import MISS, Tile, wall
from vae_explorer.ui.pages.generate import agreement_charts, model_pair, temperature
from vae_explorer.ui.pages.generate.model_pair import Side
from vae_explorer.ui.pages.generate.prior_samples import downloads
from vae_explorer.ui.session import registry, related_models
from vae_explorer.ui.session.cache import Space
from vae_explorer.ui.session.progress_cache import once
from vae_explorer.ui.shared import page_links

TILES = 20  # of each model
JUDGED = 2_000  # pictures of each model by which the share of hits is measured
LEAST = 10  # of each class


@st.fragment
def show(space: Space) -> None:
    """Both walls of one class, and the shares of hits of all classes."""
    with messages.guard():
        page_links.follow()
        with st.container(horizontal=True, vertical_alignment="bottom"):
            label = _class(space)
            st.button(
                "Other seeds",
                icon=":material/casino:",
                key="other_seeds",
                help="The next ones, for both models",
                on_click=_turn,
            )
        left, right = st.columns([5, 7], vertical_alignment="bottom", gap="large")
        with left:
            both = model_pair.choose(space)
        with right:
            scale = temperature.slider()
        judge = related_models.judge(space)
        for column, side in zip(st.columns(len(both), gap="large"), both, strict=True):
            with column, messages.guard():
                _wall(side, label, scale, judge)
        _shares(both, judge, scale)


def _turn() -> None:
    registry.SEEDS_TURNED.put(registry.SEEDS_TURNED.get(0) + 1)


def _class(space: Space) -> int:
    count = len(space.classes) or 1
    registry.SAMPLED_CLASS.keep_among(range(count))
    label = st.pills(
        "Class",
        range(count),
        default=min(7, count - 1),
        format_func=lambda c: space.classes[c] if space.classes else str(c),
        required=True,
        wrap=True,
        **registry.SAMPLED_CLASS.widget,
    )
    return label if label in range(count) else 0


def _wall(side: Side, label: int, scale: float, judge: Judge | None) -> None:
    checkpoint, name = side.space.checkpoint, generation.class_name(side.space.checkpoint, label)
    st.markdown(f"**{messages.plain(side.title)}**")
    meant = messages.plain(name)
    messages.note(
        f"Told that it is {meant}; z from the prior."
        if side.told
        else f"Never told: z from the density of class {meant} in its latent space."
    )
    first = registry.SEEDS_TURNED.get(0) * TILES
    seeds = list(range(first, first + TILES))
    drawn = sample_files.drawn(checkpoint, side.space.encoded, seeds, scale, label)
    made = drawn.made
    said = judge.says(made.pictures).tolist() if judge is not None else [label] * TILES
    wall(
        [_tile(side, *tile, label) for tile in _zipped(made, seeds, said)],
        key=f"class_wall_{'told' if side.told else 'found'}",
        label=f"Pictures of class {name} by {side.title}; Enter opens one in the live view",
        on_open=lambda place: page_links.at(side.space, made.z[place], label, side.key),
        size=76,
    )
    downloads(drawn, "told" if side.told else "found")


def _zipped(made: Made, seeds: list[int], said: list[int]) -> Iterator[tuple]:
    return zip(figures.to_bytes(made.pictures).squeeze(1), seeds, said, strict=True)


def _tile(side: Side, picture: np.ndarray, seed: int, said: int, label: int) -> Tile:
    if said == label:
        return Tile(picture, str(seed), f"seed {seed}: open in the live view")
    seen = generation.class_name(side.space.checkpoint, said)
    return Tile(picture, f"→ {seen}", f"seed {seed}, judged {seen}: open in the live view", MISS)


def _shares(both: list[Side], judge: Judge | None, scale: float) -> None:
    """How often each model makes what it was asked for, by class."""
    if judge is None:
        messages.note(
            "Nobody can judge these pictures: it takes another unconditional model of the same "
            "data set whose scores are known. Train or publish one."
        )
        return
    found: dict[str, Hits] = {}
    count = max(LEAST, JUDGED // len(judge.real.by_class))
    for side in both:
        key = (side.space.checkpoint.sha256, judge.checkpoint.sha256, scale, count)
        try:
            found[side.title] = once(
                "hits",
                key,
                f"Judging {side.title}",
                lambda progress, s=side: _hits(s, judge, scale, count, progress),
            )
        except DataError:
            continue  # already said above its wall
    if found:
        agreement_charts.show(found, judge, both[0].space.classes, count)


def _hits(side: Side, judge: Judge, scale: float, count: int, progress: Callable) -> Hits:
    return class_judge.class_hits(
        side.space.checkpoint,
        side.space.encoded,
        judge,
        per_class=count,
        temperature=scale,
        progress=lambda share: progress("pictures", share),
    )
