"""A training run as it goes: state, diagnoses, curves and the forming latent space.

All of it is read from the run's folder, so it is the same for whoever looks, from wherever.
"""

from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

from vae_explorer import figures
from vae_explorer.data import datasets
from vae_explorer.errors import RunError
from vae_explorer.latent.geometry import projection
from vae_explorer.molecule_config import MoleculeTrainConfig
from vae_explorer.molecules import chemistry
from vae_explorer.training.diagnostics import diagnose
from vae_explorer.training.runs.run_folder import ALIVE, Run, Status
from vae_explorer.ui import messages
from vae_explorer.ui.components import live_view
from vae_explorer.ui.pages.train import config_form, loss_curves, molecule_settings, run_epochs
from vae_explorer.ui.session import jobs, model_selection, registry
from vae_explorer.ui.shared.data.setting_labels import LABELS

Colour = Literal["blue", "green", "orange", "red", "gray"]

BADGES: dict[str, tuple[Colour, str]] = {
    "queued": ("blue", ":material/schedule:"),
    "starting": ("blue", ":material/hourglass_top:"),
    "running": ("green", ":material/play_arrow:"),
    "stopping": ("orange", ":material/hourglass_bottom:"),
    "stopped": ("orange", ":material/stop:"),
    "finished": ("green", ":material/check:"),
    "failed": ("red", ":material/error:"),
    "lost": ("red", ":material/error:"),
}
UNKNOWN: tuple[Colour, str] = ("gray", ":material/help:")


def live(run: Run) -> None:
    """Watch a run: looks again each second while it may change, once afterwards."""
    if run.status().state in ALIVE | {"queued"}:
        _ticking(run)
    else:
        _show(run, run.status())


@st.fragment(run_every=1.0)
def _ticking(run: Run) -> None:
    with messages.guard():
        jobs.tend()
    status = run.status()
    _show(run, status)
    if status.state not in ALIVE | {"queued"}:
        st.rerun()  # once more as a whole: the model list has a new entry


def _show(run: Run, status: Status) -> None:
    with messages.guard():
        _head(run, status)
        lines = run.metrics()
        _progress(run, status, lines)
        if not lines:
            return
        _figures(lines[-1], run.config().model.variational)
        _diagnoses(run, lines)
        _latents(run, live=status.state in ALIVE)
        _curves(run, lines)


def badge(status: Status) -> None:
    """The state in its colour."""
    colour, icon = BADGES.get(status.state, UNKNOWN)
    st.badge(status.state, color=colour, icon=icon)


def _head(run: Run, status: Status) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        badge(status)
        if own := jobs.may_change(run):
            _turns(run, status)
        if run.checkpoint.exists():
            st.button(
                "Use this model",
                icon=":material/check:",
                key="use_run",
                on_click=model_selection.choose,
                args=(f"run:{run.name}",),
                help="Choose it for all pages",
            )
        if own and _is_over(status):
            _rename(run)
            _delete(run)
        if not own:
            messages.note("Somebody else's run: you can watch it and use its model.")
    if status.message:
        messages.failed(status.message)


def _is_over(status: Status) -> bool:
    return status.state not in ALIVE | {"queued"}


def _turns(run: Run, status: Status) -> None:
    """Buttons that end a run, or let it go on."""
    if not _is_over(status) and status.state != "stopping":
        label = "Leave the queue" if status.state == "queued" else "Stop"
        if st.button(label, icon=":material/stop:", key="stop_run"):
            _do(run, lambda: jobs.stop(run))
    if _is_over(status) and status.epoch < status.epochs and not _stopped_early(run):
        if st.button("Resume", icon=":material/play_arrow:", key="resume_run"):
            _do(run, lambda: jobs.resume(run))
        if st.button("Queue", icon=":material/schedule:", key="queue_run"):
            _do(run, lambda: jobs.queue_again(run))


def _do(run: Run, action: Callable[[], object]) -> None:
    """Act on a run, and draw the page anew; where it fails, the sentence stays on the page."""
    action()
    registry.NEXT_RUN.put(run.name)
    st.rerun()


def _rename(run: Run) -> None:
    with st.popover("Rename", icon=":material/edit:"), messages.guard():
        name = st.text_input(
            "New name", value=run.name, **registry.RENAMED_RUN(run.name).widget
        ).strip()
        if st.button("Rename", key="rename_run"):
            in_use = model_selection.chosen() == f"run:{run.name}"
            renamed = jobs.rename(run, name)
            if in_use:
                model_selection.choose(f"run:{renamed.name}")
            _do(renamed, lambda: None)


def _delete(run: Run) -> None:
    with st.popover("Delete", icon=":material/delete:"), messages.guard():
        st.markdown(f"Delete **{run.name}** with its model and all its epochs?")
        if st.button("Delete it", type="primary", key="delete_run"):
            _do(run, lambda: jobs.delete(run))


def _progress(run: Run, status: Status, lines: list[dict]) -> None:
    text = f"epoch {status.epoch} of {status.epochs}"
    if lines and status.state == "running":
        speed, seconds = lines[-1]["images_per_second"], run.seconds_left()
        left = "" if seconds is None else f", about {duration(seconds)} left"
        what = "molecules" if _of_molecules(run) else "pictures"
        text += f"{left}, {speed:,.0f} {what} a second{_with_threads(lines[-1])}"
    elif status.state == "finished" and _stopped_early(run):
        best = max((line["epoch"] for line in lines if line.get("best")), default=status.epoch)
        text += f": stopped early, the model is that of epoch {best}"
    st.progress(min(status.epoch / max(status.epochs, 1), 1.0), text)


def _of_molecules(run: Run) -> bool:
    return isinstance(run.config(), MoleculeTrainConfig)


def _with_threads(line: dict) -> str:
    """The number that an epoch was computed with; runs of earlier versions did not note it."""
    number = line.get("threads")
    return "" if number is None else f" on {number} thread{'s' if number > 1 else ''}"


def _stopped_early(run: Run) -> bool:
    """Whether a run is over before its last epoch because validation did not improve."""
    status = run.status()
    if status.state != "finished" or status.epoch >= status.epochs:
        return False
    try:
        return run.config().patience > 0
    except RunError:
        return False


def duration(seconds: float) -> str:
    """Seconds in words, coarser the more there are."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _figures(last: dict, variational: bool) -> None:
    held_out = last["validation"]
    with st.container(horizontal=True, gap="medium"):
        if variational:
            st.metric("validation −ELBO", f"{held_out['loss']:.2f}", width="content")
        if last.get("lattice_nll") is not None:
            st.metric("validation −log p(x)", f"{last['lattice_nll']:.2f}", width="content")
        st.metric("reconstruction", f"{held_out['reconstruction']:.2f}", width="content")
        if variational:
            st.metric("KL", f"{held_out['kl']:.2f}", width="content")
            if last["beta"] != 1:
                st.metric("β", f"{last['beta']:.3g}", width="content")


def _diagnoses(run: Run, lines: list[dict]) -> None:
    for number, diagnosis in enumerate(diagnose(run.config(), lines)):
        with st.container(border=True):
            st.markdown(
                f":orange[:material/stethoscope: **{diagnosis.name}**]: {diagnosis.evidence}"
            )
            with st.container(horizontal=True, vertical_alignment="center"):
                messages.note(diagnosis.remedy)
                suggest = _suggestion(run, diagnosis.settings)
                if suggest is not None:
                    st.button(
                        "Try it",
                        icon=":material/edit_note:",
                        key=f"try_{number}",
                        on_click=suggest,
                        args=(diagnosis.settings,),
                        help=f"Put into the form: {_listed(diagnosis.settings)}",
                    )


def _suggestion(run: Run, settings: dict[str, Any]) -> Callable[[dict[str, Any]], None] | None:
    """What puts settings into the form of such runs; None where it lacks one."""
    if not settings:
        return None
    if not _of_molecules(run):
        return config_form.suggest
    return molecule_settings.suggest if molecule_settings.has(settings) else None


def _listed(settings: dict[str, Any]) -> str:
    """Settings as the form calls them, with their values."""
    texts = {name: f"{v:g}" if isinstance(v, float) else str(v) for name, v in settings.items()}
    return ", ".join(f"{LABELS[name]} {text}" for name, text in texts.items())


def _curves(run: Run, lines: list[dict]) -> None:
    left, right = st.columns(2)
    with left:
        loss_curves.losses(lines, "reconstruction", "Reconstruction, nats")
    if not run.config().model.variational:
        return
    with right:
        loss_curves.losses(lines, "kl", "KL, nats")
    if hidden := len(lines) - len(loss_curves.settled(lines)):
        messages.note(f"Epochs 1–{hidden} not drawn." if hidden > 1 else "Epoch 1 not drawn.")
    loss_curves.kl_by_coordinate(lines)


def _latents(run: Run, live: bool) -> None:
    of_molecules = _of_molecules(run)
    if of_molecules and not chemistry.available():
        messages.note(f"Codes are not drawn here: {chemistry.INSTALL}")
        return
    kept, fixed = run.snapshot_epochs(), run.snapshot_pictures()
    newest = run.snapshot(kept[-1]) if kept else None
    if newest is None or fixed is None:
        return
    what = "molecules" if of_molecules else "pictures"
    st.markdown(f"**Validation {what} in the latent space, and their reconstructions**")
    finite = newest.mu[newest.mu.isfinite().all(dim=1)]
    if not len(finite) or len(newest.mu) > len(fixed.labels):
        messages.note(f"The codes of epoch {kept[-1]} cannot be drawn.")
        return
    names = ("molecule",) if of_molecules else run_classes(run, fixed)
    axes = projection(finite).names
    live_view.replay(
        run_epochs.address(run),
        kept,
        run_epochs.onto(kept, live),
        fixed.labels[: len(newest.mu)].numpy(),
        run_epochs.stored_pictures(run, fixed.images),
        names=names,
        colours=figures.class_colours(len(names)),
        axes=axes if len(axes) > 1 else (*axes, ""),
        live=live,
        key=f"replay_{run.name}",
    )


def run_classes(run: Run, fixed: datasets.Split) -> tuple[str, ...]:
    """Names of the classes of a run's data set, as far as they are known."""
    name = run.config().dataset
    if name in datasets.SOURCES:
        return datasets.SOURCES[name].classes
    return tuple(str(label) for label in range(int(fixed.labels.max()) + 1))
