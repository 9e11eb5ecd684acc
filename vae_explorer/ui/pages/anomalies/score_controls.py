"""Which score the charts show, and where its threshold lies; of pictures and of molecules alike."""

from collections.abc import Mapping, Sequence

import streamlit as st

from vae_explorer.ui import messages
from vae_explorer.ui.session import registry
from vae_explorer.ui.session.registry import Property


def score(
    names: Sequence[str], titles: Mapping[str, str], about: Mapping[str, str], chosen: Property
) -> str:
    """One of the names, which the visitor chooses; `about` says in a sentence what it is."""
    chosen.keep_among(names)
    name = st.pills(
        "Score",
        names,
        default=names[0],
        format_func=titles.__getitem__,
        required=True,
        wrap=True,
        **chosen.widget,
    )
    name = name if name in names else names[0]
    messages.note(about[name])
    return name


def quantile(whose: str) -> float:
    """The share below the threshold, in percent, of "validation pictures", say."""
    return st.slider(
        f"Threshold: this share of {whose} lies below",
        *(50.0, 99.9, 95.0, 0.1),
        format="%.1f %%",
        help="The rest of them would be flagged: the share of false alarms that you accept.",
        **registry.THRESHOLD.widget,
    )
