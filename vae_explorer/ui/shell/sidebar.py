"""The model chooser and the model's card, beside every page."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from vae_explorer.config import TrainConfig, help_text
from vae_explorer.data import datasets
from vae_explorer.errors import ExplorerError
from vae_explorer.evaluation import model_comparison
from vae_explorer.evaluation.metrics import TITLES, figure_text
from vae_explorer.models import checkpoint_reader
from vae_explorer.models.checkpoints import Checkpoint
from vae_explorer.models.foreign.codes import open_codes
from vae_explorer.models.foreign.codes.codes_model import CodesModel
from vae_explorer.models.vae import summarize
from vae_explorer.molecule_config import FOR_PICTURES, MoleculeConfig, MoleculeTrainConfig
from vae_explorer.presets import PRESET_HELP
from vae_explorer.training.runs import live_models
from vae_explorer.ui import messages, navigation, visitor
from vae_explorer.ui.components import score_table
from vae_explorer.ui.session import model_selection, registry
from vae_explorer.ui.shared import pictures
from vae_explorer.ui.shared.data.setting_labels import LABELS, OF_MOLECULES, meaning_for_molecules
from vae_explorer.ui.shell import export_menu, model_list, molecule_card
from vae_explorer.ui.shell.scenes import menu

OF_LATER_STAGES = (
    *("polish_learning_rate", "polish_augment", "encoder_learning_rate", "encoder_augment"),
)
WITHOUT_USE = (*FOR_PICTURES, *OF_LATER_STAGES)  # settings that a training on molecules keeps


def show(page: str) -> None:
    """Draw the chooser and the card beside a page; pages ask `current` for the model."""
    with st.sidebar:
        titles = model_selection.titles()
        model_selection.switch()
        if registry.MODEL.is_set and registry.MODEL.link_text() is None:
            registry.MODEL.put(registry.MODEL.get())  # so back into the link
        registry.MODEL.open_old_link({key: key for key in titles})  # beside what they are called
        if not titles:
            st.warning("No model is at hand: train one, or add a checkpoint.")
        else:
            st.selectbox(
                "Model",
                list(titles),
                format_func=titles.__getitem__,
                on_change=model_selection.start_over,
                help="Shipped models, your training runs, and what you add below.",
                **registry.MODEL.widget,
            )
            model_list.offer()
        model_selection.switched()
        menu.offer(page)
        with messages.guard():
            if titles:
                _card(model_selection.current())
        _adder()


def _card(checkpoint: Checkpoint) -> None:
    if isinstance(checkpoint.model, CodesModel):
        _codes_card(checkpoint, checkpoint.model.remarks)
    elif isinstance(checkpoint.config, MoleculeConfig):
        molecule_card.show(checkpoint, _settings(checkpoint, MoleculeTrainConfig))
    else:
        _model_card(checkpoint)


def _codes_card(checkpoint: Checkpoint, remarks: Sequence[str]) -> None:
    """What is known of codes that came without a network."""
    encoded = checkpoint.encoded
    assert encoded is not None
    kinds = len(checkpoint.classes)
    classes = f", {kinds:,} classes" if kinds > 1 else ""
    came = "with their pictures" if checkpoint.pictures is not None else "without pictures"
    st.markdown(
        f"**{len(encoded.mu):,} codes of {checkpoint.config.latent_dim} coordinates**{classes}, "
        f"{came}; no network"
    )
    export_menu.offer(checkpoint)
    with st.expander("How the file was read"):
        st.markdown("\n".join(f"- {messages.plain(sentence)}" for sentence in remarks))


def _model_card(checkpoint: Checkpoint) -> None:
    config = checkpoint.config
    kind = model_comparison.kind_of(config, model_comparison.settings_of(checkpoint))
    layers = summarize(checkpoint.model)
    total = sum(row.parameters for row in layers)
    dataset = messages.plain(datasets.title(checkpoint.dataset)) or "an unknown data set"
    st.markdown(f"**{config.latent_dim}-D {kind}** of {dataset}, {total / 1e6:.2f} M parameters")
    if checkpoint.name in PRESET_HELP:
        messages.note(model_list.describe(checkpoint))
    export_menu.offer(checkpoint)
    if checkpoint.scores:
        _scores(checkpoint)
    elif not model_selection.chosen().startswith(live_models.PREFIX):
        messages.note("No scores: `python -m vae_explorer evaluate` measures them.")
    with st.expander("How pictures are read"):
        st.markdown("\n".join(f"- {line}" for line in checkpoint.picture_reading.sentences()))
    with st.expander("Architecture"):
        pictures.table([(f"{row.part}: {row.layer}", f"{row.parameters:,}", "") for row in layers])
    if checkpoint.conformance:
        with st.expander("How it was read"):
            st.markdown("\n".join(f"- {messages.plain(line)}" for line in checkpoint.conformance))
    if checkpoint.training:
        with st.expander("How it was trained"):
            pictures.table(_settings(checkpoint))


def _scores(checkpoint: Checkpoint) -> None:
    """The figures, each with what it is and which way is good; folded away until asked for."""
    named = {name: TITLES.get(name, name) for name in checkpoint.scores}
    with st.expander("Scores"):
        pictures.explained(
            [
                (named[name], figure_text(name, score), _capital(score_table.ABOUT.get(name, "")))
                for name, score in checkpoint.scores.items()
            ]
        )
        messages.note("± is one standard error.")
    with st.expander("How each score was measured"):
        lines = [
            f"- **{messages.plain(named[name])}**: {messages.plain(score['protocol'])}"
            for name, score in checkpoint.scores.items()
        ]
        st.markdown("Nats per image unless said; ± is one standard error.\n" + "\n".join(lines))


def _capital(phrase: str) -> str:
    """A phrase as a sentence; symbols at its beginning stay as they are."""
    return f"{phrase[:1].upper()}{phrase[1:]}." if phrase else ""


def _settings(
    checkpoint: Checkpoint, kind: type[TrainConfig] = TrainConfig
) -> list[tuple[str, str, str]]:
    """Name, value and meaning of each."""
    known = kind.__dataclass_fields__
    of_molecules = kind is MoleculeTrainConfig
    labels = OF_MOLECULES if of_molecules else LABELS
    meaning = meaning_for_molecules if of_molecules else partial(help_text, kind)
    hidden = ("model", "reading", *(WITHOUT_USE if of_molecules else ()))
    return [
        (
            labels.get(name, name.replace("_", " ")),
            f"{value:,.6g}" if isinstance(value, float) else messages.without_folders(str(value)),
            "" if name not in known else meaning(name),
        )
        for name, value in checkpoint.training.items()
        if name not in hidden
    ]


def _adder() -> None:
    """The one door for models from outside: read, check, and only then keep for this session."""
    with st.expander("Add a model"):
        file = st.file_uploader(
            "A checkpoint (.safetensors), the tutorial's state_dict (.pt), or codes alone "
            f"({', '.join(open_codes.ENDINGS)})",
            type=["safetensors", "pt", "pth", *(end[1:] for end in open_codes.ENDINGS)],
            key="add_model",
            max_upload_size=visitor.upload_megabytes(checkpoint_reader.MAX_MEGABYTES),
        )
        st.page_link(navigation.page("your_model"), label="Open any other model")
        if file is None or file.file_id == registry.ADDED_FILE.get():
            return
        try:
            checkpoint = _read(file.getvalue(), file.name)
        except ExplorerError as error:
            messages.failed(str(error))
            return
        registry.ADDED_FILE.put(file.file_id)
        model_selection.add(checkpoint)
        st.rerun()


def _read(data: bytes, name: str) -> Checkpoint:
    if open_codes.is_codes(name):
        return open_codes.open_codes(data, name).checkpoint
    from vae_explorer.models.foreign import model_door  # its readers are many

    return model_door.read_model(data, name)
