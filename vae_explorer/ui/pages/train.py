"""Train: choose settings, start a process, and watch the latent space form."""

import dataclasses

import streamlit as st

from ... import data, runs
from ...config import TrainConfig, choices, help_text
from ...presets import PRESET_HELP, PRESETS
from .. import jobs, messages, run_view, sidebar

# The settings that the form shows; the command line has them all
FORM = ("epochs", "batch_size", "learning_rate", "beta", "objective", "samples", "augment", "seed")
OFFERED = (*data.NAMES, "a folder of pictures")


def page() -> None:
    """The page of training runs."""
    jobs.reap()
    form, watch = st.columns([4, 7], gap="large")
    with form, messages.guard():
        _form()
    with watch, messages.guard():
        _watch()


def _form() -> None:
    st.subheader("New run")
    at_hand = data.available("mnist")
    presets = list(PRESETS)
    preset = st.selectbox(
        "Preset",
        presets,
        index=presets.index("mnist-3d-quick" if at_hand else "digits-3d"),
        key="preset",
        on_change=_fill,
    )
    messages.note(PRESET_HELP[preset].capitalize() + ".")
    if "train_epochs" not in st.session_state:
        _fill()
    dataset = st.selectbox("Data set", OFFERED, key="train_dataset")
    if dataset not in data.NAMES:
        dataset = st.text_input(
            "Folder",
            key="train_folder",
            help="On the machine that runs this app; a class each subfolder",
        ).strip()
    with st.expander("Settings"):
        st.number_input(
            "latent dim", 1, 64, key="train_latent_dim", help="number of latent coordinates D"
        )
        for name in FORM:
            _field(name)
    name = st.text_input("Name of the run", key="run_name", placeholder=runs.free_name(preset))
    if not _at_hand(dataset):
        return
    if st.button("Start training", type="primary", icon=":material/play_arrow:", key="start"):
        run = jobs.start(name.strip() or runs.free_name(preset), _config(preset, dataset))
        st.session_state.watched = run.name


def _field(name: str) -> None:
    key, label = f"train_{name}", name.replace("_", " ")
    text = help_text(TrainConfig, name)
    options = choices(TrainConfig, name)
    if options:
        st.selectbox(label, options, key=key, help=text)
    elif isinstance(getattr(TrainConfig(), name), float):
        st.number_input(label, format="%.5g", key=key, help=text)
    else:
        st.number_input(label, step=1, key=key, help=text)


def _fill() -> None:
    """Put a preset's values into the form."""
    preset = PRESETS[st.session_state.preset]
    for name in FORM:
        st.session_state[f"train_{name}"] = getattr(preset, name)
    st.session_state.train_dataset = preset.dataset
    st.session_state.train_latent_dim = preset.model.latent_dim


def _config(preset: str, dataset: str) -> TrainConfig:
    """The preset with what the form says; ConfigError where that makes no sense."""
    base = PRESETS[preset]
    chosen = {name: st.session_state[f"train_{name}"] for name in FORM}
    model = dataclasses.replace(base.model, latent_dim=st.session_state.train_latent_dim)
    return dataclasses.replace(base, dataset=dataset, model=model, **chosen)


def _at_hand(dataset: str) -> bool:
    """Whether the data set can be used; if not, says so and offers what can be done."""
    if not dataset:
        st.info("Give the path of a folder of pictures.")
        return False
    if data.available(dataset):
        return True
    if dataset not in data.DOWNLOADABLE:
        data.load_dataset(dataset)  # raises the sentence that says what is wrong with it
    known = data.DOWNLOADABLE[dataset]
    st.info(
        f"{known.title} is not on this machine ({known.archive_bytes / 1e6:.0f} MB). Download it, "
        "or choose the embedded data set, digits, which needs no network."
    )
    _downloader(dataset)
    return False


@st.fragment(run_every=0.5)
def _downloader(dataset: str) -> None:
    fetch = jobs.downloading(dataset)
    if fetch is None or (fetch.done and not data.available(dataset)):
        if fetch is not None and fetch.error:
            st.error(fetch.error, icon=":material/error:")
        st.button(
            f"Download {data.DOWNLOADABLE[dataset].title}",
            icon=":material/download:",
            key="download",
            on_click=jobs.download,
            args=(dataset,),
        )
    elif fetch.done:
        st.rerun()
    else:
        st.progress(fetch.share, f"Downloading, {fetch.share:.0%} …")


def _watch() -> None:
    known = runs.list_runs()
    if not known:
        st.subheader("No runs yet")
        messages.note(
            "A run is a folder that a training process fills: start one here, or in a terminal "
            "with `python -m vae_explorer train`. It goes on when you close this page."
        )
        return
    names = [run.name for run in known]
    if st.session_state.get("watched") not in names:
        st.session_state.watched = names[0]
    chosen = st.selectbox("Run", names, key="watched", label_visibility="collapsed")
    run_view.live(next(run for run in known if run.name == chosen))
    if (known[names.index(chosen)].checkpoint).exists():
        st.button(
            "Use this model",
            icon=":material/check:",
            key="use_run",
            on_click=sidebar.choose,
            args=(f"run:{chosen}",),
            help="Choose it for all pages",
        )
