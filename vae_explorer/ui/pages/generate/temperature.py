"""The temperature of draws, which all ways of drawing share, kept in session and address."""

import math

import streamlit as st

TEMPERATURE = "temperature"
TITLE = "Temperature"
HOTTEST = 2.0
STEP = 0.05
ABOUT = (
    "How far draws go from the middle of what they are drawn from: 0 is the middle, 1 the "
    "distribution itself. Seeds keep their directions."
)
_SLIDER = "temperature_slider"


def now() -> float:
    """As it was left, or as the address says; 1 where that is nonsense."""
    if TEMPERATURE not in st.session_state:
        st.session_state[TEMPERATURE] = _linked(st.query_params.get(TEMPERATURE, ""))
    value = st.session_state[TEMPERATURE]
    if value == 1:
        st.query_params.pop(TEMPERATURE, None)
    elif st.query_params.get(TEMPERATURE) != f"{value:g}":
        st.query_params[TEMPERATURE] = f"{value:g}"
    return value


def keep(value: float) -> None:
    """From a callback: let draws have this temperature from now on."""
    st.session_state[TEMPERATURE] = value


def slider() -> float:
    """Where no wall has a slider of its own."""
    st.session_state[_SLIDER] = now()
    return st.slider(
        TITLE,
        *(0.0, HOTTEST),
        step=STEP,
        key=_SLIDER,
        help=ABOUT,
        on_change=lambda: keep(st.session_state[_SLIDER]),
    )


def _linked(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 1.0
    return value if math.isfinite(value) and 0 <= value <= HOTTEST else 1.0
