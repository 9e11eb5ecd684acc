"""A training run as it goes: state, curves, cloud and reconstructions, from its folder alone."""

import streamlit as st

from .. import data, figures, latent
from ..runs import Run, Status
from . import cache, live_view, messages, widgets

BADGES = {
    "starting": ("blue", ":material/hourglass_top:"),
    "running": ("green", ":material/play_arrow:"),
    "stopping": ("orange", ":material/hourglass_bottom:"),
    "stopped": ("orange", ":material/stop:"),
    "finished": ("green", ":material/check:"),
    "failed": ("red", ":material/error:"),
    "lost": ("red", ":material/error:"),
}
CURVES = {  # a Vega-Lite picture whose axis does not begin at zero: late epochs differ by little
    "height": 260,
    "mark": {"type": "line", "point": False, "strokeWidth": 2},
    "encoding": {
        "x": {"field": "epoch", "type": "quantitative", "axis": {"tickMinStep": 1, "title": None}},
        "y": {
            "field": "nats",
            "type": "quantitative",
            "scale": {"zero": False},
            "axis": {"title": None},
        },
        "color": {
            "field": "split",
            "scale": {"domain": ["train", "validation"], "range": ["#94a4a2", "#3f90da"]},
            "legend": {"orient": "top", "title": None},
        },
    },
}
ALIVE = {"starting", "running", "stopping"}


def live(run: Run) -> None:
    """Watch a run: looks again each second while its process lives, once afterwards."""
    if run.status().state in ALIVE:
        _ticking(run)
    else:
        _show(run, run.status())


@st.fragment(run_every=1.0)
def _ticking(run: Run) -> None:
    status = run.status()
    _show(run, status)
    if status.state not in ALIVE:
        st.rerun()  # once more as a whole: the model list has a new entry


def _show(run: Run, status: Status) -> None:
    with messages.guard():
        lines = run.metrics()
        _head(run, status, lines)
        if not lines:
            return
        _curves(lines)
        _latents(run)


def _head(run: Run, status: Status, lines: list[dict]) -> None:
    colour, icon = BADGES.get(status.state, ("gray", ":material/help:"))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(status.state, color=colour, icon=icon)
        if status.state in {"starting", "running"}:
            st.button("Stop", icon=":material/stop:", key="stop_run", on_click=run.stop)
    if status.message:
        st.error(status.message, icon=":material/error:")
    share = status.epoch / max(status.epochs, 1)
    text = f"epoch {status.epoch} of {status.epochs}"
    if lines and status.state == "running":
        text += f", about {_duration(run.seconds_left())} left"
    st.progress(min(share, 1.0), text)
    if lines:
        last = lines[-1]
        held_out = last["validation"]
        with st.container(horizontal=True, gap="medium"):
            st.metric("validation −ELBO", f"{held_out['loss']:.2f}", width="content")
            st.metric("reconstruction", f"{held_out['reconstruction']:.2f}", width="content")
            st.metric("KL", f"{held_out['kl']:.2f}", width="content")
            st.metric("images / s", f"{last['images_per_second']:,.0f}", width="content")


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _curves(lines: list[dict]) -> None:
    columns = st.columns(2)
    settled = lines[len(lines) // 20 :]  # the fall from the random start would flatten all the rest
    for column, term, title in (
        (columns[0], "reconstruction", "Reconstruction, nats"),
        (columns[1], "kl", "KL, nats"),
    ):
        rows = [
            {"epoch": line["epoch"], "nats": line[split][term], "split": split}
            for line in settled
            for split in ("train", "validation")
        ]
        column.markdown(f"**{title}**")
        column.vega_lite_chart(CURVES | {"data": {"values": rows}})
    messages.note(f"By epoch, from epoch {settled[0]['epoch']} on.")


def _latents(run: Run) -> None:
    epochs, fixed = run.watched_epochs(), run.fixed()
    watched = run.watched(epochs[-1]) if epochs else None
    if watched is None or fixed is None:
        return
    st.markdown(f"**Validation digits in the latent space** after epoch {epochs[-1]}")
    projection = latent.projection(watched.mu)
    names = run_classes(run, fixed)
    live_view.cloud(
        cache.drawable(projection(watched.mu)),
        fixed.labels[: len(watched.mu)].numpy(),
        names=names,
        colours=figures.class_colours(len(names)),
        key=f"run_cloud_{run.name}",
        height=380,
        axes=projection.names if len(projection.names) > 1 else (*projection.names, ""),
    )
    widgets.strips(
        [data.to_unit(fixed.images), data.to_unit(watched.reconstructions)],
        ["validation", "reconstructed"],
        "validation digits above their reconstructions",
    )


def run_classes(run: Run, fixed: data.Split) -> tuple[str, ...]:
    """Names of the classes of a run's data set, as far as they are known."""
    name = run.config().dataset
    if name in data.DOWNLOADABLE:
        return data.DOWNLOADABLE[name].classes
    return tuple(str(label) for label in range(int(fixed.labels.max()) + 1))
