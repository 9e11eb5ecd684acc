"""Train: choose settings, start processes, and watch latent spaces form."""

from typing import Any

import streamlit as st

from vae_explorer.errors import RunError
from vae_explorer.training.runs import run_folder
from vae_explorer.training.runs.run_folder import ALIVE, Run
from vae_explorer.ui import messages
from vae_explorer.ui.pages.train import loss_curves, new_run, run_view, server_limits
from vae_explorer.ui.session import jobs, registry

MOST_COMPARED = 8


def page() -> None:
    """The page of training runs."""
    with messages.guard():
        jobs.tend()
    watch, new = st.columns([7, 4], gap="large")  # on a phone, what goes on comes first
    with new, messages.guard():  # first: what it starts is watched
        new_run.show()
    with watch, messages.guard():
        _watch()


def _watch() -> None:
    runs = run_folder.list_runs()
    if not runs:
        st.header("No runs yet")
        messages.note(
            "A run is one training. Start one here, or in a terminal with "
            "`python -m vae_explorer train`: it goes on when you close this page."
            if server_limits.may_train()
            else "A run is one training. Those of this server's teachers are watched here."
        )
        return
    names = [run.name for run in runs]
    linked = registry.LINKED_RUN.link_text()
    shown = linked if registry.leads_back() else registry.WATCHED_RUN.get(linked)
    chosen = registry.NEXT_RUN.take(shown)
    registry.WATCHED_RUN.put(chosen if chosen in names else names[0])
    chosen = st.selectbox("Run", names, label_visibility="collapsed", **registry.WATCHED_RUN.widget)
    registry.LINKED_RUN.write_link(chosen)  # a link, or a page loaded again, shows the same
    _other_runs(runs, chosen)
    run_view.live(runs[names.index(chosen)])
    _compare(runs)


@st.fragment(run_every=2.0)
def _other_runs(runs: list[Run], chosen: str) -> None:
    """What else is under way or waits, whoever started it."""
    if [run.name for run in run_folder.list_runs()] != [run.name for run in runs]:
        st.rerun()  # somebody has made, renamed or deleted one
    for run in runs:
        status = run.status()
        if run.name == chosen or status.state not in ALIVE | {"queued"}:
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            run_view.badge(status)
            if st.button(run.name, key=f"go_{run.name}", type="tertiary"):
                registry.NEXT_RUN.put(run.name)
                st.rerun()
            messages.note(f"epoch {status.epoch} of {status.epochs}")


def _compare(runs: list[Run]) -> None:
    """Validation losses of several runs side by side."""
    lines = {run.name: found for run in runs if (found := _lines(run))}
    names = list(lines)
    if len(names) < 2:
        return
    with st.expander("Compare runs"):
        chosen = st.multiselect(
            "Runs",
            names,
            default=names[:2],
            max_selections=MOST_COMPARED,
            **registry.COMPARED_RUNS.widget,
        )
        if chosen:
            st.markdown("**Validation loss by epoch, in nats**")
            loss_curves.compare({name: lines[name] for name in names if name in chosen})


def _lines(run: Run) -> list[dict[str, Any]]:
    """A run's epochs; none where they cannot be read: the one that is watched says why not."""
    try:
        return run.metrics()
    except RunError:
        return []
