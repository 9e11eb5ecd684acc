"""Structures of molecules on a page: one, or several in rows that wrap, each with its words.

Drawn on white in every theme, as they are printed. What is no molecule is shown as such.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from markupsafe import Markup
from torch import Tensor

from vae_explorer import figures
from vae_explorer.molecules import drawings
from vae_explorer.ui import html
from vae_explorer.ui.html import EMPTY, element
from vae_explorer.ui.session.work.kept import kept

CARD = "margin:0;flex:none;width:min(calc(50% - 6px),{width}px)"  # two abreast on a phone
PAPER = "display:block;width:100%;height:auto;background:#fff;border-radius:6px"
TEXT = "font-size:0.8rem;line-height:1.35;margin-top:4px;overflow-wrap:anywhere"
NOT_VALID = "not a valid molecule"
MOST_DRAWN = 1_000  # drawings that are kept, of some 10 kB


class Structure(NamedTuple):
    """A molecule with what is said of it."""

    smiles: str | None  # None: what the model wrote is none
    title: str = ""
    lines: tuple[str, ...] = ()  # under it; the text itself goes first where it is no molecule
    marked: tuple[int, ...] = ()  # numbers of atoms that are pointed out


def show(shown: Sequence[Structure], width: int = 260) -> None:
    """Structures side by side, each at most `width` pixels wide."""
    cards = [_card(each, width) for each in shown]
    html.show(element("div", *cards, style="display:flex;flex-wrap:wrap;gap:12px"))


def drawing(smiles: str | None, marked: Sequence[int] = (), alt: str = "") -> Markup:
    """One structure as an <img>; a cross where it is none."""
    url = _url(smiles, tuple(marked))
    return element("img", src=url, alt=alt or smiles or NOT_VALID, style=PAPER)


def tiles(smiles: Sequence[str], width: int, height: int) -> Tensor:
    """Drawings as a picker takes them, (n, 3, height, width) in [0, 1]."""
    drawn = [_tile(text, width, height) for text in smiles]
    return torch.stack(drawn).permute(0, 3, 1, 2) / 255


@kept(MOST_DRAWN)
def _tile(smiles: str, width: int, height: int) -> Tensor:
    return torch.from_numpy(drawings.pixels(smiles, width, height).copy())


@kept(MOST_DRAWN)
def _url(smiles: str | None, marked: tuple[int, ...]) -> str:
    """A drawing without a server; kept, as pages show the same molecules at every run."""
    if smiles is None:
        return figures.data_url(figures.png(drawings.blank()))
    return figures.data_url(drawings.png(smiles, marked))


def _card(each: Structure, width: int) -> Markup:
    title = element("b", each.title, style="font-size:0.85rem") if each.title else EMPTY
    said = [element("div", line) for line in each.lines]
    if each.smiles is None:
        warned = "color:var(--st-orange-text-color);font-weight:600"
        said.insert(0, element("div", NOT_VALID, style=warned))
    return element(
        "figure",
        title,
        drawing(each.smiles, each.marked),
        element("figcaption", *said, style=TEXT),
        style=CARD.format(width=width),
    )
