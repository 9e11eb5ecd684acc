"""The anomalies that the lab looks for, as a visitor chooses them."""

import streamlit as st
import torch

from vae_explorer.data import datasets, upload_batch
from vae_explorer.data.corruptions import CORRUPTIONS
from vae_explorer.data.handwriting import preprocessing
from vae_explorer.data.upload_batch import File, PictureSet
from vae_explorer.evaluation import anomaly_populations
from vae_explorer.evaluation.anomaly_populations import Population
from vae_explorer.models.anomaly_detector import Detector
from vae_explorer.ui import messages
from vae_explorer.ui.pages.anomalies.experiment import Bench
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.progress_cache import once
from vae_explorer.ui.shared import anomaly_trial, dataset_download
from vae_explorer.ui.shared.anomaly_trial import Named

CORRUPTED, OTHER, LEFT_OUT, OWN = "Corruption", "Another data set", "One class", "Your pictures"


def kinds(bench: Bench) -> list[str]:
    """The kinds of anomalies that there can be."""
    if bench.dataset is None:
        return [OTHER, OWN]
    return [CORRUPTED, OTHER, *([LEFT_OUT] if len(bench.labels()) > 1 else []), OWN]


def choose(bench: Bench) -> tuple[Detector, Named | None, Named | None]:
    """A detector, normal pictures and anomalies; None where there are none, or none yet."""
    offered = kinds(bench)
    registry.ANOMALIES.keep_among(offered)
    kind = st.segmented_control(
        "What to take for anomalies",
        offered,
        default=offered[0],
        required=True,
        wrap=True,
        **registry.ANOMALIES.widget,
    )
    kind = kind if kind in offered else offered[0]
    if kind == LEFT_OUT:
        return _left_out(bench)
    normal = None if bench.dataset is None else bench.own_pictures()
    anomalous = {CORRUPTED: _corrupted, OTHER: _other, OWN: _own}[kind](bench)
    return bench.detector, normal, anomalous


def _left_out(bench: Bench) -> tuple[Detector, Named, Named]:
    """One class against all others, by a detector that has never seen it."""
    label = _label(bench)
    name, checkpoint = bench.class_name(label), bench.space.checkpoint
    others = tuple(n for n in bench.labels() if n != label)
    detector = anomaly_trial.fitted(
        checkpoint,
        anomaly_populations.without(bench.dataset, label),
        (bench.dataset.name, bench.root, "without", label),
    )
    new = anomaly_populations.is_new_to(checkpoint, label)
    return (
        detector,
        bench.own_pictures(others, f", all classes but {name}"),
        bench.own_pictures((label,), f", class {name}", new),
    )


def _label(bench: Bench) -> int:
    known, trained_without = bench.labels(), bench.space.checkpoint.training.get("left_out")
    label = st.pills(
        "Class",
        known,
        default=trained_without if trained_without in known else known[1],
        format_func=bench.class_name,
        required=True,
        wrap=True,
        label_visibility="collapsed",
        **registry.LEFT_OUT.widget,
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
        required=True,
        wrap=True,
        label_visibility="collapsed",
        **registry.CORRUPTION.widget,
    )
    name = name if name in names else names[0]
    messages.note(CORRUPTIONS[name].about.capitalize() + ".")
    return bench.corrupted(name)


def _other(bench: Bench) -> Named | None:
    own = bench.dataset.name if bench.dataset else bench.space.checkpoint.dataset
    names = [name for name in datasets.NAMES if name != own]
    at_hand = [name for name in names if datasets.available(name)]
    name = st.selectbox(
        "Data set",
        names,
        index=names.index(at_hand[0]) if at_hand else 0,
        format_func=datasets.title,
        label_visibility="collapsed",
        **registry.OTHER_DATASET.widget,
    )
    if name not in at_hand:
        messages.note(f"{datasets.title(name)} is not on this machine.")
        dataset_download.offer(name)
        return None
    return bench.other_pictures(name)


def _own(bench: Bench) -> Named | None:
    files = st.file_uploader(
        "Pictures, or a zip of pictures",
        accept_multiple_files=True,
        max_upload_size=100,
        label_visibility="collapsed",
        help=f"At most {upload_batch.MOST_PICTURES} pictures of at most 20 MB each. They stay on "
        "the machine that runs this app.",
        **registry.USER_PICTURES.widget,
    )
    as_drawings = st.toggle(
        "Prepare them as drawings",
        value=True,
        help="Bright ink, cropped, fitted and centred as MNIST's digits were. Off: only resized.",
        **registry.AS_DRAWINGS.widget,
    )
    if not files:
        return None
    key = ("own", *(file.file_id for file in files), as_drawings)
    got: PictureSet = once(
        "pictures",
        key,
        f"Preparing {len(files):,} files",
        lambda progress: upload_batch.prepare(
            [File(file.name, file.getvalue()) for file in files],
            without=() if as_drawings else tuple(preprocessing.STEPS),
            progress=lambda share: progress("pictures", share),
        ),
    )
    if got.refused:
        first = messages.plain(": ".join(got.refused[0]))
        messages.note(f"{len(got.refused):,} could not be used, such as {first}")
    count = len(got.images)
    yours = Population(got.images, None, torch.arange(count), f"{count:,} pictures of yours")
    return Named(key, yours)
