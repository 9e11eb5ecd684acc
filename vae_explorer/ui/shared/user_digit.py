"""A visitor's digit: drawn, uploaded, pasted or photographed, and made ready to be seen.

All pictures go through one reader, `read_upload`, as the model's reading says; what other pages go
on with is kept here too.
"""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from vae_explorer import figures
from vae_explorer.data import image_decoding
from vae_explorer.data.handwriting import preprocessing
from vae_explorer.data.handwriting.example_picture import example_picture
from vae_explorer.data.reading import Reading
from vae_explorer.data.uploads import read_upload
from vae_explorer.errors import UploadError
from vae_explorer.latent import pose
from vae_explorer.latent.pose import Pose
from vae_explorer.models import anomaly_scores, inference
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui import messages, visitor
from vae_explorer.ui.components import pad, picker
from vae_explorer.ui.components.pad import Drawn
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.exact import digit_poses
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.kept import kept

CLOUD = "digit_cloud"  # key of the live view in which the digit is marked
MOST_FILES = 20
SEEN = "What the model sees"  # the last of the steps
PAPER = "A picture of one digit or several, on paper or screen, dark on light or light on dark"
PLAIN = "A picture of the kind that the model was trained on"


class UserDigit(NamedTuple):
    """A digit as the model sees it, and how it came to be that."""

    image: Tensor  # (C, H, W) float32 in [0, 1]
    steps: dict[str, np.ndarray]  # name -> small uint8 picture
    resampled: bool = False  # False: it came as the training pictures are
    pose: Pose | None = None  # that was taken; `image` is in it


def drawn(space: Space, label: int) -> UserDigit | None:
    """What is on the pad; a picture pasted meanwhile is looked at instead."""
    drawing = pad.pad(space, key="pad", label=label, mark=CLOUD)
    content = pad.paste("paste")
    if content is not None and content is not registry.PASTED_SEEN.get():
        registry.NEXT_SOURCE.put("Paste")
        st.rerun()
    if drawing is None:
        return None
    steps = {"As drawn": figures.to_bytes(drawing.image)}
    return _posed(UserDigit(drawing.image, steps, resampled=True), space.checkpoint)


def uploaded(space: Space, label: int) -> UserDigit | None:
    """One of the digits in the files that were chosen."""
    files = st.file_uploader(
        _wanted(space),
        accept_multiple_files=True,
        max_upload_size=visitor.upload_megabytes(image_decoding.MAX_MEGABYTES),
        help=f"{image_decoding.limits_text()} They stay on the machine that runs this app.",
        key=registry.DIGIT_FILES,
    )
    if files:
        if len(files) > MOST_FILES:
            messages.note(f"Only the first {MOST_FILES} of {len(files)} files are read.")
        contents = [(file.name, file.getvalue()) for file in files[:MOST_FILES]]
        return _choose(contents, space.checkpoint)
    if not pad.takes_drawings(space.checkpoint):
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("No picture at hand?")
        example = st.toggle(
            "Use an example", help="A seven on shaded paper", **registry.EXAMPLE.widget
        )
    return _choose([("", example_picture())], space.checkpoint) if example else None


def pasted(space: Space, label: int) -> UserDigit | None:
    """One of the digits in the picture last pasted or dropped."""
    content = pad.paste("paste", alone=True)
    registry.PASTED_SEEN.put(content)
    return _choose_from_one(content, space.checkpoint)


def photographed(space: Space, label: int) -> UserDigit | None:
    """One of the digits that the camera has seen."""
    photo = st.camera_input(_wanted(space), key=registry.PHOTO)
    return _choose_from_one(photo and photo.getvalue(), space.checkpoint)


SOURCES = {"Draw": drawn, "Upload": uploaded, "Paste": pasted, "Camera": photographed}


def sources(space: Space) -> dict[str, Callable[[Space, int], UserDigit | None]]:
    """Ways to bring a picture, by name: the pad only where the model takes drawings."""
    drawings = pad.takes_drawings(space.checkpoint)
    return {name: source for name, source in SOURCES.items() if drawings or source is not drawn}


def _wanted(space: Space) -> str:
    return PAPER if pad.takes_drawings(space.checkpoint) else PLAIN


def first_digit(content: bytes, checkpoint: Checkpoint) -> Tensor:
    """The first digit of a picture file, or all of it, (C, H, W); UploadError: there is none."""
    return _take_pose(_read(content, checkpoint, ())[0], checkpoint).image


def in_its_pose(drawing: Tensor, checkpoint: Checkpoint) -> Tensor:
    """A drawing (1, 28, 28) as the model sees it, (C, H, W)."""
    return _take_pose(UserDigit(drawing, {}, resampled=True), checkpoint).image


def switches(space: Space, source: str) -> dict[str, str]:
    """The steps that can be switched off on the way from a source, and what each does."""
    if not pad.takes_drawings(space.checkpoint):
        return {}
    steps = {} if SOURCES[source] is drawn else preprocessing.STEPS
    return steps | ({} if digit_poses.of(space.checkpoint) is None else {pose.STEP: pose.ABOUT})


def left_out(name: str) -> bool:
    """Whether the visitor has switched a step off."""
    return not registry.STEP_SWITCH(name).get(True)


def steps_left_out() -> tuple[str, ...]:
    """The preprocessing steps that the visitor has switched off."""
    return tuple(filter(left_out, preprocessing.STEPS))


def keep_for_other_pages(image: Tensor) -> None:
    """From a callback: keep a digit for other pages, and let walks begin with it."""
    keep(image)
    registry.WALK_FROM_USER_DIGIT.put(True)


def keep(image: Tensor) -> None:
    """Keep the digit (C, H, W) that was brought last, for pages that ask for it."""
    before = registry.USER_DIGIT.get()
    if before is None or not torch.equal(before, image):
        registry.USER_DIGIT.put(image)


def latest(drawn: Drawn | None, pad_key: str) -> Tensor | None:
    """What is on a pad, or what was brought from another page since that was drawn."""
    brought, stamp = registry.USER_DIGIT.get(), drawn.id if drawn is not None else 0
    if brought is None:
        return None if drawn is None else drawn.image
    known = registry.BROUGHT_DIGIT(pad_key)
    if known.get((None, 0))[0] is not brought:
        known.put((brought, stamp))
    nothing_new_drawn = known.get()[1] == stamp
    return brought if nothing_new_drawn or drawn is None else drawn.image


def likeliest_class_once(space: Space, image: Tensor, label: int) -> None:
    """Give a conditional model the class that explains a new picture best; the page runs anew.

    After that the visitor's choice counts: `label` is what the model is given now.
    """
    shown = (space.checkpoint.sha256, hashlib.sha256(image.numpy().tobytes()).hexdigest())
    if not space.checkpoint.config.classes or registry.GIVEN_FOR.get() == shown:
        return
    registry.GIVEN_FOR.put(shown)
    best = int(anomaly_scores.best_class(space.checkpoint.model, image.unsqueeze(0)))
    if best != label:
        registry.NEXT_LABEL.put(best)
        st.rerun()


class EncodedDigit(NamedTuple):
    """The visitor's digit as a model encodes it."""

    code: Tensor  # (D,)
    picture: Tensor  # (C, H, W)
    sigma: Tensor  # (D,), standard deviation of its posterior


def encoded(space: Space) -> EncodedDigit | None:
    """The digit that was kept, encoded; None where there is none or the model cannot see it."""
    image = registry.USER_DIGIT.get()
    if image is None or image.shape != space.checkpoint.config.image_shape:
        return None
    label = registry.LABEL.get() or 0
    result = inference.reconstruct(space.checkpoint, image.unsqueeze(0), label)
    return EncodedDigit(result.mu[0], image, result.sigma[0])


def _choose_from_one(content: bytes | None, checkpoint: Checkpoint) -> UserDigit | None:
    """One of the digits of the only picture there is."""
    return _choose([("", content)], checkpoint) if content else None


def _choose(files: list[tuple[str, bytes]], checkpoint: Checkpoint) -> UserDigit | None:
    """The digit chosen among all in these files, each (name, content); bad ones are named."""
    digits: dict[tuple[str, int], UserDigit] = {}
    for name, content in files:
        try:
            of_file = _read(content, checkpoint, steps_left_out())
        except UploadError as error:
            messages.failed(_named(name, str(error), len(files)))
        else:
            file_hash = hashlib.sha256(content).hexdigest()
            digits |= {(file_hash, number): digit for number, digit in enumerate(of_file)}
    if not digits:
        return None
    chosen = _chosen_key(list(digits))
    if len(digits) > 1:
        noun = "digits" if pad.takes_drawings(checkpoint) else "pictures"
        _picker(digits, chosen, len(files), noun)
    return _posed(digits[chosen], checkpoint)


def _posed(digit: UserDigit, checkpoint: Checkpoint) -> UserDigit:
    """A digit in the pose that is most probable, unless the visitor wants it as it is."""
    return digit if left_out(pose.STEP) else _take_pose(digit, checkpoint)


def _take_pose(digit: UserDigit, checkpoint: Checkpoint) -> UserDigit:
    """The same for certain; one that came as the training pictures are stays as it is."""
    poser = digit_poses.of(checkpoint) if digit.resampled else None
    if poser is None:
        return digit
    taken = pose.take(poser, digit.image)
    tile = figures.to_bytes(taken.image)
    steps = {**digit.steps, pose.STEP: tile}
    steps.pop(SEEN, None)
    return digit._replace(image=taken.image, steps=steps | {SEEN: tile}, pose=taken)


def _named(name: str, sentence: str, count: int) -> str:
    return f"{name}: {sentence}" if count > 1 else sentence


def _chosen_key(keys: list[tuple[str, int]]) -> tuple[str, int]:
    """The digit chosen; the first of a file that has just come, if one has."""
    earlier = registry.FILES_SEEN.get(set())
    new = [key for key in keys if key[0] not in earlier]
    if new or registry.DIGIT_CHOSEN.get() not in keys:
        registry.DIGIT_CHOSEN.put((new or keys)[0])
    registry.FILES_SEEN.put({file for file, _ in keys})
    return registry.DIGIT_CHOSEN.get()


def _picker(
    digits: dict[tuple[str, int], UserDigit], chosen: tuple[str, int], files: int, noun: str
) -> None:
    keys = list(digits)

    def go(position: int) -> None:
        registry.DIGIT_CHOSEN.put(keys[position])

    where = f"{files} files" if files > 1 else "the picture"
    picker.pick(
        torch.stack([digit.image for digit in digits.values()]),
        [""] * len(keys),
        key="digit_picker",
        label=f"{noun.capitalize()} found in {where}",
        title=f"{len(keys)} {noun} found in {where}: choose one",
        chosen=keys.index(chosen),
        size=44,
        on_pick=go,
    )


def _read(content: bytes, checkpoint: Checkpoint, without: tuple[str, ...]) -> list[UserDigit]:
    """What a model sees of a picture file, at least one; UploadError where there is nothing."""
    return _prepared(content, checkpoint.picture_reading, without)


@kept(32)
def _prepared(content: bytes, reading: Reading, without: tuple[str, ...]) -> list[UserDigit]:
    """What is in a picture, the steps as thumbnails: the full ones would fill the memory."""
    return [
        UserDigit(
            digit.image,
            {name: figures.thumbnail(picture) for name, picture in digit.steps},
            digit.resampled,
        )
        for digit in read_upload(content, reading, without=without)
    ]
