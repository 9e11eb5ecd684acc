"""What the benchmarks share: Streamlit servers of their own, a real Chromium, and the figures.

Servers listen on free ports, see neither data sets nor runs, and stop with their block. Both kinds
of app get the project's own Streamlit settings, so that only the apps differ.
"""

import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from launch import ROOT, START_SECONDS, Server, chromium, serving
from visitor import request, secret_of

__all__ = ["ROOT", "Server", "chromium", "request", "secret_of", "serving"]  # handed on
APP = ROOT / "app.py"
HELLO = "import streamlit as st\n\nst.write('hello')\n"
LIVE_DIGIT = "canvas.digit[data-z]"  # decoded by the browser, as Explore does at first
SLIDERS = "mode=Sliders"  # of Explore's address: the server decodes
DECODED = "img[alt^='decoded picture']"  # by the server


@contextmanager
def server(app: Path | str, *settings: str) -> Iterator[Server]:
    """A server of an app: the path of one, or the text of a script; with further settings."""
    with tempfile.TemporaryDirectory() as folder:
        script = app
        if isinstance(app, str):
            script = Path(folder, "baseline.py")
            script.write_text(app, "utf-8")
        nothing = {"VAE_EXPLORER_DATA": f"{folder}/data", "VAE_EXPLORER_RUNS": f"{folder}/runs"}
        with serving(script, nothing, *settings) as started:
            yield started


def new_page(browser):
    """A page of its own context: nothing cached, nothing remembered."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(START_SECONDS * 1000)
    return page


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; share 0.95 is the p95."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def report(title: str, samples: dict[str, Sequence[float]], unit: str = "ms") -> None:
    """Print a line a series: its median, its p95 and its size."""
    print(f"\n{title} [{unit}]\n{'':44}{'median':>9}{'p95':>9}{'n':>6}")
    for name, values in samples.items():
        middle, high = statistics.median(values), percentile(values, 0.95)
        print(f"{name:44}{middle:9.1f}{high:9.1f}{len(values):6}")


def ratio(of: Sequence[float], to: Sequence[float]) -> float:
    """The ratio of two medians."""
    return statistics.median(of) / statistics.median(to)
