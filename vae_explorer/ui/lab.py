"""What the anomaly lab compares, as a visitor chooses it: normal pictures, and anomalies."""

from typing import NamedTuple

import streamlit as st
import torch

from .. import comparison, data, picture_sets, preprocess
from ..comparison import MOST_PICTURES, Population
from ..corruptions import CORRUPTIONS
from ..data import Dataset
from ..detector import Detector
from ..picture_sets import File, PictureSet
from . import cache, downloads, lab_scores, messages, sidebar, state
from .cache import Space
from .kept import once
from .lab_scores import SEED, Named

# widgets that also others set or read
KIND, CORRUPTION, CLASS, SET, ALL = (
    "anomalies",
    "corruption",
    "left_out",
    "other_set",
    "all_pictures",
)
CORRUPTED, OTHER, LEFT_OUT, OWN = "Corruption", "Another data set", "One class", "Your pictures"
SCORE = "score"
SIDE = 28  # of the pictures of all data sets, and of prepared ones


class Bench(NamedTuple):
    """What anomalies are held against."""

    space: Space
    detector: Detector
    dataset: Dataset | None  # None: it is not on this disk
    most: int | None  # pictures of a set; None: all
    root: str  # where data sets lie


def bench(space: Space) -> Bench | None:
    """The model's own data, as far as it is at hand; says what is missing, and what can be done."""
    checkpoint = space.checkpoint
    side = checkpoint.config.image_size
    if side != SIDE:
        st.warning(f"This model sees {side} × {side} pixels; the pictures at hand have 28 × 28.")
        return None
    dataset = cache.at_hand(_own_set(space))
    if dataset is None:
        _missing(space)
    root = str(data.data_root().resolve())
    detector = lab_scores.detector(checkpoint, dataset, root)
    if detector is None:
        return None
    most = None if st.session_state.get(ALL) else MOST_PICTURES
    return Bench(space, detector, dataset, most, root)


def _own_set(space: Space) -> str:
    """The data set that is normal to the model; asked for where the model does not say."""
    checkpoint = space.checkpoint
    known = checkpoint.dataset in data.NAMES or data.available(checkpoint.dataset)
    return checkpoint.dataset if known or checkpoint.detector is not None else _stand_in()


def _stand_in() -> str:
    """The data set of a model that does not say what it was trained on, or whose folder is gone."""
    names = [name for name in data.NAMES if data.available(name)]
    messages.note("This model's own data set is not known here: say what is normal to it.")
    return st.selectbox("Normal pictures", names, format_func=data.title, key="normal_set")


def _missing(space: Space) -> None:
    """The data set is not at hand: what can be seen all the same, and what to do for the rest."""
    name, carried = space.checkpoint.dataset, space.checkpoint.detector is not None
    title = data.title(name) if name in data.NAMES else "The data set"
    has = (
        "This model's file carries the scores of its validation pictures, and these stand for the "
        "normal ones; to see pictures, to corrupt them or to leave a class out, download it."
        if carried
        else "Without it there is nothing to hold anomalies against: download it, or look at the "
        "model of the embedded digits, which needs no network."
    )
    st.info(f"{title} is not on this machine. {has}", icon=":material/database_off:")
    with st.container(horizontal=True):
        if name in data.DOWNLOADABLE:
            downloads.offer(name)
        if not carried:
            st.button(
                "Use the model digits-3d",
                icon=":material/deployed_code:",
                key="use_digits",
                on_click=sidebar.choose,
                args=("digits-3d",),
            )


def kinds(bench: Bench) -> list[str]:
    """The kinds of anomalies that there can be."""
    if bench.dataset is None:
        return [OTHER, OWN]
    return [CORRUPTED, OTHER, *([LEFT_OUT] if len(labels(bench)) > 1 else []), OWN]


def choose(bench: Bench) -> tuple[Detector, Named | None, Named | None]:
    """A detector, normal pictures and anomalies; None where there are none, or none yet."""
    offered = kinds(bench)
    state.keep_among(KIND, offered)
    kind = st.segmented_control(
        "What to take for anomalies",
        offered,
        default=offered[0],
        key=KIND,
        required=True,
        wrap=True,
        **state.LINKED,
    )
    kind = kind if kind in offered else offered[0]
    if kind == LEFT_OUT:
        return _left_out(bench)
    normal = None if bench.dataset is None else _own_pictures(bench)
    anomalous = {CORRUPTED: _corrupted, OTHER: _other, OWN: _own}[kind](bench)
    return bench.detector, normal, anomalous


def _left_out(bench: Bench) -> tuple[Detector, Named, Named]:
    """One class against all others, by a detector that has never seen it."""
    label = _label(bench)
    name, checkpoint = class_name(bench, label), bench.space.checkpoint
    others = tuple(n for n in labels(bench) if n != label)
    detector = lab_scores.fitted(
        checkpoint,
        comparison.without(bench.dataset, label),
        (bench.dataset.name, bench.root, "without", label),
    )
    new = comparison.is_new_to(checkpoint, label)
    return (
        detector,
        _own_pictures(bench, others, f", all classes but {name}"),
        _own_pictures(bench, (label,), f", class {name}", new),
    )


def _own_pictures(
    bench: Bench, only: tuple[int, ...] | None = None, which: str = "", new: bool = False
) -> Named:
    """Pictures of the model's data set, of all classes or of some: see `comparison.to_find`."""
    key = (bench.dataset.name, bench.root, only, which, bench.most, True, new)
    return Named(key, _drawn(*key))


@st.cache_resource(show_spinner=False, max_entries=6)
def _drawn(
    name: str,
    root: str,
    only: tuple[int, ...] | None,
    which: str,
    most: int | None,
    labelled: bool,
    new: bool,
) -> Population:
    split, what = comparison.to_find(cache.dataset(name), new)
    about = f"{what} of {data.title(name)}{which}"
    return comparison.drawn(split, about, only=only, most=most, seed=SEED, labelled=labelled)


@st.cache_resource(show_spinner=False, max_entries=6)
def _changed(name: str, root: str, most: int | None, corruption: str) -> Population:
    return comparison.corrupted(_drawn(name, root, None, "", most, True, False), corruption, SEED)


def class_name(bench: Bench, label: int) -> str:
    """Its name, or its number where the data set has no names."""
    names = bench.dataset.classes
    return names[label] if label < len(names) else str(label)


def labels(bench: Bench) -> list[int]:
    """The classes that there are test pictures of."""
    return sorted(set(bench.dataset.test.labels.tolist()))


def _label(bench: Bench) -> int:
    known, trained_without = labels(bench), bench.space.checkpoint.training.get("left_out")
    label = st.pills(
        "Class",
        known,
        default=trained_without if trained_without in known else known[1],
        format_func=lambda label: class_name(bench, label),
        key=CLASS,
        required=True,
        wrap=True,
        label_visibility="collapsed",
        **state.LINKED,
    )
    label = label if label in known else known[0]
    messages.note(
        "This model was trained without this class."
        if label == trained_without
        else "This class is called anomalous, all others normal, and thresholds are set without "
        "it. Yet the model may know it from training: the honest test is a model trained without."
    )
    return label


def _corrupted(bench: Bench) -> Named:
    names = list(CORRUPTIONS)
    name = st.pills(
        "Corruption",
        names,
        default=names[0],
        key=CORRUPTION,
        required=True,
        wrap=True,
        label_visibility="collapsed",
        **state.LINKED,
    )
    name = name if name in names else names[0]
    messages.note(CORRUPTIONS[name].about.capitalize() + ".")
    key = (bench.dataset.name, bench.root, bench.most, name)
    return Named(key, _changed(*key))


def _other(bench: Bench) -> Named | None:
    own = bench.dataset.name if bench.dataset else bench.space.checkpoint.dataset
    names = [name for name in data.NAMES if name != own]
    at_hand = [name for name in names if data.available(name)]
    name = st.selectbox(
        "Data set",
        names,
        index=names.index(at_hand[0]) if at_hand else 0,
        format_func=data.title,
        key=SET,
        label_visibility="collapsed",
    )
    if name not in at_hand:
        messages.note(f"{data.title(name)} is not on this machine.")
        downloads.offer(name)
        return None
    key = (name, bench.root, None, "", bench.most, False, False)
    return Named(key, _drawn(*key))


def _own(bench: Bench) -> Named | None:
    files = st.file_uploader(
        "Pictures, or a zip of pictures",
        accept_multiple_files=True,
        key="own_set",
        max_upload_size=100,
        label_visibility="collapsed",
        help=f"At most {picture_sets.MOST_PICTURES} pictures of at most 20 MB each. They stay on "
        "the machine that runs this app.",
    )
    as_drawings = st.toggle(
        "Prepare them as drawings",
        value=True,
        key="as_drawings",
        help="Bright ink, cropped, fitted and centred as MNIST's digits were. Off: only resized.",
    )
    if not files:
        return None
    key = ("own", *(file.file_id for file in files), as_drawings)
    got: PictureSet = once(
        "pictures",
        key,
        f"Preparing {len(files):,} files",
        lambda progress: picture_sets.prepare(
            [File(file.name, file.getvalue()) for file in files],
            without=() if as_drawings else tuple(preprocess.STEPS),
            progress=lambda share: progress("pictures", share),
        ),
    )
    if got.refused:
        first = messages.plain(": ".join(got.refused[0]))
        messages.note(f"{len(got.refused):,} could not be used, such as {first}")
    count = len(got.images)
    yours = Population(got.images, None, torch.arange(count), f"{count:,} pictures of yours")
    return Named(key, yours)
