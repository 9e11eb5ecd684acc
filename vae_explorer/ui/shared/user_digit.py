"""A digit of the visitor's own: drawn, uploaded, pasted or photographed, and made ready to be seen.

All pictures pass one door, `preprocess`; what another page is to go on with is kept here as well.
"""

import hashlib
from typing import NamedTuple

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from vae_explorer import figures
from vae_explorer.data.handwriting import preprocessing
from vae_explorer.data.handwriting.example_picture import example_picture
from vae_explorer.errors import UploadError
from vae_explorer.models import inference
from vae_explorer.ui import messages
from vae_explorer.ui.components import pad, picker
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.cache import Space

CLOUD = "own_cloud"  # key of the live view in which the digit is marked
MOST_FILES = 20
PAPER = "A picture of one digit or several, on paper or screen, dark on light or light on dark"


class Own(NamedTuple):
    """A digit as the model sees it, and how it came to be that."""

    image: Tensor  # (1, 28, 28) float32 in [0, 1]
    steps: dict[str, np.ndarray]  # name -> small uint8 picture; nothing for what the pad has made


def drawn(space: Space, label: int) -> Own | None:
    """What is on the pad; a picture pasted meanwhile is looked at instead."""
    made = pad.pad(space, key="pad", label=label, mark=CLOUD)
    content = pad.paste("paste")
    if content is not None and content is not registry.PASTED_SEEN.get():
        registry.NEXT_SOURCE.put("Paste")
        st.rerun()
    return None if made is None else Own(made.image, {})


def uploaded(space: Space, label: int) -> Own | None:
    """One of the digits in the files that were chosen."""
    files = st.file_uploader(
        PAPER,
        accept_multiple_files=True,
        max_upload_size=20,
        help="Up to 20 MB and 40 megapixels each, WEBP and AVIF 25. They stay on the machine that "
        "runs this app.",
        **registry.DIGIT_FILES.widget,
    )
    if files:
        if len(files) > MOST_FILES:
            messages.note(f"Only the first {MOST_FILES} of {len(files)} files are looked at.")
        return _one_of([(file.name, file.getvalue()) for file in files[:MOST_FILES]])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("No picture at hand?")
        example = st.toggle(
            "Use an example", help="A seven on shaded paper", **registry.EXAMPLE.widget
        )
    return _one_of([("", example_picture())]) if example else None


def pasted(space: Space, label: int) -> Own | None:
    """One of the digits in the picture last pasted or dropped."""
    content = pad.paste("paste")
    registry.PASTED_SEEN.put(content)
    return _only(content)


def photographed(space: Space, label: int) -> Own | None:
    """One of the digits that the camera has seen."""
    photo = st.camera_input(PAPER, **registry.PHOTO.widget)
    return _only(photo and photo.getvalue())


SOURCES = {"Draw": drawn, "Upload": uploaded, "Paste": pasted, "Camera": photographed}


def first_digit(content: bytes) -> Tensor:
    """The first digit of a picture file, (1, 28, 28); UploadError where there is none."""
    return _prepared(content, ())[0].image


def left_out() -> tuple[str, ...]:
    """The steps of preparation that the visitor has switched off."""
    return tuple(name for name in preprocessing.STEPS if not registry.STEP_SWITCH(name).get(True))


def go_on_with(image: Tensor) -> None:
    """Keep a digit for other pages, and let walks begin with it."""
    registry.USER_DIGIT.put(image)
    registry.WALK_FROM_USER_DIGIT.put(True)


class Kept(NamedTuple):
    """The visitor's digit as an end of a path."""

    code: Tensor  # (D,)
    picture: Tensor  # (1, S, S)


def kept(space: Space) -> Kept | None:
    """The digit that was kept, encoded; None where there is none or the model cannot see it."""
    image = registry.USER_DIGIT.get()
    if image is None or image.shape[-1] != space.checkpoint.config.image_size:
        return None
    label = registry.LABEL.get() or 0
    return Kept(inference.reconstruct(space.checkpoint, image.unsqueeze(0), label).mu[0], image)


def _only(content: bytes | None) -> Own | None:
    """One of the digits of the only picture there is."""
    return _one_of([("", content)]) if content else None


def _one_of(files: list[tuple[str, bytes]]) -> Own | None:
    """The digit chosen among all in these files, each (name, content); bad ones are named."""
    found: dict[tuple[str, int], Own] = {}
    for name, content in files:
        try:
            digits = _prepared(content, left_out())
        except UploadError as error:
            st.error(_named(name, str(error), len(files)), icon=":material/error:")
        else:
            key = hashlib.sha256(content).hexdigest()
            found |= {(key, number): digit for number, digit in enumerate(digits)}
    if not found:
        return None
    chosen = _latest(list(found))
    if len(found) > 1:
        _strip(found, chosen, len(files))
    return found[chosen]


def _named(name: str, sentence: str, count: int) -> str:
    return f"`{name.replace('`', '')}`: {sentence}" if count > 1 else sentence


def _latest(keys: list[tuple[str, int]]) -> tuple[str, int]:
    """The digit chosen; the first of a file that has just come, if one has."""
    known = registry.FILES_SEEN.get(set())
    new = [key for key in keys if key[0] not in known]
    if new or registry.DIGIT_CHOSEN.get() not in keys:
        registry.DIGIT_CHOSEN.put((new or keys)[0])
    registry.FILES_SEEN.put({file for file, _ in keys})
    return registry.DIGIT_CHOSEN.get()


def _strip(found: dict[tuple[str, int], Own], chosen: tuple[str, int], files: int) -> None:
    keys = list(found)

    def go(position: int) -> None:
        registry.DIGIT_CHOSEN.put(keys[position])

    where = f"{files} files" if files > 1 else "the picture"
    picker.pick(
        torch.stack([digit.image for digit in found.values()]),
        [""] * len(keys),
        key="own_strip",
        label=f"Digits found in {where}",
        title=f"{len(keys)} digits found in {where}: choose one",
        chosen=keys.index(chosen),
        size=44,
        on_pick=go,
    )


@st.cache_resource(show_spinner=False, max_entries=32)
def _prepared(content: bytes, without: tuple[str, ...]) -> list[Own]:
    """The digits of a picture, their steps as thumbnails: the full ones would fill the memory."""
    return [
        Own(digit.image, {name: figures.thumbnail(picture) for name, picture in digit.steps})
        for digit in preprocessing.preprocess_all(content, without=without)
    ]
