"""Choosing an end of a walk. Each keeps its choice under a name of its own, "from" or "to"."""

from typing import Any

import streamlit as st
import torch

from vae_explorer import figures
from vae_explorer.data.handwriting.mnist_format import SIDE
from vae_explorer.errors import UploadError
from vae_explorer.models import inference
from vae_explorer.ui import messages
from vae_explorer.ui.components import picker
from vae_explorer.ui.pages.interpolate import endpoints
from vae_explorer.ui.pages.interpolate.endpoints import End
from vae_explorer.ui.session import cache, position, registry
from vae_explorer.ui.session.cache import Space
from vae_explorer.ui.session.registry import Property
from vae_explorer.ui.shared import pictures, user_digit
from vae_explorer.ui.shared.page_links import PLACE

CHOICES = 12  # pictures offered at each end
TEST, CENTRE, MINE, SUM = "Digit", "Class", "Mine", "a − b + c"
DIGIT = -1  # among the terms of a sum: a test digit in place of a class
TILE = 96  # pixels of what an end looks like


def choose(space: Space, title: str, key: str, default_class: int, label: int) -> End:
    """One end of a walk in a space that has encoded pictures; `label` of a conditional model."""
    chosen_kind = registry.ENDPOINT_KIND(key)
    if key == "from" and registry.WALK_FROM_USER_DIGIT.take(False):
        chosen_kind.put(MINE)
    kinds = [TEST, CENTRE, MINE, PLACE, SUM]
    if space.checkpoint.config.image_size != SIDE:
        kinds.remove(MINE)
    chosen_kind.keep_among(kinds)
    kind = st.segmented_control(
        title, kinds, default=TEST, required=True, wrap=True, **chosen_kind.widget
    )
    if kind == CENTRE:
        return _centre(space, title, key, default_class, label)
    if kind == MINE:
        return _mine(space, key, label) or _test(space, title, key, default_class)
    if kind == PLACE:
        return _place(space, key, label)
    if kind == SUM:
        return _sum(space, title, key, default_class, label)
    return _test(space, title, key, default_class)


def _test(space: Space, title: str, key: str, default_class: int) -> End:
    """Choose one encoded picture: by class, by picking among pictures, or by its number."""
    by_class, by_number, more = st.columns([3, 3, 1], vertical_alignment="bottom")
    count = len(space.classes)
    shown_class, item = registry.ENDPOINT_CLASS(key), registry.ENDPOINT_ITEM(key)
    if not shown_class.is_set and shown_class.link_text() is None:
        shown_class.put(min(default_class, count - 1))
        _show_class_of(space, key, _valid_item(space, item))
    with by_class:
        chosen_class = st.selectbox(
            f"{title}: class",
            range(count),
            format_func=space.classes.__getitem__,
            on_change=_first_of_class,
            args=(space, key),
            **shown_class.widget,
        )
    members = space.members[chosen_class]
    usual = members[0].item() if len(members) else 0
    with by_number:
        index = _item(
            space,
            "Test item",
            item,
            usual,
            help="Any item of the test set",
            on_change=lambda: _show_class_of(space, key, _valid_item(space, item)),
        )
    more.button(
        "",
        key=f"{key}_more",
        icon=":material/refresh:",
        help="Other pictures of this class",
        on_click=_turn,
        args=(key,),
    )
    first = registry.OFFER_PAGE(key).get(0) * CHOICES % max(len(members), 1)
    offered = members[first : first + CHOICES].tolist()
    if offered:
        tiles, original = cache.pictures(space, offered)

        def go(position: int) -> None:
            item.put(offered[position])

        picker.pick(
            tiles,
            [""] * len(offered),
            key=f"{key}_picker",
            label=f"{title}: pictures of class {space.classes[chosen_class]}",
            chosen=offered.index(index) if index in offered else None,
            size=44,
            on_pick=go,
        )
        messages.note(f"{pictures.marked_as(original).capitalize()}.")
    return endpoints.of_item(space, index)


def _item(space: Space, title: str, item: Property, usual: int, **looks: Any) -> int:
    """A box for the number of an encoded picture: `usual` while there is none that exists."""
    if item.link_text() is not None and _linked_item(item) is None:
        item.write_link(None)  # Streamlit takes any number from a link, infinity too
        st.rerun()
    if _valid_item(space, item) is None:
        item.put(usual)
    last = len(space.encoded.mu) - 1
    return st.number_input(title, 0, last, None, step=1, **looks, **item.widget)


def _valid_item(space: Space, item: Property) -> int | None:
    """The encoded picture that was chosen here or by the link, where this model has it."""
    number = item.get(_linked_item(item))
    return number if number is not None and 0 <= number < len(space.encoded.mu) else None


def _linked_item(item: Property) -> int | None:
    """The number in the link."""
    text = item.link_text() or ""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _show_class_of(space: Space, key: str, number: int | None) -> None:
    """Turn to the class of a picture, and to the page on which it is offered."""
    if number is None:
        return
    group = space.encoded.labels[number].item()
    registry.ENDPOINT_CLASS(key).put(group)
    rank = (space.members[group] == number).nonzero().item()
    registry.OFFER_PAGE(key).put(rank // CHOICES)


def _first_of_class(space: Space, key: str) -> None:
    members = space.members[registry.ENDPOINT_CLASS(key).get()]
    registry.OFFER_PAGE(key).put(0)
    if len(members):
        registry.ENDPOINT_ITEM(key).put(members[0].item())


def _turn(key: str) -> None:
    registry.OFFER_PAGE(key).put(registry.OFFER_PAGE(key).get(0) + 1)


def _centre(space: Space, title: str, key: str, default_class: int, label: int) -> End:
    """The mean code of a class, and how many codes it is the mean of."""
    groups = [group for group in range(len(space.classes)) if endpoints.has(space, group)]
    chosen_class = registry.ENDPOINT_CENTRE(key)
    chosen_class.keep_among(groups)
    group = st.selectbox(
        f"{title}: class",
        groups,
        index=min(default_class, len(groups) - 1),
        format_func=space.classes.__getitem__,
        **chosen_class.widget,
    )
    end = endpoints.of_centre(space, group, label)
    count = len(space.members[group])
    codes = "the code of its only example" if count == 1 else f"the mean of its {count:,} codes"
    _tile(end, f"The centre of class {space.classes[group]}: {codes}, decoded.")
    return end


def _mine(space: Space, key: str, label: int) -> End | None:
    """A digit of the visitor's own: a file, or the one brought from Reconstruct."""
    tile, door = st.columns([1, 3], vertical_alignment="center")
    file = door.file_uploader(
        "A picture of one digit",
        max_upload_size=20,
        label_visibility="collapsed",
        **registry.ENDPOINT_FILE(key).widget,
    )
    kept = user_digit.kept(space)
    if file is not None:
        try:
            picture = user_digit.first_digit(file.getvalue())
        except UploadError as error:
            messages.failed(str(error))
        else:
            mu = inference.reconstruct(space.checkpoint, picture.unsqueeze(0), label).mu[0]
            kept = user_digit.Kept(mu, picture)
    if kept is None:
        messages.note(
            "Upload a picture here, or draw, paste or photograph one on Reconstruct and choose "
            "“Interpolate from it”. Until then, a test digit:"
        )
        return None
    with tile:
        pictures.gallery([figures.to_bytes(kept.picture)[0]], ["My digit"], width=TILE)
    picture = kept.picture
    return End(
        kept.code, picture, "my digit", (), lambda other: endpoints.encoded_there(other, picture)
    )


def _place(space: Space, key: str, label: int) -> End:
    """A place that the visitor has held on Explore, at first the one that is shown there now."""
    kept_place, here = registry.ENDPOINT_PLACE(key), position.current(space)

    def take() -> None:
        kept_place.put((space.checkpoint.sha256, here.tolist()))

    sha, z = kept_place.get(("", []))
    if sha != space.checkpoint.sha256:
        take()
        z = here.tolist()
    place = torch.tensor(z)
    words = ", ".join(f"{value:.2f}".replace("-", "−") for value in z[:6])
    words += ", …" if len(z) > 6 else ""
    end = endpoints.of_place(space, place, "held place", label)
    _tile(
        end,
        f"z = ({words}), decoded. Explore can hold another: *Interpolate from here* and *to here*.",
    )
    if not torch.equal(place, here):
        st.button(
            "Take the place that Explore shows now",
            icon=":material/explore:",
            key=f"{key}_take",
            on_click=take,
        )
    return end


def _sum(space: Space, title: str, key: str, default_class: int, label: int) -> End:
    """What sets one thing apart from a second, added to a third."""
    groups = [group for group in range(len(space.classes)) if endpoints.has(space, group)]
    first = default_class if default_class in groups else groups[0]
    usual = {"a": DIGIT, "b": first, "c": groups[(groups.index(first) + 2) % len(groups)]}
    terms = []
    for column, (letter, default) in zip(st.columns(3), usual.items(), strict=True):
        with column:
            terms.append(_term(space, f"{title}: {letter}", (key, letter), default, first, label))
    end = endpoints.of_sum(space, terms, label)
    tiles = [figures.to_bytes(shown.picture)[0] for shown in (*terms, end)]
    signs = ("a", "− b", "+ c", "=")
    names = [*(term.name for term in terms), "decoded"]
    captions = [f"{sign} {name}" for sign, name in zip(signs, names, strict=True)]
    pictures.gallery(tiles, captions, width=TILE)
    return end


def _term(
    space: Space, title: str, key: tuple[str, str], default: int, group: int, label: int
) -> End:
    groups = [DIGIT, *(n for n in range(len(space.classes)) if endpoints.has(space, n))]
    term = registry.SUM_TERM(*key)
    term.keep_among(groups)
    names = {n: f"centre of {space.classes[n]}" for n in groups[1:]} | {DIGIT: "a test digit"}
    chosen = st.selectbox(
        title,
        groups,
        index=groups.index(default),
        format_func=names.get,
        **term.widget,
    )
    if chosen != DIGIT:
        return endpoints.of_centre(space, chosen, label)
    typical = space.members[group]
    usual = typical[len(typical) * 3 // 4].item()  # with some style of its own to carry over
    name = f"{title}: test item"
    return endpoints.of_item(
        space, _item(space, name, registry.SUM_ITEM(*key), usual, label_visibility="collapsed")
    )


def _tile(end: End, words: str) -> None:
    tile, text = st.columns([1, 3], vertical_alignment="center")
    with tile:
        pictures.gallery([figures.to_bytes(end.picture)[0]], [""], width=TILE)
    with text:
        messages.note(words)
