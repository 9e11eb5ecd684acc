"""Which molecules of the wall are shown: within ranges of their properties, valid, different."""

from typing import NamedTuple

import streamlit as st

from vae_explorer.molecules import molecule_table
from vae_explorer.molecules.chemistry import PROPERTIES
from vae_explorer.molecules.molecule_table import MoleculeTable, Range
from vae_explorer.ui.molecules import property_words
from vae_explorer.ui.molecules.molecule_space import MoleculeSpace
from vae_explorer.ui.session import registry


class Filters(NamedTuple):
    """What is to be shown; nothing set shows all."""

    ranges: dict[str, Range]  # of properties that were narrowed
    valid_only: bool
    different_only: bool

    @property
    def some(self) -> bool:
        """Whether anything can be left out."""
        return bool(self.ranges) or self.valid_only or self.different_only

    def rows(self, table: MoleculeTable) -> list[int]:
        """Numbers of the rows that are shown."""
        return molecule_table.kept(table, self.ranges, self.valid_only, self.different_only)


def choose(molecules: MoleculeSpace) -> Filters:
    """Ask for them; ranges run over the encoded molecules, and are open at their ends."""
    whole = molecule_table.spans(molecules.properties, property_words.DIGITS)
    with st.container(horizontal=True):
        valid = st.toggle(
            "Only valid ones",
            help="Leave out what is no molecule",
            **registry.VALID_ONLY.widget,
        )
        different = st.toggle(
            "Only different ones",
            help="Of several that are the same molecule, the first",
            **registry.DIFFERENT_ONLY.widget,
        )
    chosen = {}
    columns = st.columns(len(PROPERTIES), gap="medium")
    for column, name in zip(columns, PROPERTIES, strict=True):
        with column:
            chosen[name] = _range(name, whole[name])
    return Filters(molecule_table.limits(chosen, whole), valid, different)


def _range(name: str, whole: Range) -> Range:
    digits = property_words.DIGITS[name]
    return st.slider(
        name,
        *map(float, whole),
        value=(float(whole[0]), float(whole[1])),
        step=10.0**-digits,
        format=f"%.{digits}f{property_words.UNITS.get(name, '')}",
        help=f"{name}: {property_words.ABOUT[name]}. At the ends of the scale there is no limit.",
        **registry.PROPERTY_RANGE(name).widget,
    )
