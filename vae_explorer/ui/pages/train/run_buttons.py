"""The buttons that start or queue a run, and how long it will take."""

import streamlit as st

from vae_explorer.config import TrainConfig
from vae_explorer.training import run_preparation
from vae_explorer.ui import messages
from vae_explorer.ui.pages.train import run_view
from vae_explorer.ui.session import dataset_cache, jobs, registry


def show(name: str, config: TrainConfig) -> None:
    """What begins a run of these settings; RunError where it may not."""
    with st.container(horizontal=True):
        now = st.button("Start training", type="primary", icon=":material/play_arrow:", key="start")
        later = st.button(
            "Queue",
            icon=":material/schedule:",
            key="queue",
            help="Starts when no other run is under way, also when this page is closed",
        )
    if now or later:
        run, removed = (jobs.start if now else jobs.queue)(name, config)
        registry.NEXT_RUN.put(run.name)
        if removed:
            st.toast(f"Removed to make room: {', '.join(removed)}, the oldest ended runs.")


def estimate(config: TrainConfig) -> None:
    """How long it will take, measured when it is asked for."""
    asked = registry.ESTIMATED.get()
    if st.button("Estimate the time", icon=":material/timer:", key="estimate", type="tertiary"):
        with st.spinner("Training on a few pictures …"):
            data = dataset_cache.load(config.dataset, config.reading)
            asked = (config, run_preparation.seconds_to_train(config, data.train))
        registry.ESTIMATED.put(asked)
    if asked is not None and asked[0] == config:
        time = run_view.duration(asked[1])
        messages.note(
            f"About {time} for {config.total_epochs:,} epochs, measured just now on a few "
            "pictures, on one thread of this machine; a run takes more threads where they pay."
        )
