"""Every step from a picture to what the model sees, each with a switch."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from vae_explorer.data.handwriting import preprocessing
from vae_explorer.data.reading import Reading
from vae_explorer.ui import html, messages
from vae_explorer.ui.html import element
from vae_explorer.ui.session import registry
from vae_explorer.ui.shared import pictures, user_digit

TILE = 108  # pixels
BOX = "width:100%;aspect-ratio:1;border-radius:6px;display:block;box-sizing:border-box"
SHOWN = f"image-rendering:pixelated;object-fit:contain;background:#8882;{BOX}"
SKIPPED = f"border:1px dashed #8888;padding:8px;font-size:0.8rem;opacity:.6;{BOX}"
CAPTION = "font-size:0.8rem;line-height:1.3;min-height:2.6em;margin-top:4px"


def show(steps: Mapping[str, np.ndarray], reading: Reading) -> None:
    """The steps as a UserDigit has them; none where they led to nothing that can be seen."""
    if reading.preparation == "plain":
        _show_plain(steps, reading)
    elif steps or user_digit.steps_left_out():
        _show_switches(steps)


def _show_plain(steps: Mapping[str, np.ndarray], reading: Reading) -> None:
    """A picture before and after it was read as the training pictures were."""
    if steps:
        st.markdown("**What the model sees**")
        pictures.gallery(list(steps.values()), list(steps), width=TILE)
        messages.note(" ".join(reading.sentences()))


def _show_switches(steps: Mapping[str, np.ndarray]) -> None:
    st.markdown("**What the model sees**, step by step: switch one off to see what it does")
    with st.container(horizontal=True, gap="small"):
        for number, name in enumerate(_in_order(steps), 1):
            with st.container(width=TILE, gap="xxsmall"):
                _tile(number, name, steps.get(name))
                if name in preprocessing.STEPS:
                    st.toggle(
                        name,
                        True,
                        help=preprocessing.STEPS[name],
                        label_visibility="collapsed",
                        **registry.STEP_SWITCH(name).widget,
                    )
    with st.popover("What each step does", icon=":material/help:", type="tertiary"):
        st.markdown(
            "\n".join(f"- **{name}**: {about}" for name, about in preprocessing.STEPS.items())
        )


def _in_order(steps: Mapping[str, np.ndarray]) -> list[str]:
    """All steps that can be switched off, between those that cannot."""
    others = [name for name in steps if name not in preprocessing.STEPS]
    return [*others[:-1], *preprocessing.STEPS, *others[-1:]]


def _tile(number: int, name: str, pixels: np.ndarray | None) -> None:
    title = f"{number}. {name}"
    if pixels is None:
        why = "left out" if name in user_digit.steps_left_out() else "not needed"
        tile = element("div", why, style=SKIPPED)
    else:
        tile = pictures.image(pixels, title, SHOWN)
    caption = element("div", title, style=CAPTION)
    html.show(element("div", tile, caption, title=preprocessing.STEPS.get(name, "")))
