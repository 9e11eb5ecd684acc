"""What the anomaly lab compares anomalies with: a model, its own data, and what can be drawn."""

from typing import NamedTuple

import streamlit as st

from vae_explorer.config import ReadingChoice
from vae_explorer.data import datasets
from vae_explorer.data.datasets import FOUND, Dataset
from vae_explorer.data.handwriting.mnist_format import SIDE
from vae_explorer.data.reading import Reading
from vae_explorer.evaluation import anomaly_populations
from vae_explorer.evaluation.anomaly_populations import MAX_PICTURES, Population
from vae_explorer.models.anomaly_detector import Detector
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.ui import messages
from vae_explorer.ui.session import dataset_cache, model_selection, registry
from vae_explorer.ui.session.latent_space import Space
from vae_explorer.ui.session.work.kept import kept
from vae_explorer.ui.shared import anomaly_comparison, pictures
from vae_explorer.ui.shared.anomaly_comparison import SEED, NamedPopulation
from vae_explorer.ui.shared.data import dataset_download


class Selection(NamedTuple):
    """Pictures of a data set, as a cache knows them."""

    dataset: str
    root: str  # where data sets lie
    most: int | None  # pictures; None: all
    labelled: bool  # the classes are the model's own
    only: tuple[int, ...] | None = None  # classes; None: all
    which: str = ""  # the same in words
    new: bool = False  # the model was trained without them: see `anomaly_populations.to_find`
    reading: Reading | ReadingChoice = FOUND


class Experiment(NamedTuple):
    """What anomalies are compared with."""

    space: Space
    detector: Detector
    dataset: Dataset | None  # None: it is not on this disk
    most: int | None  # pictures of a population; None: all
    root: str  # where data sets lie

    @property
    def data(self) -> Dataset:
        """The data set, where it has to be on this disk."""
        assert self.dataset is not None
        return self.dataset

    @property
    def others_fit(self) -> bool:
        """Whether the model sees pictures like those of the data sets that have a name."""
        return _others_fit(self.space.checkpoint)

    def labels(self) -> list[int]:
        """The classes that there are test pictures of."""
        return sorted(set(self.data.test.labels.tolist()))

    def class_name(self, label: int) -> str:
        """Its name, or its number where the data set has no names."""
        names = self.data.classes
        return names[label] if label < len(names) else str(label)

    def dataset_pictures(
        self, only: tuple[int, ...] | None = None, which: str = "", new: bool = False
    ) -> NamedPopulation:
        """Pictures of the model's data set, of all classes or some: see `Selection`."""
        key = self._selection(only, which, new)
        return NamedPopulation(key, _population(key))

    def other_pictures(self, name: str) -> NamedPopulation:
        """Test pictures of another data set, which is at hand."""
        key = Selection(name, self.root, self.most, labelled=False)
        return NamedPopulation(key, _population(key))

    def corrupted_pictures(self, corruption: str) -> NamedPopulation:
        """The normal pictures, changed by one of CORRUPTIONS."""
        key = (self._selection(), corruption)
        return NamedPopulation(key, _corrupted(*key))

    def _selection(
        self, only: tuple[int, ...] | None = None, which: str = "", new: bool = False
    ) -> Selection:
        reading = self.space.checkpoint.picture_reading
        return Selection(self.data.name, self.root, self.most, True, only, which, new, reading)


def prepare(space: Space) -> Experiment | None:
    """The model's own data, as far as it is at hand; says what is missing, and what can be done."""
    checkpoint = space.checkpoint
    if not (_others_fit(checkpoint) or dataset_cache.is_available(checkpoint.dataset)):
        size = pictures.size_words(checkpoint.config.image_shape)
        st.warning(f"This model sees {size}, and no such pictures are on this machine.")
        return None
    dataset = dataset_cache.at_hand(_normal_dataset(space), checkpoint.picture_reading)
    if dataset is None:
        _say_missing(space)
    root = str(datasets.data_root().resolve())
    detector = anomaly_comparison.detector(checkpoint, dataset, root)
    if detector is None:
        return None
    most = None if registry.ALL_PICTURES.get() else MAX_PICTURES
    return Experiment(space, detector, dataset, most, root)


def _others_fit(checkpoint: Checkpoint) -> bool:
    """Whether pictures of the data sets that have a name are of the model's size and colour."""
    return checkpoint.config.image_shape == (1, SIDE, SIDE)


def _normal_dataset(space: Space) -> str:
    """The data set that is normal to the model; asked for where the model does not say."""
    checkpoint = space.checkpoint
    known = checkpoint.dataset in datasets.NAMES or dataset_cache.is_available(checkpoint.dataset)
    if known or checkpoint.detector is not None:
        return checkpoint.dataset
    names = [name for name in datasets.NAMES if datasets.available(name)]
    messages.note("The data set of this model is not known here: choose which pictures are normal.")
    return st.selectbox(
        "Normal pictures",
        names,
        format_func=datasets.title,
        **registry.NORMAL_DATASET.widget,
    )


def _say_missing(space: Space) -> None:
    """The data set is not at hand: what can be seen all the same, and what to do for the rest."""
    name, carried = space.checkpoint.dataset, space.checkpoint.detector is not None
    title = datasets.title(name) if name in datasets.NAMES else "The data set"
    remedy = (
        "This model's file carries the scores of its validation pictures, and these stand for the "
        "normal ones; to see pictures, to corrupt them or to leave a class out, download it."
        if carried
        else "Without it there are no normal pictures to compare anomalies with: download it, or "
        "use the model of the embedded digits, which needs no network."
    )
    st.info(f"{title} is not on this machine. {remedy}", icon=":material/database_off:")
    with st.container(horizontal=True):
        if name in datasets.DOWNLOADABLE:
            dataset_download.offer(name)
        if not carried:
            st.button(
                "Use the model digits-3d",
                icon=":material/deployed_code:",
                key="use_digits",
                on_click=model_selection.choose,
                args=("digits-3d",),
            )


@kept(6)
def _population(chosen: Selection) -> Population:
    split, kind = anomaly_populations.source_of_class(
        dataset_cache.load(chosen.dataset, chosen.reading), chosen.new
    )
    return anomaly_populations.draw(
        split,
        f"{kind} of {datasets.title(chosen.dataset)}{chosen.which}",
        classes=chosen.only,
        max_pictures=chosen.most,
        seed=SEED,
        labelled=chosen.labelled,
    )


@kept(6)
def _corrupted(normal: Selection, corruption: str) -> Population:
    return anomaly_populations.corrupt(_population(normal), corruption, SEED)
