"""What the app itself puts into an address is what a file may say of it, and nothing else is."""

import pytest

from vae_explorer.ui.session import link_keys

GOOD = {
    "z1": ("-0.25",),
    "z32": ("1e-05",),
    "label": ("T-shirt/top",),
    "axes": ("z1 × z3",),
    "from": ("18",),
    "to_kind": ("a − b + c",),
    "from_b_item": ("7",),
    "path": ("straight", "geodesic"),
    "models": ("mnist-2d", "mine (run)"),
    "seeds": ("7,100-102",),
    "exact": ("true",),
    "temperature": ("0.5",),
}
BAD = {
    "z1": ("abc",),
    "z0": ("1",),
    "zebra": ("1",),
    "z2": ("inf",),
    "seeds": ("1;2",),
    "steps": ("-3",),
    "exact": ("maybe",),
    "somewhere": ("1",),
    "to_d": ("1",),
    "uploaded": ("mine",),  # of the session alone
    "": ("1",),
}


@pytest.mark.parametrize("key", GOOD)
def test_what_an_address_says_is_known(key):
    assert link_keys.is_linked(key)
    assert link_keys.objection(key, GOOD[key]) == ""


@pytest.mark.parametrize("key", BAD)
def test_what_no_address_says_is_objected_to_by_name(key):
    objection = link_keys.objection(key, BAD[key])
    assert f'"{key}"' in objection or f'{key} = "{BAD[key][0]}"' in objection


def test_one_wrong_value_among_several_is_found():
    assert link_keys.objection("z1", ("1", "x" * 100)) == f'its link says z1 = "{"x" * 60}"'


def test_every_value_that_is_checked_is_of_something_linked():
    assert all(known.linked for known in link_keys.TEXTS)
