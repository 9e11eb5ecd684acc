"""The wall of draws from the prior: each tile has a seed of its own, can be kept or drawn anew."""

import contextlib

import streamlit as st

from vae_explorer import figures, files
from vae_explorer.errors import ConfigError
from vae_explorer.export import sample_files
from vae_explorer.export.sample_files import Samples
from vae_explorer.latent import generation, geometry
from vae_explorer.ui import messages
from vae_explorer.ui.components.wall import FAR, Live, Tile, wall
from vae_explorer.ui.pages.generate import temperature
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.cache import Space
from vae_explorer.ui.shared import cloud, page_links, widgets

LARGEST_LINKED = 1_000_000  # seed that a link may hold: its tile has room for it
COUNTS = (12, 24, 48, 96)
CLOUD = "prior_cloud"


@st.fragment
def show(space: Space) -> None:
    """The wall, where its tiles lie among the data, and what can be saved."""
    with messages.guard():
        page_links.follow()
        left, right = st.columns([7, 5], gap="large")
        with left:
            label, count = _settings(space)
            scale = temperature.now()
            seeds = _seeds()[:count]
            told = label if space.checkpoint.config.classes else None
            drawn = sample_files.drawn(space.checkpoint, None, seeds, scale, told)
            made = drawn.made
            mu = space.encoded.mu if space.encoded is not None else made.z[:0]
            far = generation.is_far(mu, made.z, space.typical).tolist()
            _tiles(space, drawn, far, scale, label)
            _write_link(_seeds())
        with right:
            cloud.cloud(space, key=CLOUD, height=400)
            _words(space, far)
        downloads(drawn, "prior")


def _settings(space: Space) -> tuple[int, int]:
    """The class, for a conditional model, and how many tiles."""
    label = widgets.label_chooser(space)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "New samples",
            icon=":material/casino:",
            key="new_samples",
            type="primary",
            help="Other seeds for all tiles that are not locked",
            on_click=_renew,
        )
        st.button(
            "Start again",
            icon=":material/restart_alt:",
            key="first_samples",
            help="The first seeds, nothing locked",
            on_click=_reset,
            disabled=_seeds() == list(range(COUNTS[-1])) and not _locked(),
        )
        count = st.segmented_control(
            "Tiles",
            COUNTS,
            default=COUNTS[1],
            required=True,
            label_visibility="collapsed",
            **registry.TILE_COUNT.widget,
        )
    return label, count if count in COUNTS else COUNTS[1]


def _tiles(space: Space, drawn: Samples, far: list[bool], scale: float, label: int) -> None:
    locked, seeds, made = _locked(), drawn.seeds, drawn.made
    pictures = figures.to_bytes(made.pictures).squeeze(1)
    tiles = [
        Tile(
            picture,
            str(seed),
            f"seed {seed}{', far from all data' if lonely else ''}: open in the live view",
            FAR if lonely else "",
            place in locked,
        )
        for place, (picture, seed, lonely) in enumerate(zip(pictures, seeds, far, strict=True))
    ]
    z = geometry.prior_samples(list(seeds), space.checkpoint.config.latent_dim)

    def again(place: int) -> None:
        registry.SEEDS.put(generation.another(_seeds(), place))
        locked.discard(place)

    wall(
        tiles,
        key="prior_wall",
        label="Draws from the prior; Enter opens one in the live view, L keeps it, R draws anew",
        on_open=lambda place: page_links.at(space, made.z[place], label),
        on_lock=lambda place: locked.symmetric_difference_update({place}),
        on_again=again,
        live=Live(
            space, z, scale, temperature.HOTTEST, CLOUD, temperature.keep, label, temperature.ABOUT
        ),
    )


def _words(space: Space, far: list[bool]) -> None:
    if space.encoded is None:
        return
    if not space.checkpoint.config.variational:
        spread = space.encoded.mu.std(dim=0)
        messages.note(
            "This autoencoder was never told of a prior: N(0, 1) is not where its codes lie (their "
            f"standard deviations go from {spread.min():.1f} to {spread.max():.1f}), so what these "
            "draws show is up to chance."
        )
    lonely = f"{sum(far)} of {len(far)} draws, dashed, lie" if any(far) else "No draw lies"
    messages.note(
        f"{lonely} farther from all test digits than 99 % of those do from each other"
        + (": the decoder is guessing there." if any(far) else ".")
    )


def downloads(made: Samples, name: str) -> None:
    """Pictures as a sheet, as numbers, or as a folder of files."""
    with st.container(horizontal=True):
        widgets.download("PNG sheet", made.png, f"{name}.png", "image/png", f"save_{name}_png")
        widgets.download(
            "NPZ", made.npz, f"{name}.npz", "application/octet-stream", f"save_{name}_npz"
        )
        widgets.download(
            "Folder",
            lambda: files.zipped(made.folder()),
            f"{name}.zip",
            "application/zip",
            f"save_{name}_zip",
        )


def _seeds() -> list[int]:
    """Of all tiles there can be: tile i is always tile i, however many are shown."""
    return registry.SEEDS.start(_linked_seeds)


def _linked_seeds() -> list[int]:
    """Those of the address, filled up; the first ones where it has none or nonsense."""
    seeds: list[int] = []
    with contextlib.suppress(ConfigError):
        seeds = generation.read_seeds(registry.SEEDS.link_text() or "")[: COUNTS[-1]]
    first = max(seeds, default=-1) + 1
    if first > LARGEST_LINKED:
        seeds, first = [], 0
    return [*seeds, *range(first, first + COUNTS[-1] - len(seeds))]


def _write_link(seeds: list[int]) -> None:
    first = seeds == list(range(len(seeds)))
    registry.SEEDS.write_link(None if first else generation.seeds_text(seeds))


def _locked() -> set[int]:
    return registry.LOCKED_TILES.start(set)


def _renew() -> None:
    shown = registry.TILE_COUNT.get() or COUNTS[1]
    registry.SEEDS.put(generation.renewed(_seeds(), _locked(), shown))


def _reset() -> None:
    registry.SEEDS.put(list(range(COUNTS[-1])))
    registry.LOCKED_TILES.put(set())
