"""The exact posterior of the nearest encoded picture: in the cloud, in figures, and to go to."""

import streamlit as st
from torch import Tensor

from vae_explorer.latent import geometry
from vae_explorer.latent.lattice import prior_lattice
from vae_explorer.latent.lattice.prior_lattice import DecodedLattice
from vae_explorer.ui import messages
from vae_explorer.ui.session import current_place, latent_pictures, registry
from vae_explorer.ui.session.exact import decoded_lattices, exact_beliefs
from vae_explorer.ui.session.exact.exact_beliefs import Belief
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import exact_posteriors, neighbours, widgets

MARK = "exact_overlay"  # key of the element that draws it


def show(space: Space, z: Tensor, view: str, live: bool) -> None:
    """The switch, and what it shows in the cloud `view` and beneath it at the place z (D,).

    `live`: the view has a switch of its own where there is anything to show.
    """
    label = registry.LABEL.get() or 0
    suited = space.encoded is not None
    suited = suited and not prior_lattice.hindrance(space.checkpoint.model, label)
    own = not (live and suited)
    on = exact_posteriors.switch(linked=not live) if own else current_place.exact_wanted()
    if not on or not exact_posteriors.possible(space, label):
        return
    if space.encoded is None:
        messages.note(widgets.nothing_encoded(space))
        return
    with messages.guard():
        lattice = decoded_lattices.of(space.checkpoint, label)
        _show(space, lattice, _index(space, z), view, live)


def _index(space: Space, z: Tensor) -> int:
    """The picture that was shown as long as z (D,) is one of its two places, else the nearest."""
    model, index, places = registry.EXACT_PICTURE.get(("", 0, []))
    known = model == space.checkpoint.sha256
    if known and any((z - place).abs().max() <= space.step for place in places):
        return index
    return int(geometry.nearest(space.codes.mu, z, 1).indices[0])


def _show(space: Space, lattice: DecodedLattice, index: int, view: str, live: bool) -> None:
    tiles, original = latent_pictures.encoded_pictures(space, [index])
    x, label = tiles[0], registry.LABEL.get() or 0
    belief = exact_beliefs.believed(space, lattice, x)
    places = list(exact_posteriors.ways(belief).values())
    registry.EXACT_PICTURE.put((space.checkpoint.sha256, index, places))
    exact_posteriors.mark(view, space, belief, key=MARK, explore=True)
    _title(space, index, original)
    figures, sights = st.columns(2, gap="large")
    with sights:
        if not live:
            _ways(space, belief)
        exact_posteriors.decoded(space, x, belief, label)
        exact_posteriors.costs(lattice)
    with figures:
        exact_posteriors.evidence(space, belief)
        exact_posteriors.gaps(exact_beliefs.searched(space, lattice, x))


def _title(space: Space, index: int, original: bool) -> None:
    picture = neighbours.named_picture(space, neighbours.class_name(space, index))
    title = f"**Exact posterior** of the nearest {messages.plain(picture)}"
    if space.checkpoint.config.classes:
        given = space.classes[registry.LABEL.get() or 0]
        title += f", taken for {messages.plain(neighbours.with_article(given))}"
    st.markdown(title)
    if not original:
        messages.note(
            "Of its reconstruction, which is encoded a little elsewhere: the original pictures "
            "are not on this disk."
        )


def _ways(space: Space, belief: Belief) -> None:
    """Buttons that move the cursor; the live view has its own."""

    def go(z: Tensor) -> None:
        current_place.go_to(space, z)
        registry.REDRAW.put(True)  # the sliders are elsewhere on the page

    with st.container(horizontal=True):
        for n, (name, z) in enumerate(exact_posteriors.ways(belief).items()):
            icon = ":material/my_location:"
            st.button(name, key=f"exact_way_{n}", icon=icon, on_click=go, args=(z,))
        exact_posteriors.close_up_button("exact_close_up")
