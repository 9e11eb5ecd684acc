"""Choosing an encoded picture as an endpoint: by its class, among pictures, or by its number."""

from typing import Any

import streamlit as st

from vae_explorer.ui import messages
from vae_explorer.ui.components import picker
from vae_explorer.ui.pages.interpolate import endpoints
from vae_explorer.ui.pages.interpolate.endpoints import Endpoint
from vae_explorer.ui.session import latent_pictures, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.registry import Property
from vae_explorer.ui.shared import pictures

OFFERED = 12  # pictures at a time


def choose(space: Space, title: str, key: str, default_class: int) -> Endpoint:
    """One encoded picture; at first of the default class, or as the link says."""
    by_class, by_number, more = st.columns([3, 3, 1], vertical_alignment="bottom")
    with by_class:
        label = _class(space, title, key, default_class)
    members = space.members[label]
    item = registry.ENDPOINT_ITEM(key)
    first = 0 if default_class < len(space.classes) else -1  # of few classes not the other's
    with by_number:
        number = item_number(
            space,
            "Number",
            item,
            int(members[first]) if len(members) else 0,
            help="Any picture of the test set, by its number",
            on_change=lambda: _turn_to(space, key, _valid_item(space, item)),
        )
    more.button(
        "",
        key=f"{key}_more",
        icon=":material/refresh:",
        help="Other pictures of this class",
        on_click=_turn,
        args=(key,),
    )
    if registry.leads_back():
        _turn_page(space, key, label, number)
    _offer(space, f"{title}: pictures of class {space.classes[label]}", key, label, number)
    return endpoints.of_item(space, number)


def item_number(space: Space, title: str, item: Property, default: int, **looks: Any) -> int:
    """A box for the number of an encoded picture: the default while there is none that exists."""
    if item.link_text() is not None and item.linked_number() is None:
        item.write_link(None)  # Streamlit takes any number from a link, infinity too
        st.rerun()
    item.start_over_for(space.pictures, default)
    if _valid_item(space, item) is None:
        item.put(default)
    last = len(space.codes.mu) - 1
    return st.number_input(title, 0, last, default, step=1, **looks, **item.widget)


def _class(space: Space, title: str, key: str, default_class: int) -> int:
    """The class of which pictures are offered."""
    count = len(space.classes)
    chosen, default = registry.ENDPOINT_CLASS(key), min(default_class, count - 1)
    chosen.start_over_for(space.pictures, default)
    registry.OFFER_PAGE(key).start_over_for(space.pictures, 0)
    if not chosen.is_set and chosen.link_text() is None:
        _turn_to(space, key, _valid_item(space, registry.ENDPOINT_ITEM(key)))
    return st.selectbox(
        f"{title}: class",
        range(count),
        index=default,
        format_func=space.classes.__getitem__,
        on_change=_go_to_first,
        args=(space, key),
        **chosen.widget,
    )


def _offer(space: Space, title: str, key: str, label: int, number: int) -> None:
    """Some pictures of a class to pick from, the chosen one marked."""
    members = space.members[label]
    first = registry.OFFER_PAGE(key).get(0) * OFFERED % max(len(members), 1)
    offered = members[first : first + OFFERED].tolist()
    if not offered:
        return
    tiles, original = latent_pictures.encoded_pictures(space, offered)

    def go(index: int) -> None:
        registry.ENDPOINT_ITEM(key).put(offered[index])

    picker.pick(
        tiles,
        [""] * len(offered),
        key=f"{key}_picker",
        label=title,
        chosen=offered.index(number) if number in offered else None,
        size=44,
        on_pick=go,
    )
    messages.note(f"{pictures.marked_as(original).capitalize()}.")


def _valid_item(space: Space, item: Property) -> int | None:
    """The encoded picture that was chosen here or by the link, where this model has it."""
    number = item.get(item.linked_number())
    return number if number is not None and 0 <= number < len(space.codes.mu) else None


def _turn_to(space: Space, key: str, number: int | None) -> None:
    """Show the class of a picture, and those of it among which the picture is."""
    if number is None:
        return
    label = int(space.codes.labels[number])
    registry.ENDPOINT_CLASS(key).put(label)
    _turn_page(space, key, label, number)


def _turn_page(space: Space, key: str, label: int, number: int) -> None:
    """Turn to the pictures of a class among which a picture is."""
    members = space.members[label].tolist()
    if number in members:
        registry.OFFER_PAGE(key).put(members.index(number) // OFFERED)


def _go_to_first(space: Space, key: str) -> None:
    members = space.members[registry.ENDPOINT_CLASS(key).get()]
    registry.OFFER_PAGE(key).put(0)
    if len(members):
        registry.ENDPOINT_ITEM(key).put(members[0].item())


def _turn(key: str) -> None:
    registry.OFFER_PAGE(key).put(registry.OFFER_PAGE(key).get(0) + 1)
