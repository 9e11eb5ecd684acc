"""Choosing a sum a − b + c as an endpoint: what sets a apart from b, added to c."""

import streamlit as st

from vae_explorer import figures
from vae_explorer.ui.pages.interpolate import endpoints, picture_form
from vae_explorer.ui.pages.interpolate.endpoints import TILE, Endpoint
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import neighbours, pictures

MOST_TRIED = 20  # classes, of many
TEST_DIGIT = -1  # among the classes of a term: a test digit in place of a centre


def choose(space: Space, title: str, key: str, default_class: int, label: int) -> Endpoint:
    """The sum of three terms, each a test digit or the centre of a class."""
    classes = endpoints.classes_with_pictures(space)
    first = default_class if default_class in classes else classes[0]
    third = _third(space, first, classes)
    terms = []
    defaults = {"a": TEST_DIGIT, "b": first, "c": third}
    for column, (letter, default) in zip(st.columns(3), defaults.items(), strict=True):
        with column:
            terms.append(_term(space, title, (key, letter), default, first, label))
    endpoint = endpoints.of_sum(space, terms, label)
    tiles = [figures.to_bytes(shown.picture) for shown in (*terms, endpoint)]
    signs = ("a", "− b", "+ c", "=")
    names = [*(term.name for term in terms), "decoded"]
    captions = [f"{sign} {name}" for sign, name in zip(signs, names, strict=True)]
    pictures.gallery(tiles, captions, width=TILE)
    return endpoint


def _styled(space: Space, of_class: int) -> int:
    """A picture of a class with some style of its own to carry over."""
    members = space.members[of_class]
    return int(members[len(members) * 3 // 4])


def _third(space: Space, first: int, classes: list[int]) -> int:
    """The class to which the style is taken at first: where, by the neighbours, that works best."""
    centres = endpoints.centres(space)
    style = space.codes.mu[_styled(space, first)] - centres[first]
    shares = {}
    for third in [c for c in classes if c != first][:MOST_TRIED]:
        vote = neighbours.vote(space, style + centres[third])
        if vote.label == third:
            shares[third] = vote.share
    following = classes[(classes.index(first) + 2) % len(classes)]
    return max(shares, key=shares.__getitem__, default=following)


def _term(
    space: Space, title: str, key: tuple[str, str], default: int, digit_class: int, label: int
) -> Endpoint:
    """One term; a test digit is at first one of `digit_class`."""
    classes = endpoints.classes_with_pictures(space)
    names = {TEST_DIGIT: f"a test {space.noun}"} | {
        c: f"centre of {space.classes[c]}" for c in classes
    }
    term, title = registry.SUM_TERM(*key), f"{title}: {key[1]}"
    term.start_over_for(space.pictures, default)
    term.keep_among(names)
    chosen = st.selectbox(
        title,
        list(names),
        index=list(names).index(default),
        format_func=names.__getitem__,
        **term.widget,
    )
    if chosen != TEST_DIGIT:
        return endpoints.of_centre(space, chosen, label)
    number = picture_form.item_number(
        space,
        f"{title}: number in the test set",
        registry.SUM_ITEM(*key),
        _styled(space, digit_class),
        label_visibility="collapsed",
    )
    return endpoints.of_item(space, number)
