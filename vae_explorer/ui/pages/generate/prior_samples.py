"""The wall of samples from the prior: each tile has its own seed, can be locked or replaced."""

import streamlit as st

from vae_explorer import figures, files
from vae_explorer.export import sample_files
from vae_explorer.export.sample_files import Samples
from vae_explorer.latent import generation, geometry
from vae_explorer.ui import messages
from vae_explorer.ui.components.wall import FAR, Live, Tile, wall
from vae_explorer.ui.pages.generate import temperature, tile_seeds
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import cloud, page_links, widgets

COUNTS = (12, 24, 48, 96)
CLOUD = "prior_cloud"


@st.fragment
def show(space: Space) -> None:
    """The wall, where its samples lie among the data, and what can be saved."""
    with messages.guard():
        page_links.follow()
        left, right = st.columns([7, 5], gap="large")
        with left:
            label, count = _settings(space)
            samples = sample_files.draw_samples(
                space.checkpoint,
                None,
                _seeds()[:count],
                temperature.current_temperature(),
                label if space.checkpoint.config.classes else None,
            )
            z = samples.made.z
            codes = space.encoded.mu if space.encoded is not None else z[:0]
            far = generation.is_far(codes, z, space.typical).tolist()
            _tiles(space, samples, far, label)
            tile_seeds.write_link(_seeds())
        with right:
            cloud.cloud(space, key=CLOUD, height=400)
            _remarks(space, far)
        downloads(samples, "prior")


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
            help="The first seeds at temperature 1, nothing locked",
            on_click=_reset,
            disabled=_seeds() == list(range(COUNTS[-1]))
            and not _locked()
            and temperature.current_temperature() == 1,
        )
        count = st.segmented_control(
            "Number of pictures",
            COUNTS,
            default=COUNTS[1],
            required=True,
            label_visibility="collapsed",
            **registry.TILE_COUNT.widget,
        )
    return label, count if count in COUNTS else COUNTS[1]


def _tiles(space: Space, samples: Samples, far: list[bool], label: int) -> None:
    seeds, locked = list(samples.seeds), _locked()
    pictures = figures.to_bytes(samples.made.pictures)
    tiles = [
        Tile(
            picture,
            f"#{seed}",
            f"seed {seed}{', far from all data' if is_far else ''}: open on Explore",
            FAR if is_far else "",
            place in locked,
        )
        for place, (picture, seed, is_far) in enumerate(zip(pictures, seeds, far, strict=True))
    ]
    wall(
        tiles,
        key="prior_wall",
        label="Samples from the prior; Enter opens one on Explore, L locks it, R replaces it",
        on_open=lambda place: page_links.at(space, samples.made.z[place], label),
        on_lock=lambda place: locked.symmetric_difference_update({place}),
        on_again=_replace,
        live=_live(space, seeds, label),
    )


def _live(space: Space, seeds: list[int], label: int) -> Live:
    """What the browser needs to follow the temperature."""
    return Live(
        space=space,
        z=geometry.prior_samples(seeds, space.checkpoint.config.latent_dim),
        temperature=temperature.current_temperature(),
        hottest=temperature.HOTTEST,
        view=CLOUD,
        step=temperature.STEP,
        on_temperature=temperature.keep,
        label=label,
        title=temperature.TITLE,
        about=temperature.ABOUT,
    )


def _remarks(space: Space, far: list[bool]) -> None:
    messages.note("Under each sample, behind #, its seed: the same seed is the same sample.")
    if space.encoded is None:
        return
    if not space.checkpoint.config.variational:
        spread = space.encoded.mu.std(dim=0)
        messages.note(
            "This autoencoder was trained without a prior: its codes do not lie where N(0, 1) "
            f"does (their standard deviations go from {spread.min():.1f} to {spread.max():.1f}), "
            "so what these samples show is up to chance."
        )
    data = f"{space.noun}s"
    messages.note(
        f"{sum(far)} of {len(far)} samples (dashed frames) lie far from all real {data}: farther "
        "than 99 % of what the encoder makes of test pictures. The decoder is guessing there."
        if any(far)
        else f"All samples lie close to real {data}."
    )


def downloads(samples: Samples, name: str) -> None:
    """Pictures as one sheet, as files, or as numbers."""
    sheet = ("One sheet (.png)", samples.png, "png", "image/png")
    files_ = ("PNG files (.zip)", lambda: files.zipped(samples.folder()), "zip", "application/zip")
    arrays = ("NumPy arrays (.npz)", samples.npz, "npz", "application/octet-stream")
    with st.container(horizontal=True):
        for title, make, ending, mime in (sheet, files_, arrays):
            widgets.download(title, make, f"{name}.{ending}", mime, f"save_{name}_{ending}")


def _seeds() -> list[int]:
    """Of all tiles there can be: tile i is always tile i, however many are shown."""
    return tile_seeds.current(COUNTS[-1])


def _locked() -> set[int]:
    return registry.LOCKED_TILES.start(set)


def _replace(place: int) -> None:
    registry.SEEDS.put(generation.with_new_seed(_seeds(), place))
    _locked().discard(place)


def _renew() -> None:
    count = registry.TILE_COUNT.get() or COUNTS[1]
    registry.SEEDS.put(generation.renewed_seeds(_seeds(), _locked(), count))


def _reset() -> None:
    registry.SEEDS.put(list(range(COUNTS[-1])))
    registry.LOCKED_TILES.put(set())
    temperature.keep(1.0)
