"""Names and sentences from files are never Markdown: a class called like a picture loads none."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest
from visible import assert_fine

PICTURE = "![b](http://example.com/x.png)"
# Kinds of elements, and fields of others, whose text Streamlit shows as it is
PLAIN_ELEMENTS = frozenset({"html", "arrow_vega_lite_chart", "arrow_data_frame", "bidi_component"})
PLAIN_FIELDS = frozenset({"options", "raw_value", "raw_values", "placeholder", "id", "alt"})
MARKED_OPTIONS = frozenset({"radio", "button_group", "select_slider"})


def texts(message: Message, kind: str) -> Iterator[str]:
    """The texts of an element that may be shown as Markdown."""
    for field, value in message.ListFields():
        if field.name in PLAIN_FIELDS and not (field.name == "options" and kind in MARKED_OPTIONS):
            continue
        for part in value if _is_repeated(value) else [value]:
            if isinstance(part, str):
                yield part
            elif isinstance(part, Message):
                yield from texts(part, kind)


def _is_repeated(value: Any) -> bool:
    return hasattr(value, "append")


def marked(at: AppTest) -> list[str]:
    """All texts of a page that load a picture where they are Markdown."""
    return [
        f"{node.type}: {text}"
        for node in at._tree
        if node.type not in PLAIN_ELEMENTS and isinstance(getattr(node, "proto", None), Message)
        for text in texts(node.proto, node.type)
        if PICTURE in text
    ]


def hostile(small, **settings):
    """A model whose every text of a stranger is a picture of Markdown."""
    made = small(**settings)
    names = tuple(f"{PICTURE}{number}" for number in range(len(made.classes)))
    scores = {"neg_elbo": {"value": 1.0, "standard_error": 0.1, "protocol": PICTURE}}
    return dataclasses.replace(
        made, name=PICTURE, dataset=PICTURE, classes=names, scores=scores, conformance=(PICTURE,)
    )


@pytest.mark.parametrize("settings", [{"names": 3}, {"classes": 10}])
def test_texts_of_a_models_file_are_shown_as_they_are(
    visit, switch, small, install, drawing, settings
):
    key = install(hostile(small, **settings))
    install(hostile(small, **settings), "second")
    found = {}
    at = visit("", {"model": key, "models": f"{key},run:second", "input": "Upload"})
    for page in ("", "learn", "generate", "interpolate", "reconstruct", "anomalies", "compare"):
        at = switch(at, page)
        assert_fine(at)
        found[page] = marked(at)
    at = switch(at, "reconstruct")
    at.file_uploader(key="picture").upload("a.png", drawing, "image/png").run()
    assert_fine(at)
    found["reconstruct, a picture"] = marked(at)
    assert not {page: lines for page, lines in found.items() if lines}


def test_escaping_is_looked_for_where_markdown_is(visit):
    at = AppTest.from_string(f"""
import streamlit as st
st.radio("a", ["{PICTURE}"]); st.markdown("{PICTURE}"); st.selectbox("b", ["{PICTURE}"])
st.pills("c", ["{PICTURE}"]); st.button("{PICTURE}"); st.expander("{PICTURE}")
""").run()
    kinds = sorted(line.partition(":")[0] for line in marked(at))
    assert kinds == ["button", "button_group", "expander", "markdown", "radio"]
