"""A new run: its settings as a form, and the buttons that start or queue it."""

import streamlit as st

from vae_explorer.data import datasets
from vae_explorer.errors import ConfigError
from vae_explorer.presets import PRESET_HELP, PRESETS
from vae_explorer.training.runs import run_folder
from vae_explorer.ui import messages
from vae_explorer.ui.pages.train import config_form
from vae_explorer.ui.pages.train.setting_labels import in_words
from vae_explorer.ui.session import jobs, registry
from vae_explorer.ui.shared import dataset_download

BASIC = ("latent_dim", "epochs", "learning_rate", "batch_size", "beta", "seed")
FIRST_PRESETS = ("mnist-3d-quick", "digits-3d")  # at first the one whose data set is at hand
DATASETS = (*datasets.NAMES, "a folder of pictures")


def show() -> None:
    """The form; what its buttons start is the run to watch next."""
    st.subheader("New run")
    preset = _preset()
    dataset = _dataset()
    config_form.show(BASIC)
    name = st.text_input(
        "Name of the run",
        placeholder=run_folder.free_name(preset),
        **registry.RUN_NAME.widget,
    )
    if not _at_hand(dataset):
        return
    try:
        config = config_form.read(dataset)
    except ConfigError as error:
        messages.failed(in_words(str(error)))
        return
    name = name.strip() or run_folder.free_name(preset)
    with st.container(horizontal=True):
        now = st.button("Start training", type="primary", icon=":material/play_arrow:", key="start")
        later = st.button(
            "Queue",
            icon=":material/schedule:",
            key="queue",
            help="Starts when no other run is under way, also when this page is closed",
        )
    if now or later:
        run = (jobs.start if now else jobs.queue)(name, config)
        registry.NEXT_RUN.put(run.name)


def _preset() -> str:
    """The preset that the form is filled with."""
    presets, first = list(PRESETS), FIRST_PRESETS[-1]
    for name in reversed(FIRST_PRESETS):
        first = name if datasets.available(PRESETS[name].dataset) else first
    preset = st.selectbox(
        "Preset",
        presets,
        index=presets.index(first),
        on_change=_fill,
        **registry.PRESET.widget,
    )
    messages.note(PRESET_HELP[preset][0].upper() + PRESET_HELP[preset][1:] + ".")
    if not registry.SETTING("epochs").is_set:
        _fill()
    return preset


def _dataset() -> str:
    """The name of a data set, or the path of a folder."""
    dataset = st.selectbox("Data set", DATASETS, **registry.TRAIN_DATASET.widget)
    if dataset in datasets.NAMES:
        return dataset
    return st.text_input(
        "Folder",
        help="On the machine that runs this app, with a subfolder for each class",
        **registry.TRAIN_FOLDER.widget,
    ).strip()


def _fill() -> None:
    """Put a preset's values into the form."""
    preset = PRESETS[registry.PRESET.get()]
    config_form.fill(preset)
    registry.TRAIN_DATASET.put(preset.dataset)


def _at_hand(dataset: str) -> bool:
    """Whether the data set can be used; if not, says so and offers what can be done."""
    if not dataset:
        st.info("Enter the path of a folder of pictures.")
        return False
    if datasets.available(dataset):
        return True
    if dataset not in datasets.DOWNLOADABLE:
        datasets.load_dataset(dataset)  # raises the sentence that says what is wrong with it
    title = datasets.title(dataset)
    st.info(
        f"{title} is not on this machine. Download it, or choose the embedded data set, "
        "digits, which needs no network."
    )
    dataset_download.offer(dataset)
    return False
