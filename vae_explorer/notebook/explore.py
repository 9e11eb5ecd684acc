"""The app on a model that is at hand in Python, from a script or a notebook."""

import builtins
import contextlib
import os
import sys
import webbrowser
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from vae_explorer.data import given
from vae_explorer.errors import ExplorerError
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.notebook import live_model, server
from vae_explorer.training.runs import live_models
from vae_explorer.ui.html import element, joined

WAIT_SECONDS = 0.5  # between two looks whether the person wants to leave
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")  # of Linux; without one a browser is none of windows


class Explorer:
    """The app, open on a model: `url` leads there. `stop()` ends the app for all models."""

    def __init__(self, name: str, url: str, stop: Callable[[], None], about: Sequence[str] = ()):
        self.name = name
        self.url = url
        self.about = about  # how the pictures were read, in sentences
        self._stop = stop

    def stop(self) -> None:
        """End the app and let go of the model and its data."""
        _forget(self.name)
        self._stop()

    def __repr__(self) -> str:
        return f"VAE Explorer shows {self.name} at {self.url}"

    def _repr_html_(self) -> str:
        link = element("a", self.url, href=self.url, target="_blank", rel="noopener")
        said = element("p", f"VAE Explorer shows {self.name} at ", link)
        return str(joined([said, element("small", " ".join(self.about))]))


def explore(
    model: Any,
    images: Any = None,
    labels: Any = None,
    *,
    name: str = "",
    port: int | None = None,
    browser: bool = True,
    block: bool | None = None,
    **hints: Any,
) -> Explorer:
    """Open the app on a model as it is in memory: nothing is saved, copied or pickled.

    The app runs in a thread of this process, on localhost. Called again, the same app shows the new
    model as well; a model of the same name takes the place of the former. Call it again, too, after
    further training: what was computed before is shown until then.

    Parameters
    ----------
    model : Checkpoint, VAE, or a torch module of your own
    images : array, tensor or list (N, P), (N, H, W), (N, H, W, C) or (N, C, H, W) of bytes or
        numbers of any range, at least 20 of them; or a torch Dataset or DataLoader, with or without
        labels. 70 % count as training pictures, 10 % as validation, 20 % as test pictures
    labels : whole numbers or texts (N,)
    name : of the model in the app; else its own
    port : to listen on; else one that is free
    browser : whether to open the app in a browser
    block : whether to wait for Ctrl-C, and end the app then; by default where no prompt is waiting,
        as in a script, which would end, and the app with it
    hints : of how a model's values are to be read, such as `output_range="signed"`

    Raises DataError, CheckpointError or ConfigError where model or data cannot be read.
    """
    name, checkpoint = live_model.kept(model, images, labels, name, hints)
    try:
        running = server.running(port)
    except ExplorerError:
        _forget(name)
        raise
    url = f"{running.url}/?model={quote(f'{live_models.PREFIX}{name}')}"
    explorer = Explorer(name, url, running.stop, _about(checkpoint))
    if browser and _has_windows():
        webbrowser.open(url)
    if not (is_interactive() if block is None else not block):
        print(f"{explorer}. Ctrl-C ends it.", *explorer.about, sep="\n", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            while running.answers:
                running.wait(WAIT_SECONDS)
        explorer.stop()
    return explorer


def _about(checkpoint: Checkpoint) -> list[str]:
    """How the pictures of a live model were read; nothing where none were given."""
    data = given.get(checkpoint.dataset)
    return [] if data is None else [*data.dataset.reading.sentences()[:2], *data.dataset.notes]


def _forget(name: str) -> None:
    live_models.forget(name)
    given.forget(f"{given.PREFIX}{name}")


def is_interactive() -> bool:
    """Whether somebody can go on typing: in IPython, a notebook, or Python's own prompt."""
    return hasattr(builtins, "get_ipython") or hasattr(sys, "ps1") or bool(sys.flags.interactive)


def _has_windows() -> bool:
    """Whether a browser would be seen; where none would, one of texts would take the terminal."""
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in DISPLAYS)
