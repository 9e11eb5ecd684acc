"""A new run: its settings as a form, and the buttons that start or queue it."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from vae_explorer.config import ReadingChoice, TrainConfig
from vae_explorer.data import datasets
from vae_explorer.data.datasets import Dataset
from vae_explorer.errors import ConfigError
from vae_explorer.presets import PRESET_HELP, PRESETS
from vae_explorer.training import run_preparation
from vae_explorer.training.runs import run_folder
from vae_explorer.ui import messages
from vae_explorer.ui.pages.train import config_form, molecule_run, run_buttons, server_limits
from vae_explorer.ui.session import registry
from vae_explorer.ui.shared.data import dataset_download, own_data
from vae_explorer.ui.shared.data.setting_labels import in_words

BASIC = ("latent_dim", "epochs", "learning_rate", "batch_size", "beta", "seed")
FIRST_PRESETS = ("mnist-3d-quick", "digits-3d")  # at first the one whose data set is at hand
OWN = "Use your own data"
DATASETS = (*datasets.NAMES, OWN)
KINDS = ("Pictures", "Molecules")


def show() -> None:
    """The form; what its buttons start is the run to watch next."""
    st.header("New run")
    if not server_limits.show():
        return
    kind = st.segmented_control(
        "What the model learns",
        KINDS,
        default=KINDS[0],
        required=True,
        label_visibility="collapsed",
        persist_state="session",
        **registry.TRAIN_KIND.widget,
    )
    if kind == KINDS[1]:
        molecule_run.show()
    else:
        _of_pictures()


def _of_pictures() -> None:
    _first_time()
    source = st.selectbox(
        "Data set",
        DATASETS,
        format_func=lambda name: datasets.title(name) if name in datasets.NAMES else name,
        persist_state="session",
        **registry.TRAIN_DATASET.widget,
    )
    name = source if source in datasets.NAMES else own_data.choose()
    data = _own(name) if source == OWN else None
    preset = _preset()
    config_form.show_basic(BASIC)
    run_name = st.text_input(
        "Name of the run",
        placeholder=run_folder.free_name(preset),
        persist_state="session",
        **registry.RUN_NAME.widget,
    )
    with st.container():  # in any case, or the settings below would be folded by a complaint
        if data if source == OWN else _at_hand(name):
            _start(name, run_name.strip() or run_folder.free_name(preset), data)
    config_form.show_all(BASIC)


def _start(dataset: str, name: str, data: tuple[Dataset, ReadingChoice] | None) -> None:
    """What begins a run, or says what hinders it: that can be changed below."""
    with messages.guard():
        config = _config(dataset, data)
        if config is not None:
            run_buttons.show(name, config)
            run_buttons.estimate(config)


def _first_time() -> None:
    """Fill the form from the first preset whose data set is at hand."""
    if registry.SETTING("epochs").is_set:
        return
    first = FIRST_PRESETS[-1]
    for name in reversed(FIRST_PRESETS):
        first = name if datasets.available(PRESETS[name].dataset) else first
    registry.PRESET.put(first)
    _fill()


def _own(path: str) -> tuple[Dataset, ReadingChoice] | None:
    """One's own data, shown; settings that suit it are put into the form once."""
    data = own_data.read(path) if path else None
    if data is None:
        return None
    dataset, _ = data
    mark = f"{path} {dataset.reading}"
    if registry.SUITED_DATA.get() != mark:
        registry.SUITED_DATA.put(mark)
        preset, settings = run_preparation.suggested_settings(dataset.train)
        registry.PRESET.put(preset)
        config_form.fill(PRESETS[preset])
        config_form.suggest(settings)
    likelihood = registry.SETTING("likelihood").get()
    messages.note(
        f"Settings were chosen for these pictures: preset {registry.PRESET.get()}, {likelihood} "
        "pixels. All of them can be changed below."
    )
    return data


def _config(name: str, data: tuple[Dataset, ReadingChoice] | None) -> TrainConfig | None:
    """The settings that the form stands for, the model's shape made that of the pictures."""
    try:
        if data is None:
            known, config = datasets.SOURCES[name].reading, config_form.read(name)
            model, note = run_preparation.fit_to_pictures(config.model, known.image_shape)
            return _noted(replace(config, model=model), [note])
        dataset, reading = data
        ready = run_preparation.prepare(config_form.read(name, reading), dataset)
        return _noted(ready.config, ready.notes[len(dataset.notes) :])
    except ConfigError as error:
        messages.failed(in_words(str(error)))
        return None


def _noted(config: TrainConfig, notes: Sequence[str]) -> TrainConfig:
    for note in filter(None, notes):
        messages.note(note)
    return config


def _preset() -> str:
    """The preset that the form is filled with."""
    preset = st.selectbox(
        "Preset",
        list(PRESETS),
        on_change=_fill,
        persist_state="session",
        **registry.PRESET.widget,
    )
    messages.note(PRESET_HELP[preset][0].upper() + PRESET_HELP[preset][1:] + ".")
    return preset


def _fill() -> None:
    """Put a preset's values into the form; data of one's own stays chosen."""
    preset = PRESETS[registry.PRESET.get()]
    config_form.fill(preset)
    if registry.TRAIN_DATASET.get() != OWN:
        registry.TRAIN_DATASET.put(preset.dataset)


def _at_hand(dataset: str) -> bool:
    """Whether a named data set can be used; if not, says so and offers what can be done."""
    if datasets.available(dataset):
        return True
    title = datasets.title(dataset)
    st.info(
        f"{title} is not on this machine. Download it, or choose the embedded data set, "
        "digits, which needs no network."
    )
    dataset_download.offer(dataset)
    return False
