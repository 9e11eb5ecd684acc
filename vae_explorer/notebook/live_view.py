"""The live view of Explore as a widget in a notebook's cell: the same JavaScript, without a server.

The notebook's own connection keeps `z`, `selection` and `label` in step, and asks for pictures
where the browser cannot run the decoder.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch

from vae_explorer import figures
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.notebook import live_model
from vae_explorer.training.runs import live_models
from vae_explorer.ui.components.browser import bundle
from vae_explorer.ui.components.network import browser_model
from vae_explorer.ui.components.network.browser_model import BrowserPart
from vae_explorer.ui.session import latent_space
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.shared import live_view_payload, projection_view

try:
    import anywidget
    import traitlets
except ImportError as error:
    raise ImportError("LiveView needs anywidget: pip install vae-explorer[notebook].") from error

KEY = "widget"  # of the view, under which the browser remembers its camera


class LiveView(anywidget.AnyWidget):
    """A latent space to hold, in a notebook: drag, click, select.

    Parameters
    ----------
    model, images, labels, hints : as `explore` takes them, but one picture is enough; all pictures,
        20,000 at most, are points, in their order

    Attributes
    ----------
    z : the place, a list of D numbers within the ranges of the data; yours to set
    selection : the indices of the selected pictures, ascending; yours to set
    label : the class that a conditional model decodes; yours to set

    Where the browser cannot run the decoder, this process does, which has to be idle for it: while
    a cell runs, pictures wait.
    """

    _esm = bundle.javascript("widget")
    _style = traitlets.Unicode(bundle.css("widget")).tag(sync=True)
    _blob = traitlets.Bytes().tag(sync=True)  # of live_view_payload
    z = traitlets.List(traitlets.Float()).tag(sync=True)
    selection = traitlets.List(traitlets.Int()).tag(sync=True)
    label = traitlets.Int(0).tag(sync=True)

    def __init__(self, model: Any, images: Any = None, labels: Any = None, **hints: Any):
        checkpoint = live_models.fresh(live_model.encoded(model, images, labels, hints))
        self._space = latent_space.of(checkpoint)
        super().__init__(_blob=_blob(self._space), z=self._space.centre.tolist())
        self.on_msg(self._answer)

    def __repr__(self) -> str:
        config = self._space.checkpoint.config
        return f"LiveView({self._space.checkpoint.name}, {config.latent_dim}-D)"

    @traitlets.validate("z")
    def _check_place(self, proposal: Any) -> list[float]:
        z, ranges = proposal["value"], self._space.ranges
        if len(z) != len(ranges) or not all(map(math.isfinite, z)):
            raise traitlets.TraitError(f"z must be {len(ranges)} finite numbers, got {z}.")
        return [min(max(value, low), high) for value, (low, high) in zip(z, ranges, strict=True)]

    @traitlets.validate("selection")
    def _check_selection(self, proposal: Any) -> list[int]:
        count = 0 if self._space.encoded is None else len(self._space.codes.mu)
        indices = sorted(set(proposal["value"]))
        if indices and not (indices[0] >= 0 and indices[-1] < count):
            raise traitlets.TraitError(f"selection must be indices of {count:,} pictures.")
        return indices

    @traitlets.validate("label")
    def _check_label(self, proposal: Any) -> int:
        label, classes = proposal["value"], self._space.checkpoint.config.classes
        if not 0 <= label < max(classes, 1):
            raise traitlets.TraitError(f"label must lie in 0..{max(classes, 1) - 1}, got {label}.")
        return label

    def _answer(self, widget: Any, content: Any, buffers: Sequence[Any]) -> None:
        """The picture of a place that the browser asks for, (H, W, C) bytes."""
        if not isinstance(content, dict) or content.get("kind") != "decode":
            return
        z = torch.tensor(content["z"], dtype=torch.float32)
        try:
            picture = inference.decode(self._space.checkpoint, z, int(content["label"]))[0]
        except Exception:  # of somebody's own code: the view asks on, the cell shows it
            self.send({"kind": "failed", "id": content["id"]})
            raise
        values = figures.to_bytes(picture)
        self.send({"kind": "picture", "id": content["id"]}, buffers=[values.tobytes()])


def _blob(space: Space) -> bytes:
    """Cloud, decoder and all that overlays need; without a decoder where Python has to run it."""
    checkpoint = space.checkpoint
    view = None if space.encoded is None else projection_view.default_view(space)
    decoder = browser_model.decoder_or_reason(checkpoint)
    if isinstance(decoder, str):
        decoder = _remote(checkpoint)
    return live_view_payload.packed(space, view, "", KEY, decoder)


def _remote(checkpoint: Checkpoint) -> BrowserPart:
    """What the browser has to know of a decoder that it does not run."""
    config = checkpoint.config
    about = {"latent": config.latent_dim, "classes": config.classes, "shape": config.image_shape}
    return BrowserPart({"operations": [], "cost": 0} | about, {})
