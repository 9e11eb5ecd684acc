"""A new run on molecules: its preset, its molecules, a few settings, and what starts it."""

from dataclasses import replace

import streamlit as st

from vae_explorer.molecule_presets import MOLECULE_PRESET_HELP, MOLECULE_PRESETS
from vae_explorer.molecules import moses
from vae_explorer.training.runs import run_folder
from vae_explorer.ui import messages
from vae_explorer.ui.pages.train import molecule_settings, run_buttons
from vae_explorer.ui.session import registry
from vae_explorer.ui.shared.data import dataset_download, own_molecules

OWN = "SMILES of your own"


def show() -> None:
    """The form; what its buttons start is the run to watch next."""
    preset = _preset()
    source = st.selectbox(
        "Molecules",
        (moses.NAME, OWN),
        format_func=lambda name: moses.TITLE if name == moses.NAME else name,
        persist_state="session",
        **registry.TRAIN_MOLECULES.widget,
    )
    dataset = column = ""
    with messages.guard():
        dataset, column = own_molecules.choose() if source == OWN else (_moses(), "")
    config = molecule_settings.read(MOLECULE_PRESETS[preset])
    run_name = st.text_input(
        "Name of the run",
        placeholder=run_folder.free_name(preset),
        persist_state="session",
        **registry.RUN_NAME.widget,
    )
    if dataset:
        with messages.guard():
            name = run_name.strip() or run_folder.free_name(preset)
            run_buttons.show(name, replace(config, dataset=dataset, column=column))


def _preset() -> str:
    first = next(iter(MOLECULE_PRESETS))
    if not registry.MOLECULE_SETTING("epochs").is_set:
        molecule_settings.fill(first)
    preset = st.selectbox(
        "Preset",
        list(MOLECULE_PRESETS),
        on_change=lambda: molecule_settings.fill(registry.MOLECULE_PRESET.get(first)),
        persist_state="session",
        **registry.MOLECULE_PRESET.widget,
    )
    about = MOLECULE_PRESET_HELP[preset]
    messages.note(f"{about[0].upper()}{about[1:]}.")
    return preset


def _moses() -> str:
    """The set's name; "" where it is not at hand, with the offer to fetch it."""
    if moses.available():
        return moses.NAME
    st.info(f"{moses.TITLE}, 1.9 million molecules of ZINC, is not on this machine.")
    dataset_download.offer(moses.NAME)
    return ""
