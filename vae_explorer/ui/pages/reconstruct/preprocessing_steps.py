"""Every step from a picture to what the model sees, each with a switch."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

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


def show(steps: Mapping[str, np.ndarray], reading: Reading, switches: Mapping[str, str]) -> None:
    """The steps as a UserDigit has them; none where they led to nothing that can be seen.

    `switches` are those that can be switched off, with what each does.
    """
    if reading.preparation == "plain":
        _show_plain(steps, reading)
    elif switches and (steps or any(map(user_digit.left_out, switches))):
        _show_switches(steps, switches)


def _show_plain(steps: Mapping[str, np.ndarray], reading: Reading) -> None:
    """A picture before and after it was read as the training pictures were."""
    if steps:
        st.markdown("**What the model sees**")
        pictures.gallery(list(steps.values()), list(steps), width=TILE)
        messages.note(" ".join(reading.sentences()))


def _show_switches(steps: Mapping[str, np.ndarray], switches: Mapping[str, str]) -> None:
    st.markdown("**What the model sees**, step by step: switch one off to see what it does")
    with st.container(horizontal=True, gap="small"):
        for number, name in enumerate(_in_order(steps, switches), 1):
            with st.container(width=TILE, gap="xxsmall"):
                _tile(number, name, steps.get(name), switches.get(name, ""))
                if name in switches:
                    st.toggle(
                        name,
                        True,
                        help=switches[name],
                        label_visibility="collapsed",
                        **registry.STEP_SWITCH(name).widget,
                    )
    with st.popover("What each step does", icon=":material/help:", type="tertiary"):
        st.markdown("\n".join(f"- **{name}**: {about}" for name, about in switches.items()))


def _in_order(steps: Mapping[str, np.ndarray], switches: Mapping[str, str]) -> list[str]:
    """All steps that can be switched off, between those that cannot."""
    others = [name for name in steps if name not in switches]
    last = [name for name in others if name == user_digit.SEEN]
    return [*others[: len(others) - len(last)], *switches, *last]


def _tile(number: int, name: str, pixels: np.ndarray | None, about: str) -> None:
    title = f"{number}. {name}"
    if pixels is None:
        why = "left out" if user_digit.left_out(name) else "not needed"
        tile = element("div", why, style=SKIPPED)
    else:
        tile = pictures.image(pixels, title, SHOWN)
    caption = element("div", title, style=CAPTION)
    html.show(element("div", tile, caption, title=about))
