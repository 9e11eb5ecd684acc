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
from vae_explorer.ui.shared import pictures, user_digit
from vae_explorer.ui.shared.page_links import PLACE

CHOICES = 12  # pictures offered at each end
TEST, CENTRE, MINE, SUM = "Digit", "Class", "Mine", "a − b + c"
DIGIT = -1  # among the terms of a sum: a test digit in place of a class
TILE = 96  # pixels of what an end looks like


def choose(space: Space, title: str, key: str, default_class: int, label: int) -> End:
    """One end of a walk in a space that has encoded pictures; `label` of a conditional model."""
    kind_key = f"{key}_kind"
    if key == "from" and st.session_state.pop(user_digit.FROM_MINE, False):
        st.session_state[kind_key] = MINE
    kinds = [TEST, CENTRE, MINE, PLACE, SUM]
    if space.checkpoint.config.image_size != SIDE:
        kinds.remove(MINE)
    registry.keep_among(kind_key, kinds)
    kind = st.segmented_control(
        title, kinds, default=TEST, key=kind_key, required=True, wrap=True, **position.LINKED
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
    if f"{key}_class" not in st.session_state and f"{key}_class" not in st.query_params:
        st.session_state[f"{key}_class"] = min(default_class, count - 1)
        _show_class_of(space, key, _held(space, key))
    with by_class:
        chosen_class = st.selectbox(
            f"{title}: class",
            range(count),
            format_func=space.classes.__getitem__,
            key=f"{key}_class",
            on_change=_first_of_class,
            args=(space, key),
            **position.LINKED,
        )
    members = space.members[chosen_class]
    usual = members[0].item() if len(members) else 0
    with by_number:
        index = _item(
            space,
            "Test item",
            key,
            usual,
            help="Any item of the test set",
            on_change=lambda: _show_class_of(space, key, _held(space, key)),
        )
    more.button(
        "",
        key=f"{key}_more",
        icon=":material/refresh:",
        help="Other pictures of this class",
        on_click=_turn,
        args=(key,),
    )
    first = st.session_state.get(f"{key}_page", 0) * CHOICES % max(len(members), 1)
    offered = members[first : first + CHOICES].tolist()
    if offered:
        tiles, original = cache.pictures(space, offered)

        def go(position: int) -> None:
            st.session_state[key] = offered[position]

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


def _item(space: Space, title: str, key: str, usual: int, **looks: Any) -> int:
    """A box for the number of an encoded picture: `usual` while there is none that exists."""
    if key in st.query_params and _linked(key) is None:
        del st.query_params[key]  # Streamlit takes any number from a link, infinity too
        st.rerun()
    if _held(space, key) is None:
        st.session_state[key] = usual
    last = len(space.encoded.mu) - 1
    return st.number_input(title, 0, last, None, step=1, key=key, **looks, **position.LINKED)


def _held(space: Space, key: str) -> int | None:
    """The encoded picture that was chosen here or by the link, where this model has it."""
    item = st.session_state.get(key, _linked(key))
    return item if item is not None and 0 <= item < len(space.encoded.mu) else None


def _linked(key: str) -> int | None:
    """The number in the link."""
    text = st.query_params.get(key, "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _show_class_of(space: Space, key: str, item: int | None) -> None:
    """Turn to the class of a picture, and to the page on which it is offered."""
    if item is None:
        return
    group = space.encoded.labels[item].item()
    st.session_state[f"{key}_class"] = group
    place = (space.members[group] == item).nonzero().item()
    st.session_state[f"{key}_page"] = place // CHOICES


def _first_of_class(space: Space, key: str) -> None:
    members = space.members[st.session_state[f"{key}_class"]]
    st.session_state[f"{key}_page"] = 0
    if len(members):
        st.session_state[key] = members[0].item()


def _turn(key: str) -> None:
    st.session_state[f"{key}_page"] = st.session_state.get(f"{key}_page", 0) + 1


def _centre(space: Space, title: str, key: str, default_class: int, label: int) -> End:
    """The mean code of a class, and how many codes it is the mean of."""
    groups = [group for group in range(len(space.classes)) if endpoints.has(space, group)]
    registry.keep_among(f"{key}_centre", groups)
    group = st.selectbox(
        f"{title}: class",
        groups,
        index=min(default_class, len(groups) - 1),
        format_func=space.classes.__getitem__,
        key=f"{key}_centre",
        **position.LINKED,
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
        key=f"{key}_file",
        max_upload_size=20,
        label_visibility="collapsed",
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
    held, here = f"{key}_place", position.current(space)

    def take() -> None:
        st.session_state[held] = (space.checkpoint.sha256, here.tolist())

    sha, z = st.session_state.get(held, ("", []))
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
            terms.append(
                _term(space, f"{title}: {letter}", f"{key}_{letter}", default, first, label)
            )
    end = endpoints.of_sum(space, terms, label)
    tiles = [figures.to_bytes(shown.picture)[0] for shown in (*terms, end)]
    signs = ("a", "− b", "+ c", "=")
    names = [*(term.name for term in terms), "decoded"]
    captions = [f"{sign} {name}" for sign, name in zip(signs, names, strict=True)]
    pictures.gallery(tiles, captions, width=TILE)
    return end


def _term(space: Space, title: str, key: str, default: int, group: int, label: int) -> End:
    groups = [DIGIT, *(n for n in range(len(space.classes)) if endpoints.has(space, n))]
    registry.keep_among(key, groups)
    names = {n: f"centre of {space.classes[n]}" for n in groups[1:]} | {DIGIT: "a test digit"}
    chosen = st.selectbox(
        title,
        groups,
        index=groups.index(default),
        format_func=names.get,
        key=key,
        **position.LINKED,
    )
    if chosen != DIGIT:
        return endpoints.of_centre(space, chosen, label)
    typical = space.members[group]
    usual = typical[len(typical) * 3 // 4].item()  # with some style of its own to carry over
    name = f"{title}: test item"
    return endpoints.of_item(
        space, _item(space, name, f"{key}_item", usual, label_visibility="collapsed")
    )


def _tile(end: End, words: str) -> None:
    tile, text = st.columns([1, 3], vertical_alignment="center")
    with tile:
        pictures.gallery([figures.to_bytes(end.picture)[0]], [""], width=TILE)
    with text:
        messages.note(words)
