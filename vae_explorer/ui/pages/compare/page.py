"""Compare: models beside each other, on the same digits and by every score."""

import streamlit as st

from vae_explorer.ui import messages
from vae_explorer.ui.pages.compare import all_models, compare_sections, compared_models
from vae_explorer.ui.pages.compare.compared_models import ComparedModel
from vae_explorer.ui.session import model_selection, registry


def page() -> None:
    """The page of models side by side."""
    with messages.guard():
        models = compared_models.load(_choose())
        st.markdown(f"[All models with all scores](#{all_models.ANCHOR}) are below the pictures.")
        if models:
            _side_by_side(models)
        with st.spinner("Reading all models …"):
            rows, unread = compared_models.rows()
        all_models.rate_distortion(rows, models)
        all_models.findings(rows, models)
        all_models.table(rows, models)
        for sentence in unread:
            messages.note(sentence)
        if left_out := model_selection.titles_of(molecules=True):
            names = messages.plain(", ".join(left_out.values()))
            messages.note(
                f"Models of molecules are left out: {names}. "
                "Choose one in the sidebar to compare those."
            )


def _choose() -> list[str]:
    titles = compared_models.titles()
    models, current = registry.COMPARED_MODELS, model_selection.chosen()
    proposed, before = compared_models.first_choice(current), registry.COMPARED_WITH.get(current)
    if before != current and models.is_set and not registry.leads_back():
        models.put(compared_models.followed(models.get(), before, current))
    registry.COMPARED_WITH.put(current)
    return st.multiselect(
        "Models",
        list(titles),
        default=proposed,
        format_func=titles.__getitem__,
        max_selections=compared_models.MOST,
        placeholder="Choose two to four models",
        **models.widget,
    )


@st.fragment
def _side_by_side(models: list[ComparedModel]) -> None:
    """Runs again by itself when another digit is chosen."""
    with messages.guard():
        groups = compared_models.groups(models)
        if len(groups) > 1:
            names = dict.fromkeys(group[0].dataset for group in groups)
            nats = ", and their nats cannot be compared" if len(names) > 1 else ""
            st.info(
                f"These models hold different pictures (of {' and '.join(names)}): each shows its "
                f"own{nats}.",
                icon=":material/difference:",
            )
        chosen: dict[str, int] = {}
        for group in groups:
            chosen |= dict.fromkeys((model.key for model in group), compare_sections.digit(group))
        compare_sections.clouds(models, chosen)
        for group in groups:
            compare_sections.same_digits(group)
        compare_sections.traversals(models, chosen)
        compare_sections.coordinates(models)
