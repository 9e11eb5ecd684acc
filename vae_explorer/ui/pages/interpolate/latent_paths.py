"""The ways between two ends, side by side: of this model, of another one, and the cross-fade."""

from typing import NamedTuple

import streamlit as st
import torch
from torch import Tensor

from vae_explorer.latent import walks
from vae_explorer.latent.density import Usual
from vae_explorer.latent.walks import GEODESIC, Walk
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui.components import player
from vae_explorer.ui.components.player import Route
from vae_explorer.ui.pages.interpolate import geodesic_search
from vae_explorer.ui.pages.interpolate.endpoints import End
from vae_explorer.ui.session import cache, registry, related_models
from vae_explorer.ui.session.cache import Space

FEWEST, MOST, USUAL_STEPS = 3, 32, 16
FIRST = ["straight", GEODESIC]  # paths shown at first
NOTHING = "nothing"
SHORTEST_NAME = 4  # letters that still say which model it is
COLOURS = {"straight": "", "spherical": "#0d9488", GEODESIC: "#e11d48"}  # "": that of text
OTHER, FADE = "#8b5cf6", "#94a3b8"
HELP = {
    "straight": "equal steps along the line",
    "spherical": "equal steps of angle around the origin, which keep to the shell where a "
    "high-dimensional prior has its mass",
    GEODESIC: "the shortest path as the decoder measures length: how much the picture changes",
}


class Settings(NamedTuple):
    """What the visitor wants to see."""

    kinds: list[str]  # of `walks.KINDS`, in that order
    steps: int
    beside: str  # the key of another model, or NOTHING


def settings(space: Space) -> Settings:
    """Ask for them."""
    paths, steps, beside = st.columns([4, 3, 3], vertical_alignment="bottom", gap="large")
    if not set(registry.PATH_KINDS.get() or []) <= set(walks.KINDS):
        registry.PATH_KINDS.take()  # a link may hold anything
    kinds = paths.pills(
        "Paths",
        list(walks.KINDS),
        selection_mode="multi",
        default=FIRST,
        wrap=True,
        help=" ".join(f"**{kind.capitalize()}**: {text}." for kind, text in HELP.items()),
        **registry.PATH_KINDS.widget,
    )
    count = steps.slider("Steps", FEWEST, MOST, USUAL_STEPS, **registry.STEPS.widget)
    others = {facts.key: facts.name for facts in related_models.companions(space)} | {
        NOTHING: NOTHING
    }
    registry.COMPARED_MODEL.keep_among(others)
    shown = beside.selectbox(
        "Beside another model",
        list(others),
        format_func=others.get,
        help="Its own straight path between the same two ends. Models of the same pictures are "
        "offered, a plain autoencoder first.",
        **registry.COMPARED_MODEL.widget,
    )
    chosen = [kind for kind in walks.KINDS if kind in (kinds or [])]
    return Settings(chosen or ["straight"], count, shown or NOTHING)


def routes(space: Space, start: End, end: End, chosen: Settings, label: int) -> list[Route]:
    """All ways between two ends; without the geodesic while it is being searched."""
    items = tuple(sorted({*start.items, *end.items}))
    made = []
    wanted = GEODESIC in chosen.kinds
    geodesic = geodesic_search.geodesic(space, start.code, end.code, label) if wanted else None
    if not wanted:
        geodesic_search.leave()
    for kind in chosen.kinds:
        if kind == GEODESIC and geodesic is None:
            continue
        walk = _walk(space, kind, start.code, end.code, chosen.steps, label, geodesic)
        made.append(_route(space, kind, COLOURS[kind], walk, items)._replace(own=True))
    other = _beside(space, chosen.beside)
    if other is not None:
        ends = (start.elsewhere(other), end.elsewhere(other))
        walk = _walk(other, "straight", *ends, chosen.steps, 0, None)
        made.append(_route(other, _short(other.checkpoint), OTHER, walk, items))
    fade = walks.cross_fade(start.picture, end.picture, chosen.steps)
    return [*made, Route("cross-fade", FADE, fade)]


def _short(checkpoint: Checkpoint) -> str:
    """A model's name, without its data set where that leaves enough: that is the same for all."""
    short = checkpoint.name.removeprefix(f"{checkpoint.dataset}-")
    return short if len(short) > SHORTEST_NAME else checkpoint.name


def _beside(space: Space, key: str) -> Space | None:
    for facts in related_models.companions(space):
        if facts.key == key:
            return related_models.space_of(facts)
    return None


def _walk(
    space: Space,
    kind: str,
    start: Tensor,
    end: Tensor,
    steps: int,
    label: int,
    geodesic: Tensor | None,
) -> Walk:
    ends = tuple(tuple(z.tolist()) for z in (start, end))
    given = None if geodesic is None or kind != GEODESIC else geodesic
    return _walked(space.checkpoint, kind, ends, steps, label, given)


@st.cache_resource(
    show_spinner=False,
    max_entries=256,
    hash_funcs=cache.BY_CONTENT | {Tensor: lambda path: path.numpy().tobytes()},
)
def _walked(
    checkpoint: Checkpoint,
    kind: str,
    ends: tuple[tuple[float, ...], ...],
    steps: int,
    label: int,
    geodesic: Tensor | None,
) -> Walk:
    start, end = (torch.tensor(z) for z in ends)
    return walks.walk(checkpoint, kind, start, end, steps, label, geodesic)


def _route(space: Space, name: str, colour: str, walk: Walk, items: tuple[int, ...]) -> Route:
    """A way with what the encoded pictures around it say; those at its ends do not count."""
    usual = None if space.encoded is None else _usual(space.checkpoint)
    if usual is None:
        return Route(name, colour, walk.pictures, walk)
    items = tuple(item for item in items if item < len(space.encoded.mu))
    around = walks.surroundings(space.checkpoint, space.encoded, usual, walk.path, items)
    told = bool(space.checkpoint.config.classes)
    return Route(name, colour, walk.pictures, walk, around, () if told else space.classes)


@st.cache_resource(show_spinner=False, max_entries=12, hash_funcs=cache.BY_CONTENT)
def _usual(checkpoint: Checkpoint) -> Usual | None:
    return walks.usual_density(checkpoint, cache.space(checkpoint).encoded)


def rare(space: Space) -> float | None:
    """The density, in nats above that at a typical code, below which few of the codes lie."""
    usual = None if space.encoded is None else _usual(space.checkpoint)
    return None if usual is None else usual.quantile(player.RARE) - usual.median
