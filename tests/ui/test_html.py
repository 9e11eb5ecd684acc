"""HTML of pages: nothing from outside is more than text."""

import pytest
from markupsafe import Markup

from vae_explorer.ui.html import element, joined


def test_text_is_escaped_and_elements_are_not():
    inner = element("b", "<script>")
    assert element("p", inner, "a & b") == "<p><b>&lt;script&gt;</b>a &amp; b</p>"


@pytest.mark.parametrize("mean", ['"><script>', "' onload='x", "<", "&quot;"])
def test_no_attribute_can_be_left(mean):
    made = element("img", src="x", alt=mean, style=mean)
    assert made.count('"') == 6
    assert "<" not in made[1:] and ">" not in made[:-1]


def test_attributes_are_written_as_html_has_them():
    made = element("span", "x", class_="walk", aria_hidden="true", title=None)
    assert made == '<span class="walk" aria-hidden="true">x</span>'


def test_an_image_has_no_end():
    assert element("img", src="a.png", alt="") == '<img src="a.png" alt="">'


def test_pieces_are_joined_and_stay_html():
    made = joined(["1 < 2", element("br")])
    assert made == "1 &lt; 2<br>" and isinstance(made, Markup)
