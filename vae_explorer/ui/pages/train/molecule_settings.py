"""The settings of a training on molecules that the form offers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from vae_explorer.molecule_config import MoleculeTrainConfig
from vae_explorer.molecule_presets import MOLECULE_PRESETS
from vae_explorer.ui.session import registry
from vae_explorer.ui.shared.data.setting_labels import LABELS, meaning_for_molecules

WHOLE = ("latent_dim", "epochs", "limit", "batch_size", "seed")
OTHERS = ("beta", "learning_rate")


def has(settings: Mapping[str, Any]) -> bool:
    """Whether the form has a field for each."""
    return set(settings) <= {*WHOLE, *OTHERS}


def suggest(settings: Mapping[str, Any]) -> None:
    """Put some settings into the form."""
    for name, value in settings.items():
        registry.MOLECULE_SETTING(name).put(value)


def fill(preset: str) -> None:
    """Put a preset's values into the form, before it is shown."""
    config = MOLECULE_PRESETS[preset]
    for name in (*WHOLE, *OTHERS):
        registry.MOLECULE_SETTING(name).put(_value(config, name))


def _value(config: MoleculeTrainConfig, name: str) -> int | float:
    return getattr(config.model if name == "latent_dim" else config, name)


def read(preset: MoleculeTrainConfig) -> MoleculeTrainConfig:
    """Draw the fields -> the preset with what they say; ConfigError for what makes no sense."""
    values = {}
    for names, step, form in ((WHOLE, 1, "%d"), (OTHERS, 0.05, "%.5g")):
        columns = st.columns(2)
        for place, name in enumerate(names):
            with columns[place % 2]:
                values[name] = st.number_input(
                    "Molecules (0: all)" if name == "limit" else LABELS[name],
                    step=1e-4 if name == "learning_rate" else step,
                    format=form,
                    help=meaning_for_molecules(name),
                    persist_state="session",
                    **registry.MOLECULE_SETTING(name).widget,
                )
    model = replace(preset.model, latent_dim=values.pop("latent_dim"))
    return replace(preset, model=model, **values)
