"""The paths between two endpoints: of this model, of another one, and the cross-fade."""

from typing import NamedTuple

import streamlit as st
import torch
from torch import Tensor

from vae_explorer.latent import walks
from vae_explorer.latent.density import CodeDensities
from vae_explorer.latent.path_kinds import GEODESIC, PATHS
from vae_explorer.latent.walks import Walk
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui.components import player
from vae_explorer.ui.components.player import PlayerRow
from vae_explorer.ui.pages.interpolate import geodesic_search
from vae_explorer.ui.pages.interpolate.endpoints import Endpoint
from vae_explorer.ui.session import latent_space, registry, related_models
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.kept import kept

FEWEST_STEPS, MOST_STEPS, DEFAULT_STEPS = 3, 32, 16
SHOWN_AT_FIRST = ["straight", GEODESIC]
NOTHING = "nothing"
SHORTEST_NAME = 4  # letters that still say which model it is
PALETTE = ("", "#0d9488", "#e11d48", "#d97706", "#2563eb")  # of paths by order; "": that of text
COLOURS = {kind: PALETTE[i % len(PALETTE)] for i, kind in enumerate(PATHS)}
COMPARED_COLOUR, CROSS_FADE_COLOUR = "#8b5cf6", "#94a3b8"


class Settings(NamedTuple):
    """What the visitor wants to see."""

    kinds: list[str]  # of `PATHS`, in that order
    steps: int
    compared: str  # the key of another model, or NOTHING


def settings(space: Space) -> Settings:
    """Ask for them."""
    paths = st.container()
    steps, compared = st.columns(2, vertical_alignment="bottom")
    if not set(registry.PATH_KINDS.get() or []) <= set(PATHS):
        registry.PATH_KINDS.take()  # a link may hold anything
    kinds = paths.pills(
        "Paths",
        list(PATHS),
        selection_mode="multi",
        default=SHOWN_AT_FIRST,
        wrap=True,
        help=" ".join(f"**{kind.capitalize()}**: {text}." for kind, (text, _) in PATHS.items()),
        **registry.PATH_KINDS.widget,
    )
    count = steps.slider(
        "Steps",
        FEWEST_STEPS,
        MOST_STEPS,
        DEFAULT_STEPS,
        help="Pictures along each path",
        **registry.STEPS.widget,
    )
    companions = related_models.companions(space)
    others = {facts.key: facts.name for facts in companions} | {NOTHING: NOTHING}
    shipped = bool(companions) and related_models.is_shipped(companions[0])
    proposed = companions[0].key if shipped else NOTHING
    registry.COMPARED_MODEL.start_over_for(space.pictures, proposed)
    registry.COMPARED_MODEL.keep_among(others)
    model = compared.selectbox(
        "Compare with",
        list(others),
        index=list(others).index(proposed),
        format_func=others.__getitem__,
        help="The straight path of another model between the same endpoints. Models of the same "
        "pictures are offered, a plain autoencoder first.",
        **registry.COMPARED_MODEL.widget,
    )
    chosen = [kind for kind in PATHS if kind in (kinds or [])]
    return Settings(chosen or ["straight"], count, model or NOTHING)


def rows(
    space: Space, start: Endpoint, end: Endpoint, chosen: Settings, label: int
) -> list[PlayerRow]:
    """All paths between two endpoints; without the geodesic while it is being searched."""
    items = tuple(sorted({*start.items, *end.items}))
    shown = []
    wanted = GEODESIC in chosen.kinds and not walks.hindrance(space.checkpoint)
    geodesic = geodesic_search.geodesic(space, start.code, end.code, label) if wanted else None
    if not wanted:
        geodesic_search.stop()
    for kind in chosen.kinds:
        if kind == GEODESIC and geodesic is None:
            continue
        walk = _walk(space, kind, start.code, end.code, chosen.steps, label, geodesic)
        shown.append(_row(space, kind, COLOURS[kind], walk, items)._replace(in_cloud=True))
    other = _compared_space(space, chosen.compared)
    if other is not None:
        codes = (start.code_in(other), end.code_in(other))
        walk = _walk(other, "straight", *codes, chosen.steps, 0, None)
        shown.append(_row(other, _short(other.checkpoint), COMPARED_COLOUR, walk, items))
    fade = walks.cross_fade(start.picture, end.picture, chosen.steps)
    return [*shown, PlayerRow("cross-fade", CROSS_FADE_COLOUR, fade)]


def _short(checkpoint: Checkpoint) -> str:
    """A model's name, without its data set where that leaves enough: that is the same for all."""
    short = checkpoint.name.removeprefix(f"{checkpoint.dataset}-")
    return short if len(short) > SHORTEST_NAME else checkpoint.name


def _compared_space(space: Space, key: str) -> Space | None:
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


@kept(256)
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


def _row(space: Space, name: str, colour: str, walk: Walk, items: tuple[int, ...]) -> PlayerRow:
    """A walk with what the encoded pictures around it say; those at its ends do not count."""
    densities = None if space.encoded is None else _code_densities(space.checkpoint)
    if densities is None:
        return PlayerRow(name, colour, walk.pictures, walk)
    items = tuple(item for item in items if item < len(space.codes.mu))
    near = walks.surroundings(space.checkpoint, space.codes, densities, walk.path, items)
    meaningless = space.checkpoint.config.classes or len(space.classes) == 1
    classes = () if meaningless else space.classes
    return PlayerRow(name, colour, walk.pictures, walk, near, classes)


@kept(12)
def _code_densities(checkpoint: Checkpoint) -> CodeDensities | None:
    return walks.code_densities(checkpoint, latent_space.of(checkpoint).codes)


def rare_density(space: Space) -> float | None:
    """The density, in nats above that at a typical code, below which few of the codes lie."""
    densities = None if space.encoded is None else _code_densities(space.checkpoint)
    return None if densities is None else densities.quantile(player.RARE) - densities.median
