"""HTML for pages, put together so that nothing from outside can be more than text.

`element` escapes every text and attribute that is not HTML made here (Markup of markupsafe).
Streamlit passes the result on as it is: tidying 100 kB of it would take 1 ms each time.
"""

from collections.abc import Iterable

import streamlit as st
from markupsafe import Markup, escape

EMPTY = Markup("")
VOID = frozenset({"img", "br", "hr", "wbr"})  # elements that have no end


def element(tag: str, *children: str, style: str = "", **attributes: object) -> Markup:
    """One element around its children: element("b", "a < b") -> <b>a &lt; b</b>.

    Children that are Markup stay as they are, all other text is escaped. Underscores in the names
    of attributes are hyphens, one at the end falls away (class_); None leaves an attribute out.
    """
    named = attributes | {"style": style or None}
    parts = [
        Markup(' {}="{}"').format(name.rstrip("_").replace("_", "-"), value)
        for name, value in named.items()
        if value is not None
    ]
    opened = Markup("<{}{}>").format(Markup(tag), EMPTY.join(parts))
    return (
        opened if tag in VOID else opened + joined(children) + Markup("</{}>").format(Markup(tag))
    )


def joined(parts: Iterable[str]) -> Markup:
    """Pieces of HTML and of text behind each other."""
    return EMPTY.join(map(escape, parts))


class _Untidied(str):
    """HTML that Streamlit passes on as it is."""

    def _repr_html_(self) -> str:
        return str(self)


def show(*parts: str) -> None:
    """Put HTML on the page."""
    st.html(_Untidied(joined(parts)))
