"""The model chooser and the model's card, beside every page."""

import contextlib

import streamlit as st
from torch import Tensor

from vae_explorer.config import TrainConfig, help_text
from vae_explorer.data import datasets
from vae_explorer.errors import CheckpointError, ExplorerError
from vae_explorer.evaluation import model_comparison
from vae_explorer.evaluation.metrics import TITLES, figure_text
from vae_explorer.models import checkpoints
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.vae import summarize
from vae_explorer.training.runs.model_library import list_models
from vae_explorer.ui import messages
from vae_explorer.ui.session import cache, position
from vae_explorer.ui.shared import widgets
from vae_explorer.ui.shell import export_menu

CHOOSE = "choose"  # key of a model to switch to before the chooser is drawn again
PLACE = "choose_place"  # where to go in it, and as which class


def show() -> None:
    """Draw the chooser and the card; pages ask `current` for the model."""
    with st.sidebar:
        titles = {entry.key: entry.title for entry in list_models()}
        if CHOOSE in st.session_state:
            st.session_state[position.MODEL] = st.session_state[CHOOSE]
            _start_over()
            _go(st.session_state.get(PLACE))
        titles |= {key: f"{c.name} (added)" for key, c in position.uploaded().items()}
        if position.MODEL in st.session_state and position.MODEL not in st.query_params:
            st.session_state[position.MODEL] = st.session_state[
                position.MODEL
            ]  # so back into the link
        if not titles:
            st.warning("No model is at hand: train one, or add a checkpoint.")
        else:
            st.selectbox(
                "Model",
                list(titles),
                format_func=titles.get,
                key=position.MODEL,
                on_change=_start_over,
                help="Shipped models, your training runs, and what you add below.",
                **position.LINKED,
            )
        for key in (CHOOSE, PLACE):  # only now: a click elsewhere may end this run early
            st.session_state.pop(key, None)
        with messages.guard():
            if titles:
                _card(current())
        _adder()


def current() -> Checkpoint:
    """The chosen model; CheckpointError when its file is gone or damaged."""
    key = st.session_state.get(position.MODEL)
    if key in position.uploaded():
        return position.uploaded()[key]
    for entry in list_models():
        if entry.key == key:
            return cache.load(entry)
    raise CheckpointError("no model is at hand: train one on the Train page, or add a checkpoint.")


def _start_over() -> None:
    with contextlib.suppress(ExplorerError):  # a damaged model is reported where it is shown
        position.start_over(cache.space(current()))


def choose(key: str, at: tuple[Tensor, int] | None = None) -> None:
    """Make a model the chosen one from the next run on, and go to a place (z, class) in it."""
    st.session_state[CHOOSE] = key
    st.session_state[PLACE] = at


def _go(place: tuple[Tensor, int] | None) -> None:
    if place is not None:
        with contextlib.suppress(ExplorerError):
            position.show(cache.space(current()), *place)


def chosen() -> str:
    """The key of the model that pages show."""
    return st.session_state.get(position.MODEL, "")


def _card(checkpoint: Checkpoint) -> None:
    config = checkpoint.config
    kind = model_comparison.kind_of(config, model_comparison.settings_of(checkpoint))
    layers = summarize(checkpoint.model)
    total = sum(row.parameters for row in layers)
    dataset = messages.plain(datasets.title(checkpoint.dataset)) or "an unknown data set"
    st.markdown(f"**{config.latent_dim}-D {kind}** of {dataset}, {total / 1e6:.2f} M parameters")
    export_menu.offer(checkpoint)
    if checkpoint.scores:
        _scores(checkpoint)
    else:
        messages.note("No scores: `python -m vae_explorer evaluate` measures them.")
    with st.expander("Architecture"):
        widgets.table([(f"{row.part}: {row.layer}", f"{row.parameters:,}", "") for row in layers])
    if checkpoint.training:
        with st.expander("How it was trained"):
            widgets.table(_settings(checkpoint))


def _scores(checkpoint: Checkpoint) -> None:
    named = [
        (TITLES.get(name, name), figure_text(name, score), score["protocol"])
        for name, score in checkpoint.scores.items()
    ]
    widgets.table(named)
    with st.expander("How each was measured"):
        lines = [f"- **{messages.plain(name)}**: {messages.plain(how)}" for name, _, how in named]
        st.markdown("Nats per image unless said; ± is one standard error.\n" + "\n".join(lines))


def _settings(checkpoint: Checkpoint) -> list[tuple[str, str, str]]:
    """Name, value and meaning of each."""
    known = TrainConfig.__dataclass_fields__
    return [
        (
            name.replace("_", " "),
            f"{value:,.6g}" if isinstance(value, float) else str(value),
            help_text(TrainConfig, name) if name in known else "",
        )
        for name, value in checkpoint.training.items()
        if name != "model"
    ]


def _adder() -> None:
    """The one door for models from outside: read, check, and only then keep for this session."""
    with st.expander("Add a model"):
        file = st.file_uploader(
            "A checkpoint (.safetensors) or the tutorial's state_dict (.pt)",
            type=["safetensors", "pt", "pth"],
            key="add_model",
            max_upload_size=512,
        )
        if file is None or file.file_id == st.session_state.get("added_file"):
            return
        try:
            checkpoint = checkpoints.read_model(file.getvalue(), file.name)
        except ExplorerError as error:
            messages.failed(str(error))
            return
        key = f"added:{checkpoint.sha256[:8]}"
        position.uploaded()[key] = checkpoint
        st.session_state.added_file = file.file_id
        choose(key)
        st.rerun()
