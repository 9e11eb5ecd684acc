"""What each way between two ends comes to: a line a way."""

import html
from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from vae_explorer.latent.density import COMPARED
from vae_explorer.latent.walks import GEODESIC
from vae_explorer.ui import messages
from vae_explorer.ui.components.player import Route

CELL = "padding:4px 0 4px 12px;text-align:right;font-variant-numeric:tabular-nums"
LEFT = "padding:4px 0;text-align:left"
EXPLAINED = (
    "Length: how far the decoded picture moves, Euclidean over pixels in [0, 1]. Rank: of test "
    "items, so many lie where the density is lower (aggregate posterior; of an autoencoder, by the "
    "distance to the fifth-nearest code). Classes: votes of the five nearest test items. Items at "
    "the ends do not count."
)
CAVEAT = (
    "The geodesic is the shortest way found under the pull-back metric of the decoder's mean "
    "([Arvanitidis et al. 2018](https://arxiv.org/abs/1710.11379)). That metric does not know "
    "where data lies, and to it blur is cheap: a short way may lead through empty places."
)


def show(routes: Sequence[Route]) -> None:
    """Lengths, the emptiest place and the classes passed, of each way that has them."""
    walked = [route for route in routes if route.walk is not None]
    straight = next((r.walk.travelled[-1].item() for r in walked if r.name == "straight"), None)
    head = "".join(
        f'<th style="{CELL};font-weight:400;opacity:.65">{title}</th>'
        for title in ("length", "× straight", "lowest rank", "classes passed")
    )
    lines = "".join(_line(route, straight) for route in walked)
    st.html(
        '<table class="walk-totals" style="width:100%;font-size:0.875rem;'
        f'border-collapse:collapse"><tr><th></th>{head}</tr>{lines}</table>'
    )
    if any(route.around is not None for route in walked):
        messages.note(EXPLAINED)
    if any(route.name == GEODESIC for route in walked):
        messages.note(CAVEAT)


def _line(route: Route, straight: float | None) -> str:
    length = route.walk.travelled[-1].item()
    share = f"{length / straight:.2f}" if route.own and straight else "–"
    cells = (f"{length:.2f}", share, _emptiest(route), _passed(route))
    swatch = (
        f'<span style="display:inline-block;width:14px;height:4px;border-radius:2px;margin-right:'
        f'7px;vertical-align:middle;background:{route.colour or "currentColor"}"></span>'
    )
    return (
        f'<tr style="border-top:1px solid #8883"><td style="{LEFT}">{swatch}'
        f"{html.escape(route.name)}</td>"
        + "".join(f'<td style="{CELL}">{html.escape(cell)}</td>' for cell in cells)
        + "</tr>"
    )


def _emptiest(route: Route) -> str:
    """The lowest percentile of its steps."""
    if route.around is None:
        return "–"
    least = route.around.percent.min().item()
    return f"{least:.1f} %" if least else f"< {100 / COMPARED:g} %"


def _passed(route: Route) -> str:
    """The classes that the neighbours vote for, in the order they come."""
    if not route.classes:
        return "–"
    names = [route.classes[vote.label] for vote in route.around.votes]
    passed = [name for name, _ in groupby(names)]
    return " → ".join(passed if len(passed) < 8 else [*passed[:3], "…", *passed[-2:]])
