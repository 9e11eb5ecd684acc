"""The anomalies that the lab looks for, as a visitor chooses them."""

from collections.abc import Sequence
from typing import Protocol

import streamlit as st
import torch

from vae_explorer.data import datasets, image_decoding
from vae_explorer.data.corruptions import CORRUPTIONS
from vae_explorer.data.handwriting import preprocessing
from vae_explorer.data.reading import Reading
from vae_explorer.data.uploaded import upload_batch
from vae_explorer.data.uploaded.upload_batch import File, UploadBatch
from vae_explorer.evaluation import anomaly_populations
from vae_explorer.evaluation.anomaly_populations import Population
from vae_explorer.models.anomaly_detector import Detector
from vae_explorer.ui import messages, visitor
from vae_explorer.ui.pages.anomalies.experiment import Experiment
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.work.progress_cache import once_unless_cancelled
from vae_explorer.ui.session.work.wire import Task
from vae_explorer.ui.shared import anomaly_comparison
from vae_explorer.ui.shared.anomaly_comparison import NamedPopulation
from vae_explorer.ui.shared.data import dataset_download

CORRUPTION, OTHER_DATASET = "Corruption", "Another data set"
ONE_CLASS, YOUR_PICTURES = "One class", "Your pictures"


def kinds(experiment: Experiment) -> list[str]:
    """The kinds of anomalies that there can be."""
    others = [OTHER_DATASET] if experiment.others_fit else []
    if experiment.dataset is None:
        return [*others, YOUR_PICTURES]
    one_class = [ONE_CLASS] if len(experiment.labels()) > 1 else []
    return [CORRUPTION, *others, *one_class, YOUR_PICTURES]


def choose(
    experiment: Experiment,
) -> tuple[Detector, NamedPopulation | None, NamedPopulation | None]:
    """A detector, normal pictures and anomalies; None where there are none, or none yet."""
    offered = kinds(experiment)
    registry.ANOMALIES.keep_among(offered)
    kind = st.segmented_control(
        "Which pictures count as anomalies?",
        offered,
        default=offered[0],
        required=True,
        wrap=True,
        **registry.ANOMALIES.widget,
    )
    kind = kind if kind in offered else offered[0]
    if kind == ONE_CLASS:
        return _one_class(experiment)
    normal = None if experiment.dataset is None else experiment.dataset_pictures()
    pictures_of = {
        CORRUPTION: _corrupted,
        OTHER_DATASET: _other_dataset,
        YOUR_PICTURES: _your_pictures,
    }
    return experiment.detector, normal, pictures_of[kind](experiment)


def _one_class(experiment: Experiment) -> tuple[Detector, NamedPopulation, NamedPopulation]:
    """One class against all others, by a detector that has never seen it."""
    label = _label(experiment)
    name, checkpoint = experiment.class_name(label), experiment.space.checkpoint
    others = tuple(other for other in experiment.labels() if other != label)
    detector = anomaly_comparison.fitted(
        checkpoint,
        anomaly_populations.without_class(experiment.data, label),
        (experiment.data.name, experiment.root, "without", label),
    )
    new = anomaly_populations.trained_without(checkpoint, label)
    return (
        detector,
        experiment.dataset_pictures(others, f", all classes but {name}"),
        experiment.dataset_pictures((label,), f", class {name}", new),
    )


def _label(experiment: Experiment) -> int:
    labels = experiment.labels()
    trained_without = experiment.space.checkpoint.training.get("left_out")
    label = st.pills(
        "Class",
        labels,
        default=trained_without if trained_without in labels else labels[1],
        format_func=experiment.class_name,
        required=True,
        wrap=True,
        label_visibility="collapsed",
        **registry.LEFT_OUT.widget,
    )
    label = label if label in labels else labels[0]
    messages.note(
        "This model was trained without this class."
        if label == trained_without
        else "This class counts as anomalous, all others as normal; the threshold is set without "
        "it. But the model may know it from training: an honest test takes a model that was "
        "trained without it."
    )
    return label


def _corrupted(experiment: Experiment) -> NamedPopulation:
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
    return experiment.corrupted_pictures(name)


def _other_dataset(experiment: Experiment) -> NamedPopulation | None:
    data = experiment.dataset
    normal = data.name if data else experiment.space.checkpoint.dataset
    names = [name for name in datasets.NAMES if name != normal]
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
    return experiment.other_pictures(name)


def _your_pictures(experiment: Experiment) -> NamedPopulation | None:
    files = st.file_uploader(
        "Pictures, or a zip of pictures",
        accept_multiple_files=True,
        key=registry.USER_PICTURES,
        max_upload_size=visitor.upload_megabytes(upload_batch.MAX_BATCH_MEGABYTES),
        label_visibility="collapsed",
        help=f"At most {upload_batch.MAX_BATCH_PICTURES} pictures of at most "
        f"{image_decoding.MAX_MEGABYTES} MB each. They stay on "
        "the machine that runs this app.",
    )
    reading, as_drawings = experiment.space.checkpoint.picture_reading, True
    if reading.preparation == "handwriting":
        as_drawings = st.toggle(
            "Prepare them as drawings",
            value=True,
            help="Bright ink, cropped, fitted and centred as MNIST's digits were. Off: only "
            "resized.",
            **registry.AS_DRAWINGS.widget,
        )
    return _prepared(files, reading, as_drawings) if files else None


class Upload(Protocol):
    """What of an uploaded file is used here."""

    name: str
    file_id: str

    def getvalue(self) -> bytes: ...


def _prepared(
    files: Sequence[Upload], reading: Reading, as_drawings: bool
) -> NamedPopulation | None:
    """The pictures in files and zips; those that cannot be used are named. None: cancelled."""
    key = ("own", *(file.file_id for file in files), reading, as_drawings)
    batch: UploadBatch | None = once_unless_cancelled(
        "pictures",
        key,
        f"Preparing {len(files):,} files",
        Task(
            upload_batch.read_batch,
            lambda: ([File(file.name, file.getvalue()) for file in files], reading),
            {"without": () if as_drawings else tuple(preprocessing.STEPS)},
            "pictures",
        ),
    )
    if batch is None:
        return None
    if batch.refused:
        first = messages.plain(": ".join(batch.refused[0]))
        messages.note(f"{len(batch.refused):,} could not be used, such as {first}")
    count = len(batch.images)
    about = f"{count:,} of your pictures"
    return NamedPopulation(key, Population(batch.images, None, torch.arange(count), about))
