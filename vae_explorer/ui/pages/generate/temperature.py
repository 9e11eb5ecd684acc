"""The temperature of samples, which all sections of Generate share: in session and address."""

import math

import streamlit as st

from vae_explorer.ui.session import registry

TITLE = "Temperature"
HOTTEST = 2.0
STEP = 0.05
ABOUT = (
    "How far samples spread: 0 shows the average, 1 is the distribution itself, more exaggerates "
    "it. Each seed keeps its direction."
)


def current_temperature() -> float:
    """As it was left, or as the address says; 1 where that is nonsense."""
    value = registry.TEMPERATURE.start(_linked)
    registry.TEMPERATURE.write_link(None if value == 1 else f"{value:g}")
    return value


def keep(value: float) -> None:
    """From a callback: let samples have this temperature from now on."""
    registry.TEMPERATURE.put(value)


def temperature_slider() -> float:
    """Where no wall has a slider of its own."""
    registry.TEMPERATURE_SLIDER.put(current_temperature())
    return st.slider(
        TITLE,
        *(0.0, HOTTEST),
        step=STEP,
        help=ABOUT,
        on_change=lambda: keep(registry.TEMPERATURE_SLIDER.get()),
        **registry.TEMPERATURE_SLIDER.widget,
    )


def _linked() -> float:
    try:
        value = float(registry.TEMPERATURE.link_text() or "")
    except ValueError:
        return 1.0
    return value if math.isfinite(value) and 0 <= value <= HOTTEST else 1.0
