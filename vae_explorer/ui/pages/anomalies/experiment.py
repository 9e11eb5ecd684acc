"""What the anomaly lab holds anomalies against: a model, its own data, and what can be drawn."""

from typing import NamedTuple

import streamlit as st

from vae_explorer.data import datasets
from vae_explorer.data.datasets import Dataset
from vae_explorer.evaluation import anomaly_populations
from vae_explorer.evaluation.anomaly_populations import MOST_PICTURES, Population
from vae_explorer.models.anomaly_detector import Detector
from vae_explorer.ui import messages
from vae_explorer.ui.session import cache, model_selection, registry
from vae_explorer.ui.session.cache import Space
from vae_explorer.ui.shared import anomaly_trial, dataset_download
from vae_explorer.ui.shared.anomaly_trial import SEED, Named

SIDE = 28  # of the pictures of all data sets, and of prepared ones


class Bench(NamedTuple):
    """What anomalies are held against."""

    space: Space
    detector: Detector
    dataset: Dataset | None  # None: it is not on this disk
    most: int | None  # pictures of a set; None: all
    root: str  # where data sets lie

    def labels(self) -> list[int]:
        """The classes that there are test pictures of."""
        return sorted(set(self.dataset.test.labels.tolist()))

    def class_name(self, label: int) -> str:
        """Its name, or its number where the data set has no names."""
        names = self.dataset.classes
        return names[label] if label < len(names) else str(label)

    def own_pictures(
        self, only: tuple[int, ...] | None = None, which: str = "", new: bool = False
    ) -> Named:
        """Pictures of the model's data set, of all classes or some: see `comparison.to_find`."""
        return _named(self.dataset.name, self.root, only, which, self.most, True, new)

    def other_pictures(self, name: str) -> Named:
        """Test pictures of another data set, which is at hand."""
        return _named(name, self.root, None, "", self.most, False, False)

    def corrupted(self, corruption: str) -> Named:
        """The normal pictures, changed by one of CORRUPTIONS."""
        key = (self.dataset.name, self.root, self.most, corruption)
        return Named(key, _changed(*key))


def open_bench(space: Space) -> Bench | None:
    """The model's own data, as far as it is at hand; says what is missing, and what can be done."""
    checkpoint = space.checkpoint
    side = checkpoint.config.image_size
    if side != SIDE:
        st.warning(f"This model sees {side} × {side} pixels; the pictures at hand have 28 × 28.")
        return None
    dataset = cache.at_hand(_own_set(space))
    if dataset is None:
        _missing(space)
    root = str(datasets.data_root().resolve())
    detector = anomaly_trial.detector(checkpoint, dataset, root)
    if detector is None:
        return None
    most = None if registry.ALL_PICTURES.get() else MOST_PICTURES
    return Bench(space, detector, dataset, most, root)


def _own_set(space: Space) -> str:
    """The data set that is normal to the model; asked for where the model does not say."""
    checkpoint = space.checkpoint
    known = checkpoint.dataset in datasets.NAMES or datasets.available(checkpoint.dataset)
    return checkpoint.dataset if known or checkpoint.detector is not None else _stand_in()


def _stand_in() -> str:
    """The data set of a model that does not say what it was trained on, or whose folder is gone."""
    names = [name for name in datasets.NAMES if datasets.available(name)]
    messages.note("This model's own data set is not known here: say what is normal to it.")
    return st.selectbox(
        "Normal pictures", names, format_func=datasets.title, **registry.NORMAL_DATASET.widget
    )


def _missing(space: Space) -> None:
    """The data set is not at hand: what can be seen all the same, and what to do for the rest."""
    name, carried = space.checkpoint.dataset, space.checkpoint.detector is not None
    title = datasets.title(name) if name in datasets.NAMES else "The data set"
    has = (
        "This model's file carries the scores of its validation pictures, and these stand for the "
        "normal ones; to see pictures, to corrupt them or to leave a class out, download it."
        if carried
        else "Without it there is nothing to hold anomalies against: download it, or look at the "
        "model of the embedded digits, which needs no network."
    )
    st.info(f"{title} is not on this machine. {has}", icon=":material/database_off:")
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


def _named(*key) -> Named:
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
    split, what = anomaly_populations.to_find(cache.dataset(name), new)
    about = f"{what} of {datasets.title(name)}{which}"
    return anomaly_populations.drawn(
        split, about, only=only, most=most, seed=SEED, labelled=labelled
    )


@st.cache_resource(show_spinner=False, max_entries=6)
def _changed(name: str, root: str, most: int | None, corruption: str) -> Population:
    return anomaly_populations.corrupted(
        _drawn(name, root, None, "", most, True, False), corruption, SEED
    )
