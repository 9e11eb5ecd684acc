"""Train: choose settings, start processes, and watch latent spaces form."""

import streamlit as st

from vae_explorer.data import datasets
from vae_explorer.errors import ConfigError
from vae_explorer.presets import PRESET_HELP, PRESETS
from vae_explorer.training.runs import run_folder
from vae_explorer.training.runs.run_folder import ALIVE, Run
from vae_explorer.ui import messages
from vae_explorer.ui.pages.train import config_form, loss_curves, run_view
from vae_explorer.ui.session import jobs, registry
from vae_explorer.ui.shared import dataset_download

BASIC = ("latent_dim", "epochs", "learning_rate", "batch_size", "beta", "seed")
OFFERED = (*datasets.NAMES, "a folder of pictures")
MOST_COMPARED = 8


def page() -> None:
    """The page of training runs."""
    with messages.guard():
        jobs.tend()
    watch, new = st.columns([7, 4], gap="large")  # on a phone, what goes on comes first
    with new, messages.guard():  # first: what it starts is watched
        _new_run()
    with watch, messages.guard():
        _watch()


def _new_run() -> None:
    st.subheader("New run")
    presets = list(PRESETS)
    usual = "mnist-3d-quick" if datasets.available("mnist") else "digits-3d"
    preset = st.selectbox(
        "Preset",
        presets,
        index=presets.index(usual),
        on_change=_fill,
        **registry.PRESET.widget,
    )
    messages.note(PRESET_HELP[preset][0].upper() + PRESET_HELP[preset][1:] + ".")
    if not registry.SETTING("epochs").is_set:
        _fill()
    dataset = st.selectbox("Data set", OFFERED, **registry.TRAIN_DATASET.widget)
    if dataset not in datasets.NAMES:
        dataset = st.text_input(
            "Folder",
            help="On the machine that runs this app; a class each subfolder",
            **registry.TRAIN_FOLDER.widget,
        ).strip()
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
        messages.failed(str(error))
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


def _fill() -> None:
    """Put a preset's values into the form."""
    preset = PRESETS[registry.PRESET.get()]
    config_form.fill(preset)
    registry.TRAIN_DATASET.put(preset.dataset)


def _at_hand(dataset: str) -> bool:
    """Whether the data set can be used; if not, says so and offers what can be done."""
    if not dataset:
        st.info("Give the path of a folder of pictures.")
        return False
    if datasets.available(dataset):
        return True
    if dataset not in datasets.DOWNLOADABLE:
        datasets.load_dataset(dataset)  # raises the sentence that says what is wrong with it
    known = datasets.DOWNLOADABLE[dataset]
    st.info(
        f"{known.title} is not on this machine. Download it, or choose the embedded data set, "
        "digits, which needs no network."
    )
    dataset_download.offer(dataset)
    return False


def _watch() -> None:
    known = run_folder.list_runs()
    if not known:
        st.subheader("No runs yet")
        messages.note(
            "A run is a folder that a training process fills: start one here, or in a terminal "
            "with `python -m vae_explorer train`. It goes on when you close this page."
        )
        return
    names = [run.name for run in known]
    shown = registry.WATCHED_RUN.get(registry.LINKED_RUN.link_text())
    chosen = registry.NEXT_RUN.take(shown)
    registry.WATCHED_RUN.put(chosen if chosen in names else names[0])
    chosen = st.selectbox("Run", names, label_visibility="collapsed", **registry.WATCHED_RUN.widget)
    registry.LINKED_RUN.write_link(chosen)  # a link, or a page loaded again, shows the same
    _others(known, chosen)
    run_view.live(known[names.index(chosen)])
    _compare(known)


@st.fragment(run_every=2.0)
def _others(known: list[Run], chosen: str) -> None:
    """What else is under way or waits, whoever started it."""
    if [run.name for run in run_folder.list_runs()] != [run.name for run in known]:
        st.rerun()  # somebody has made, renamed or deleted one
    for run in known:
        status = run.status()
        if run.name == chosen or status.state not in ALIVE | {"queued"}:
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            run_view.badge(status)
            if st.button(run.name, key=f"go_{run.name}", type="tertiary"):
                registry.NEXT_RUN.put(run.name)
                st.rerun()
            messages.note(f"epoch {status.epoch} of {status.epochs}")


def _compare(known: list[Run]) -> None:
    """Validation losses of several runs side by side."""
    told = [run.name for run in known if run.metrics()]
    if len(told) < 2:
        return
    with st.expander("Compare runs"):
        chosen = st.multiselect(
            "Runs",
            told,
            default=told[:2],
            max_selections=MOST_COMPARED,
            **registry.COMPARED_RUNS.widget,
        )
        if chosen:
            st.markdown("**Validation loss, nats by epoch**")
            loss_curves.compare({run.name: run.metrics() for run in known if run.name in chosen})
