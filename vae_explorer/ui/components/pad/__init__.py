"""A pad to draw a digit on, and the reader of pictures that are pasted or dropped on the page.

The browser prepares the strokes as MNIST's makers would, and runs encoder and decoder itself where
it can, so that a drawing is answered while it is made; Python is told when a stroke has ended. Two
elements, because weights sent once should stay: one carries the model, the other what changes.
Strokes stay with the browser's tab, drawings with the session, through reruns and other pages.
"""

import base64
import binascii
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from vae_explorer import figures
from vae_explorer.data import image_decoding
from vae_explorer.data.handwriting.mnist_format import BOX, SIDE, STROKE_WIDTHS
from vae_explorer.errors import UploadError
from vae_explorer.models import inference
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui import messages
from vae_explorer.ui.components import live_view
from vae_explorer.ui.components.browser import bundle
from vae_explorer.ui.components.network.browser_model import (
    NotInBrowserError,
    browser_decoder,
    browser_encoder,
)
from vae_explorer.ui.session import latent_space
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.kept import kept

DAMAGED = "The drawing has arrived damaged: add a stroke, or clear the pad and draw again."
NO_PICTURE = (
    f"What was pasted has arrived damaged, or is larger than {image_decoding.MAX_MEGABYTES} MB: "
    "save it as PNG or JPEG and choose the file instead."
)
BESIDE = "Or paste a picture anywhere on this page, or drop one here."
ALONE = "Copy a picture, a screenshot of a digit say, and paste it here (Ctrl+V, ⌘V), or drop one."
BROWSER, SERVER, NOBODY = "browser", "server", ""  # who reconstructs while one draws


class Drawn(NamedTuple):
    """What a visitor has drawn."""

    image: Tensor  # (1, 28, 28) float32 in [0, 1]: strokes of MNIST's weight, fitted and centred
    id: int  # another one after each change


def pad(space: Space, *, key: str, label: int = 0, mark: str | None = None) -> Drawn | None:
    """Show the pad beside what the model sees and makes of it; None while nothing is drawn.

    Parameters
    ----------
    space : whose model reconstructs; one that takes no drawings does not
    key : of this element; the browser's tab keeps the strokes under it
    label : class number for a conditional model
    mark : key of a `live_view.cloud` or `explorer` of this space, in which the code of the drawing
        is marked all the while; the page itself marks no point of it there
    """
    drawing_key, error_key = f"{key}_drawn", f"{key}_refused"

    def drawn() -> None:
        try:
            st.session_state[drawing_key] = _read(st.session_state[key].drawn)
        except UploadError as error:
            st.session_state[error_key] = str(error)

    now: Drawn | None = st.session_state.get(drawing_key)
    model = _model(space.checkpoint, key)
    data = {"key": key, "label": label, "mark": mark, "stamp": now.id if now else 0}
    data["standard"] = {"side": SIDE, "box": BOX, "stroke": STROKE_WIDTHS}
    data |= _answer(space, now, label, in_browser=model is not None)
    bundle.component("pad")(key=key, data=data, on_drawn_change=drawn)
    if model is not None:
        bundle.component("model")(key=f"{key}_model", data=model)
    _show_error(error_key)
    return now


def paste(key: str, *, alone: bool = False) -> bytes | None:
    """Take a picture pasted anywhere on the page, or dropped on the pad or on this line of text.

    `alone`: no pad or uploader is beside it, so it is a field that one cannot overlook.

    The session keeps the bytes, the same object, until the next picture. They are untrusted: of
    any content, and as large as a picture file may be.
    """
    picture_key, error_key = f"{key}_pasted", f"{key}_refused"

    def pasted() -> None:
        try:
            st.session_state[picture_key] = _content(st.session_state[key].pasted)
        except UploadError as error:
            st.session_state[error_key] = str(error)

    data = {
        "bytes": _most_bytes(),
        "empty": image_decoding.EMPTY,
        "tooLarge": image_decoding.TOO_LARGE,
        "offer": ALONE if alone else BESIDE,
        "alone": alone,
    }
    bundle.component("paste")(key=key, data=data, on_pasted_change=pasted)
    _show_error(error_key)
    return st.session_state.get(picture_key)


def takes_drawings(checkpoint: Checkpoint) -> bool:
    """Whether drawings can be prepared as the pictures that this model was trained on."""
    return checkpoint.picture_reading.preparation == "handwriting"


def _read(news: Any) -> Drawn | None:
    """What the browser tells: {stamp, pixels}; UploadError where that is nonsense."""
    stamp = news.get("stamp") if isinstance(news, dict) else None
    if not isinstance(stamp, int) or isinstance(stamp, bool) or not 0 <= stamp < 2**53:
        raise UploadError(DAMAGED)
    if news.get("pixels") is None:
        return None
    pixels = _bytes(news["pixels"], SIDE**2)
    if len(pixels) != SIDE**2:
        raise UploadError(DAMAGED)
    image = np.frombuffer(pixels, np.uint8).reshape(1, SIDE, SIDE).astype(np.float32) / 255
    return Drawn(torch.from_numpy(image), stamp)


def _content(news: Any) -> bytes:
    """What the browser tells of a picture: {data}; UploadError where that is nonsense."""
    try:
        return _bytes(news.get("data") if isinstance(news, dict) else None, _most_bytes())
    except UploadError as error:
        raise UploadError(NO_PICTURE) from error


def _most_bytes() -> int:
    return image_decoding.MAX_MEGABYTES * 1_000_000


def _bytes(text: Any, most: int) -> bytes:
    """Base64 of at most so many bytes; UploadError otherwise."""
    if not isinstance(text, str) or not 0 < len(text) <= 4 * (most // 3 + 1):
        raise UploadError(DAMAGED)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UploadError(DAMAGED) from error


def _show_error(error_key: str) -> None:
    """What was wrong with the last thing that arrived, once."""
    sentence = st.session_state.pop(error_key, None)
    if sentence:
        messages.failed(sentence)


@kept(4)
def _model(checkpoint: Checkpoint, key: str) -> bytes | None:
    """What model.js takes; None where the browser cannot run the model on drawings."""
    if not takes_drawings(checkpoint):
        return None
    try:
        encoder, decoder = browser_encoder(checkpoint.model), browser_decoder(checkpoint.model)
    except NotInBrowserError:
        return None
    projection = latent_space.of(checkpoint).projection
    header = {"pad": key, "encoder": encoder.spec, "decoder": decoder.spec}
    arrays = {
        "axes": latent_space.drawable(projection.axes),
        "centre": projection.centre.numpy(),
    }
    return live_view.pack(header, arrays | encoder.arrays | decoder.arrays)


def _answer(space: Space, now: Drawn | None, label: int, *, in_browser: bool) -> dict[str, Any]:
    """Who reconstructs, and where that is the server, its picture of the drawing and its code."""
    if in_browser:
        return {"by": BROWSER}
    if not takes_drawings(space.checkpoint):
        return {"by": NOBODY}
    if now is None:
        return {"by": SERVER, "answer": None}
    result = inference.reconstruct(space.checkpoint, now.image.unsqueeze(0), label)
    picture = figures.data_url(figures.png(figures.to_bytes(result.pictures[0])))
    point = latent_space.project(space, result.mu[0]).round(5).tolist()
    return {"by": SERVER, "answer": {"stamp": now.id, "picture": picture, "point": point}}
