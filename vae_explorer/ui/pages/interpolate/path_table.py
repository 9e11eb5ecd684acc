"""What each way between two ends comes to: a line a way."""

from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup

from vae_explorer.latent.density import COMPARED
from vae_explorer.latent.walks import GEODESIC
from vae_explorer.ui import html, messages
from vae_explorer.ui.components.player import Route
from vae_explorer.ui.html import element

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
    titles = ("length", "× straight", "lowest rank", "classes passed")
    head = [element("th", title, style=f"{CELL};font-weight:400;opacity:.65") for title in titles]
    lines = [_line(route, straight) for route in walked]
    style = "width:100%;font-size:0.875rem;border-collapse:collapse"
    first = element("tr", element("th"), *head)
    html.show(element("table", first, *lines, class_="walk-totals", style=style))
    if any(route.around is not None for route in walked):
        messages.note(EXPLAINED)
    if any(route.name == GEODESIC for route in walked):
        messages.note(CAVEAT)


def _line(route: Route, straight: float | None) -> Markup:
    length = route.walk.travelled[-1].item()
    share = f"{length / straight:.2f}" if route.own and straight else "–"
    texts = (f"{length:.2f}", share, _emptiest(route), _passed(route))
    look = "display:inline-block;width:14px;height:4px;border-radius:2px;margin-right:7px;"
    colour = f"vertical-align:middle;background:{route.colour or 'currentColor'}"
    name = element("td", element("span", style=look + colour), route.name, style=LEFT)
    cells = [element("td", text, style=CELL) for text in texts]
    return element("tr", name, *cells, style="border-top:1px solid #8883")


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
