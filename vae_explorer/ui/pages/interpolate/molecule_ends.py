"""Choosing a molecule that a walk leads from or to: an encoded one, a typed one, or a point."""

from typing import NamedTuple

import streamlit as st
import torch
from torch import Tensor

from vae_explorer.models.molecules import in_smiles
from vae_explorer.molecules import chemistry
from vae_explorer.ui import messages
from vae_explorer.ui.components import picker
from vae_explorer.ui.molecules import molecule_space, property_words, structures
from vae_explorer.ui.molecules.molecule_space import MoleculeSpace
from vae_explorer.ui.molecules.structures import Structure
from vae_explorer.ui.pages.interpolate import picture_form
from vae_explorer.ui.session import current_place, registry
from vae_explorer.ui.shared.page_links import PLACE

TEST, TYPED = "Test molecule", "SMILES"
KINDS = {
    TEST: "one that the model has encoded",
    TYPED: "one of yours, typed or pasted",
    PLACE: "any point of the latent space",
}
OFFERED, TILE = 6, (144, 108)  # molecules at a time, and pixels of each
EXAMPLE = "CC(=O)Oc1ccccc1C(=O)O"  # aspirin
MAX_CHARACTERS = 1_000  # of a SMILES; the door says what else is too large


class MoleculeEnd(NamedTuple):
    """Where a walk starts or ends."""

    code: Tensor  # (D,), as the space is shown
    smiles: str | None  # the molecule that was chosen; None: what is written there is none
    text: str  # as it was chosen or written
    name: str


def choose(molecules: MoleculeSpace, title: str, key: str, default: int) -> MoleculeEnd:
    """One endpoint, "from" or "to"; at first the encoded molecule with the default number."""
    kind = registry.ENDPOINT_KIND(key)
    kind.keep_among(KINDS)
    chosen = st.pills(
        title,
        list(KINDS),
        default=TEST,
        required=True,
        wrap=True,
        help=" ".join(f"**{k}**: {about}." for k, about in KINDS.items()),
        **kind.widget,
    )
    end = None
    if chosen == TYPED:
        end = _typed(molecules, title, key)
    elif chosen == PLACE:
        end = _point(molecules, key)
    if end is None:
        end = _encoded(molecules, title, key, default)
    _card(end)
    return end


def _encoded(molecules: MoleculeSpace, title: str, key: str, default: int) -> MoleculeEnd:
    """An encoded molecule, by its number or among some that are drawn."""
    count, page = len(molecules.smiles), registry.OFFER_PAGE(key)
    by_number, more = st.columns([4, 1], vertical_alignment="bottom")
    item = registry.ENDPOINT_ITEM(key)
    with by_number:
        number = picture_form.item_number(
            molecules.space,
            f"{title}: number",
            item,
            min(default, count - 1),
            help="Any of the encoded test molecules, by its number",
            on_change=page.take,
        )
    page.start_over_for(molecules.space.pictures, number // OFFERED)
    turned = page.get(number // OFFERED)
    more.button(
        "",
        key=f"{key}_more",
        icon=":material/refresh:",
        help="Other molecules",
        on_click=page.put,
        args=(turned + 1,),
    )
    first = turned * OFFERED % count
    offered = list(range(first, min(first + OFFERED, count)))

    def go(index: int) -> None:
        page.put(turned)
        item.put(offered[index])

    picker.pick(
        structures.tiles([molecules.smiles[i] for i in offered], *TILE),
        [str(i) for i in offered],
        key=f"{key}_molecule_picker",
        label=f"{title}: test molecules",
        chosen=offered.index(number) if number in offered else None,
        size=72,
        on_pick=go,
    )
    smiles = molecules.smiles[number]
    return MoleculeEnd(molecules.space.codes.mu[number], smiles, smiles, f"test molecule {number}")


def _typed(molecules: MoleculeSpace, title: str, key: str) -> MoleculeEnd | None:
    """A molecule of the visitor's; None: none yet, or none that can be encoded."""
    text = st.text_input(
        f"{title}: SMILES",
        max_chars=MAX_CHARACTERS,
        placeholder=f"for example {EXAMPLE}",
        help="One molecule; it is read by RDKit and encoded",
        **registry.ENDPOINT_SMILES(key).widget,
    ).strip()
    if not text:
        messages.note("Type a SMILES and press Enter. Until then, a test molecule stands in:")
        return None
    if objection := in_smiles.objection(molecules.model, text):
        messages.failed(objection)
        messages.note("In its place a test molecule stands in:")
        return None
    mu, _ = molecules.encoded([text])
    return MoleculeEnd(mu[0], chemistry.usable(text), text, "your molecule")


def _point(molecules: MoleculeSpace, key: str) -> MoleculeEnd:
    """A point that the visitor has kept on Explore, at first the place that is shown there now."""
    space, kept_point = molecules.space, registry.ENDPOINT_PLACE(key)
    place = current_place.get(space)

    def take_place() -> None:
        kept_point.put((space.checkpoint.sha256, place.tolist()))

    sha, z = kept_point.get(("", []))
    if not molecule_space.is_of(sha, molecules.checkpoint):
        take_place()
        z = place.tolist()
    point = torch.tensor(z)
    if not torch.equal(point, place):
        st.button(
            "Use the point that Explore shows now",
            icon=":material/explore:",
            key=f"{key}_take",
            on_click=take_place,
        )
    (made,) = molecules.decoded(point.unsqueeze(0))
    messages.note(
        "What the model writes at the point. For another one, choose *Interpolate from here* or "
        "*to here* on Explore."
    )
    return MoleculeEnd(point, made.smiles, made.text, "point from Explore")


def _card(end: MoleculeEnd) -> None:
    lines = (end.text,) if end.smiles is None else (end.smiles, property_words.line_of(end.smiles))
    structures.show([Structure(end.smiles, end.name.capitalize(), lines)], width=240)
