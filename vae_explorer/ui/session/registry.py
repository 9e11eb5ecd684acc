"""Every property of the app that lives longer than a rerun, in one table.

A property is its key: of a widget, in the session, and, where it is linked, in the page's address.
Nothing else touches `st.session_state` or `st.query_params`, but for components, which find their
own news under their own key. Buttons and the like, of which nothing is kept, need no entry.
"""

import re
from collections.abc import Callable, Container, Mapping
from typing import Any, Literal, NotRequired, TypedDict

import streamlit as st


class WidgetKey(TypedDict):
    """What a widget takes that stands for a property: `st.slider(..., **registry.STEPS.widget)`."""

    key: str
    bind: NotRequired[Literal["query-params"]]


class Property(str):
    """A key with what it stands for. As text it is the key itself."""

    about: str
    linked: bool

    def __new__(cls, key: str, about: str, *, linked: bool = False) -> "Property":
        made = super().__new__(cls, key)
        made.about, made.linked = about, linked
        return made

    @property
    def widget(self) -> WidgetKey:
        """Key and binding of the widget that shows and changes it."""
        return {"key": self, "bind": "query-params"} if self.linked else {"key": self}

    @property
    def is_set(self) -> bool:
        """Whether the session holds it, be it None."""
        return self in st.session_state

    def get(self, default: Any = None) -> Any:
        """Its value in this session."""
        return st.session_state.get(self, default)

    def start(self, make: Callable[[], Any]) -> Any:
        """Its value, made and kept where the session holds none yet."""
        if self not in st.session_state:
            st.session_state[self] = make()
        return st.session_state[self]

    def put(self, value: Any) -> None:
        """Keep a value; of a widget, before it is drawn or from a callback."""
        st.session_state[self] = value

    def take(self, default: Any = None) -> Any:
        """Its value, which the session then forgets."""
        return st.session_state.pop(self, default)

    def keep_among(self, choices: Container) -> None:
        """Forget a value that is not offered; to be called before the widget is drawn."""
        if self in st.session_state and st.session_state[self] not in choices:
            del st.session_state[self]

    def link_text(self) -> str | None:
        """What the address says, or None. It may say anything."""
        return st.query_params.get(self)

    def write_link(self, text: str | None) -> None:
        """Put it into the address, unless it is there; None takes it out."""
        if text is None:
            st.query_params.pop(self, None)
        elif st.query_params.get(self) != text:
            st.query_params[self] = text


class Family:
    """Properties of one kind, one for each name: of the ends of a walk, of coordinates."""

    def __init__(self, pattern: str, about: str, *, linked: bool = False):
        self.pattern, self.about, self.linked = pattern, about, linked

    def __call__(self, name: object) -> Property:
        return Property(self.pattern.format(name), self.about, linked=self.linked)


# --- the model and the place that all pages share
MODEL = Property("model", "key of the chosen model", linked=True)
LABEL = Property("label", "class that a conditional model decodes", linked=True)
COORDINATE = Family("z{}", "a latent coordinate of the place, numbered from 1", linked=True)
UPLOADED_MODELS = Property("uploaded", "models that this visitor has added, by key")
NEXT_MODEL = Property("choose", "key of a model to switch to before the chooser is drawn")
NEXT_PLACE = Property("choose_place", "(z, class) to go to in that model")
ADDED_FILE = Property("added_file", "id of the model file that was read last")
DRAWS = Property("draw", "how many random points this session has asked for")
JUMPS = Property("jumps", "how many digits of each class it has jumped to")
MOVES = Property("moves", "how often this side, not the browser, has moved the place")
PATH_TAKEN = Property("path_taken", "(count of the move, places (n, D)) of a walk to be shown")
OPEN_EXPLORE = Property("opening", "a click in a callback leads to Explore")

# --- Explore
MODE = Property("mode", "who decodes, one of position.MODES", linked=True)
AXES = Property("axes", "the two coordinates of the slice", linked=True)
NO_WEBGL = Property("cannot", "this visitor's browser has said that it cannot draw")
REDRAW = Property("redraw", "a part of the page has changed what others show")
SLIDERS_SHOWN = Property("sliders", "the page has shown sliders until this run")

# --- Generate

# --- Interpolate

# --- Reconstruct, and a digit of the visitor's own

# --- Anomaly lab

# --- Compare

# --- Train


def keep_among(key: str, choices: Container) -> None:
    """See `Property.keep_among`."""
    Property(key, "").keep_among(choices)


def put_all(values: Mapping[Property, Any]) -> None:
    """Keep several values at once, as a callback does."""
    for key, value in values.items():
        key.put(value)


def write_links(texts: Mapping[str, str], *, instead_of: str) -> None:
    """Put keys into the address at once; those that match `instead_of` and are not new leave it."""
    for key in list(st.query_params):
        if key not in texts and re.fullmatch(instead_of, key):
            del st.query_params[key]
    if any(st.query_params.get(key) != text for key, text in texts.items()):
        st.query_params.update(texts)


def properties() -> dict[str, Property | Family]:
    """The table: name -> property or family."""
    return {n: v for n, v in globals().items() if isinstance(v, Property | Family)}
