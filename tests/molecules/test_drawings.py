"""Structures as drawn, and atoms that one molecule has and another has not."""

import numpy as np
from molecules import needs_rdkit

from vae_explorer.molecules import drawings

pytestmark = needs_rdkit


def test_molecule_is_drawn_as_vector_and_as_pixels():
    svg = drawings.svg("c1ccccc1O", marked=[0])
    assert svg.startswith("<svg") and svg.rstrip().endswith("</svg>") and "<script" not in svg
    picture = drawings.pixels("c1ccccc1O", 160, 120)
    assert picture.shape == (120, 160, 3) and picture.dtype == np.uint8
    assert (picture[0] == 255).all() and (picture < 128).any()  # dark lines on white


def test_marked_atoms_stand_out():
    plain, marked = drawings.pixels("CCO"), drawings.png("CCO", marked=[2])
    assert len(marked) > 0 and marked != drawings.png("CCO")
    assert plain.std() > 0


def test_only_the_atom_that_was_exchanged_has_changed():
    assert drawings.changed_atoms("CCOc1ccccc1", "CCNc1ccccc1") == ([2], [2])
    assert drawings.changed_atoms("CCO", "CCO") == ([], [])


def test_added_atoms_have_changed_on_one_side_alone():
    one, other = drawings.changed_atoms("c1ccccc1", "c1ccccc1Cl")
    assert one == [] and len(other) == 1


def test_molecules_without_anything_in_common_have_changed_all_over():
    one, other = drawings.changed_atoms("C", "[Na+]")
    assert len(one) == 1 and len(other) == 1


def test_what_is_no_molecule_is_a_cross():
    cross = drawings.blank(40, 40)
    assert (cross[20, 20] == (198, 0, 5)).all() and (cross[0, 0] == 255).all()
