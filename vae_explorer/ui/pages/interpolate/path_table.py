"""What is true of each path between two endpoints as a whole: a line a path."""

from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup

from vae_explorer.latent.density import REFERENCE_CODES
from vae_explorer.latent.path_kinds import GEODESIC
from vae_explorer.latent.walks import Walk
from vae_explorer.ui import html, messages
from vae_explorer.ui.components.player import PlayerRow
from vae_explorer.ui.html import element

CELL = "padding:4px 0 4px 12px;text-align:right;font-variant-numeric:tabular-nums"
LEFT = "padding:4px 0;text-align:left"
EXPLAINED = (
    "Pixel change: how far the decoded picture moves in all (Euclidean length, pixels in [0, 1]). "
    "Least typical step: it is denser there than at this share of the test pictures (density of "
    "the aggregate posterior; of an autoencoder, by the distance to the fifth-nearest code). "
    "Classes: votes of the five nearest test pictures. The endpoints themselves do not count."
)
CAVEAT = (
    "The geodesic is the path of least pixel change that was found: the shortest under the "
    "pull-back metric of the decoder's mean "
    "([Arvanitidis et al. 2018](https://arxiv.org/abs/1710.11379)). That metric does not know "
    "where data lies, and blur costs it little: a short path may lead through empty space."
)


def show(rows: Sequence[PlayerRow]) -> None:
    """Lengths, the emptiest place and the classes passed, of each path."""
    walks = [(row, row.walk) for row in rows if row.walk is not None]
    straight = next((_length(walk) for row, walk in walks if row.name == "straight"), None)
    titles = ("pixel change", "× straight", "least typical step", "classes passed")
    head = [element("th", title, style=f"{CELL};font-weight:400;opacity:.65") for title in titles]
    lines = [_line(row, walk, straight) for row, walk in walks]
    style = "width:100%;font-size:0.875rem;border-collapse:collapse"
    first = element("tr", element("th", "path", style=f"{LEFT};font-weight:400;opacity:.65"), *head)
    html.show(element("table", first, *lines, class_="walk-totals", style=style))
    if any(row.surroundings is not None for row in rows):
        messages.note(EXPLAINED)
    if any(row.name == GEODESIC for row in rows):
        messages.note(CAVEAT)


def _line(row: PlayerRow, walk: Walk, straight: float | None) -> Markup:
    length = _length(walk)
    share = f"{length / straight:.2f}" if row.in_cloud and straight else "–"
    texts = (f"{length:.2f}", share, _emptiest(row), _passed(row))
    look = "display:inline-block;width:14px;height:4px;border-radius:2px;margin-right:7px;"
    colour = f"vertical-align:middle;background:{row.colour or 'currentColor'}"
    name = element("td", element("span", style=look + colour), row.name, style=LEFT)
    cells = [element("td", text, style=CELL) for text in texts]
    return element("tr", name, *cells, style="border-top:1px solid #8883")


def _length(walk: Walk) -> float:
    """How far the decoded picture moves in all."""
    return walk.travelled[-1].item()


def _emptiest(row: PlayerRow) -> str:
    """The lowest percentile of its steps."""
    if row.surroundings is None:
        return "–"
    least = row.surroundings.percent.min().item()
    return f"{least:.1f} %" if least else f"< {100 / REFERENCE_CODES:g} %"


def _passed(row: PlayerRow) -> str:
    """The classes that the neighbours vote for, in the order they come."""
    if row.surroundings is None or not row.classes:
        return "–"
    names = [row.classes[vote.label] for vote in row.surroundings.votes]
    passed = [name for name, _ in groupby(names)]
    return " → ".join(passed if len(passed) < 8 else [*passed[:3], "…", *passed[-2:]])
