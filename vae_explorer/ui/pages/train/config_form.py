"""A training config as a form: a field of it is a widget, its `Doc` the help beside it."""

import dataclasses
from typing import Any, get_type_hints

import streamlit as st

from vae_explorer.config import ModelConfig, ReadingChoice, TrainConfig, choices, help_text
from vae_explorer.data import datasets
from vae_explorer.errors import ConfigError
from vae_explorer.ui.session import registry
from vae_explorer.ui.shared.data.setting_labels import LABELS

GROUPS = {  # every setting but those of the data set, which the page asks for itself
    "Model": [
        *["latent_dim", "encoder", "decoder", "convolutions", "decoder_convolutions"],
        *["upsampling", "normalization", "activation", "residual", "dropout", "fourier"],
        *["fourier_scale", "classes", "variational", "likelihood", "pixel_scale"],
    ],
    "Objective": [
        *["objective", "samples", "beta", "kl_annealing", "kl_warmup", "kl_cycles", "free_bits"],
        *["lattice_points", "lattice_start", "proposals"],
    ],
    "Optimiser": [
        *["optimizer", "learning_rate", "schedule", "batch_size", "weight_decay", "clip_norm"],
        *["momentum", "square_decay", "average", "precision"],
    ],
    "Length": [
        *["epochs", "patience", "polish_epochs", "polish_learning_rate", "polish_augment"],
        *["polish_objective", "encoder_epochs", "encoder_learning_rate"],
        "encoder_augment",
    ],
    "Pictures": ["augment", "deformation", "augment_for", "input_dropout", "binarize", "limit"],
    "Run": ["seed", "threads"],
}
FINE_STEPS = {  # of the fractions whose sensible values lie closer together than 0.05
    "learning_rate": 1e-4,
    "polish_learning_rate": 1e-4,
    "encoder_learning_rate": 1e-4,
    "weight_decay": 0.005,
    "average": 0.001,
    "square_decay": 0.001,
}
OF_MODEL = {field.name for field in dataclasses.fields(ModelConfig)}
OF_PICTURES = {"image_size", "image_width", "channels"}  # of the model's, not asked for


def fill(config: TrainConfig) -> None:
    """Put all settings of a config into the form, before it is shown."""
    for name in (name for group in GROUPS.values() for name in group):
        registry.SETTING(name).put(_shown(_value(config, name)))


def suggest(settings: dict[str, Any]) -> None:
    """Put some settings into the form, whichever part of a config they belong to."""
    for name, value in settings.items():
        registry.SETTING(name).put(_shown(value))


def show_basic(basic: tuple[str, ...]) -> None:
    """Draw the settings at hand."""
    for left, right in zip(basic[::2], basic[1::2], strict=True):
        columns = st.columns(2)
        for column, name in zip(columns, (left, right), strict=True):
            with column:
                _field(name)


def show_all(basic: tuple[str, ...]) -> None:
    """Draw all others, behind one door, by group: below what starts a run, which stays in reach."""
    with st.expander("All settings"):
        group = st.segmented_control(
            "Group",
            GROUPS,
            default="Model",
            label_visibility="collapsed",
            **registry.SETTINGS_GROUP.widget,
        )
        for name in GROUPS[group or "Model"]:
            if name not in basic:
                _field(name)


def read(dataset: str, reading: ReadingChoice = datasets.FOUND) -> TrainConfig:
    """The config that the form stands for; ConfigError says what makes no sense.

    The shape of its model's pictures is still to be made that of the data.
    """
    values = {}
    for name in (name for group in GROUPS.values() for name in group):
        values[name] = _parsed(name, registry.SETTING(name).get())
    model = ModelConfig(**{name: values.pop(name) for name in OF_MODEL - OF_PICTURES})
    return TrainConfig(model=model, dataset=dataset, reading=reading, **values)


def _kind(name: str) -> type:
    return ModelConfig if name in OF_MODEL else TrainConfig


def _value(config: TrainConfig, name: str) -> Any:
    return getattr(config.model if name in OF_MODEL else config, name)


def _shown(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else value


def _parsed(name: str, value: Any) -> Any:
    if get_type_hints(_kind(name))[name] != tuple[int, ...]:
        return value
    try:
        return tuple(int(part) for part in value.replace(",", " ").split())
    except ValueError as error:
        raise ConfigError(f"{name} must be whole numbers with commas between them.") from error


def _field(name: str) -> None:
    kind, label = _kind(name), LABELS[name]
    hint = get_type_hints(kind)[name]
    widget = registry.SETTING(name).widget
    if options := choices(kind, name):
        st.selectbox(label, options, help=about(name), persist_state="session", **widget)
    elif hint is bool:
        st.toggle(label, help=about(name), persist_state="session", **widget)
    elif hint is int:
        st.number_input(label, step=1, help=about(name), persist_state="session", **widget)
    elif hint is float:
        step = FINE_STEPS.get(name, 0.05)
        st.number_input(
            label, step=step, format="%.5g", help=about(name), persist_state="session", **widget
        )
    else:
        st.text_input(label, help=about(name), persist_state="session", **widget)


def about(name: str) -> str:
    """The help of a setting, and what commands and files call it."""
    text = help_text(_kind(name), name)
    return f"{text[0].upper()}{text[1:]}. In commands and files: `{name}`."
