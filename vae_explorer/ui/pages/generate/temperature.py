"""The temperature of draws, which all ways of drawing share, kept in session and address."""

import math

import streamlit as st

from vae_explorer.ui.session import registry

HOTTEST = 2.0
ABOUT = (
    "How far draws go from the middle of what they are drawn from: 0 is the middle, 1 the "
    "distribution itself. Seeds keep their directions."
)


def now() -> float:
    """As it was left, or as the address says; 1 where that is nonsense."""
    value = registry.TEMPERATURE.start(_linked)
    registry.TEMPERATURE.write_link(None if value == 1 else f"{value:g}")
    return value


def keep(value: float) -> None:
    """From a callback: let draws have this temperature from now on."""
    registry.TEMPERATURE.put(value)


def slider() -> float:
    """Where no wall has a slider of its own."""
    registry.TEMPERATURE_SLIDER.put(now())
    return st.slider(
        "Temperature",
        *(0.0, HOTTEST),
        step=0.05,
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
