"""The command `load`."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import tyro
from typing_extensions import Doc

from vae_explorer.cli.arguments import AsJson, check_between
from vae_explorer.errors import ExplorerError

if TYPE_CHECKING:
    from vae_explorer.ui.load.capacity import Bar, Stage

MOST_VISITORS = 1000
LEAST_SECONDS, MOST_SECONDS = 1.0, 3600.0
TOLD_ERRORS = 5
_ADDRESS = re.compile(r"https?://[^/?#\s]+(/[^?#\s]*)?")


def load(
    url: Annotated[str, tyro.conf.Positional, Doc("of the app, like https://vae.example.org/vae")],
    *,
    visitors: Annotated[int, Doc("at once, up to which it is tried")] = 40,
    seconds: Annotated[float, Doc("for which each number of visitors is there")] = 60.0,
    slider_seconds: Annotated[
        float, Doc("that 95 of 100 slider steps decoded by the server may take")
    ] = 0.5,
    page_seconds: Annotated[float, Doc("that 95 of 100 openings of a page may take")] = 5.0,
    model: Annotated[str, Doc("that is looked at, by its name on the server")] = "mnist-3d",
    as_json: AsJson = False,
    seed: Annotated[int, Doc("of what visitors do")] = 0,
) -> None:
    """Say how many visitors a server of yours holds, by sending them to it.

    5 visitors, then twice as many each time, go from page to page as a class does, until waits are
    longer than wanted or something fails; then the gap is halved twice. They start no trainings and
    bring no files. They fetch neither scripts nor pictures. Send them from another machine: on
    the server's own they take its processors. Status 1 where it holds fewer than asked for.
    """
    # What visitors send is Streamlit's: only asked for when called
    from vae_explorer.ui.load import capacity

    url = _checked(url, visitors, seconds)
    warm = capacity.warm_up(url, model, seed)
    if not as_json:
        print(f"one visitor went through all pages in {warm:.1f} s\n\n{HEADING}", flush=True)
    bar = capacity.Bar(slider_seconds, page_seconds)
    stages = []
    for stage in capacity.search(
        lambda count: capacity.measure(url, count, seconds, model, seed), bar, visitors
    ):
        stages.append(stage)
        if not as_json:
            print("\n".join(_lines(stage)), flush=True)
    held = max((stage.visitors for stage in stages if bar.holds(stage)), default=0)
    if as_json:
        found = {"url": url, "holds": held, "stages": [asdict(stage) for stage in stages]}
        print(json.dumps(found, indent=1))
    elif held:
        print(f"\n{_verdict(held, stages, bar)}")
    if held < visitors:
        raise ExplorerError(f"it holds {held} visitors, not {visitors}.")


def _checked(url: str, visitors: int, seconds: float) -> str:
    """The address without a slash behind it; ExplorerError for what makes no sense."""
    if not _ADDRESS.fullmatch(url):
        raise ExplorerError(f"url must be like https://vae.example.org/vae, got {url}.")
    check_between("visitors", visitors, 1, MOST_VISITORS)
    check_between("seconds", seconds, LEAST_SECONDS, MOST_SECONDS)
    return url.rstrip("/")


HEADING = (
    f"{'visitors':>8}{'actions':>9}{'slider step':>13}{'page':>8}{'errors':>8}"
    "  slowest; seconds within which 95 of 100 were done"
)


def _lines(stage: "Stage") -> Iterator[str]:
    """What so many visitors met, and some of what went wrong."""
    yield (
        f"{stage.visitors:8}{stage.actions:9,}{stage.slider:13.2f}{stage.page:8.2f}"
        f"{len(stage.errors) + stage.broken:8}  {stage.slowest} {stage.slowest_seconds:.1f}"
    )
    if stage.broken:
        yield f"{'':8}  {stage.broken} connections broken"
    for error in sorted(set(stage.errors))[:TOLD_ERRORS]:
        yield f"{'':8}  {stage.errors.count(error)} × {error}"


def _verdict(held: int, stages: "list[Stage]", bar: "Bar") -> str:
    """In words."""
    best = next(stage for stage in stages if stage.visitors == held)
    said = (
        f"Held at once: {held}. 95 of 100 slider steps took at most "
        f"{best.slider:.2f} s (wanted {bar.slider:g}), pages {best.page:.2f} s "
        f"(wanted {bar.page:g}), without an error."
    )
    failed = [stage.visitors for stage in stages if not bar.holds(stage)]
    return f"{said} {min(failed)} are too many." if failed else said
