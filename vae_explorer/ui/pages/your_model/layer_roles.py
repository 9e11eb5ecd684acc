"""The layers of a file whose roles its shapes do not tell, for somebody to say them."""

from collections.abc import Mapping

import streamlit as st

from vae_explorer.data.datasets import Dataset
from vae_explorer.evaluation import opened_models
from vae_explorer.models.foreign.weights.mapping import ROLES
from vae_explorer.ui import messages
from vae_explorer.ui.session import registry

ABOUT = (
    "Say what each layer is, and read it again. *mean* and *second* are two heads of their own, "
    "*heads* one layer that gives both; what the model does not use is *unused*."
)


def ask(
    files: Mapping[str, bytes], dataset: Dataset, said: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """(layer, role) of every layer once the button is pressed; empty before, or for other files."""
    rows = opened_models.layers(files, dataset)
    if not rows:
        return ()
    st.markdown("**Its layers**")
    messages.note(ABOUT)
    edited = st.data_editor(
        [
            {
                "Layer": row.name,
                "Shape": " × ".join(map(str, row.shape)),
                "Role": said.get(row.name, row.role),
            }
            for row in rows
        ],
        column_config={"Role": st.column_config.SelectboxColumn(options=ROLES, required=True)},
        disabled=("Layer", "Shape"),
        hide_index=True,
        width="stretch",
        key=registry.LAYER_ROLES,
    )
    if not st.button("Read with these roles", type="primary", key="read_roles"):
        return ()
    return tuple((row["Layer"], row["Role"]) for row in edited)
