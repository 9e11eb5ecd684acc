"""A page is one line of `navigation.PAGES` and a file of its own: menu and address follow."""

import recipes

TABLE = "vae_explorer/ui/navigation.py"
BEFORE = '    PageEntry(\n        "train",'
ROW = '    PageEntry("toy", "Toy", "See how many digits the chosen model has encoded."),\n'
PAGE = '''"""A toy: how many encoded digits the chosen model has."""

import streamlit as st

from vae_explorer.ui.session import latent_space, model_selection


def page() -> None:
    """Draw it."""
    st.header(f"{len(latent_space.of(model_selection.current()).codes.mu)} digits")
'''
EFFECT = """
import pathlib
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

at = AppTest.from_file(str(pathlib.Path("app.py").resolve()), default_timeout=120)
at._page_hash = calc_hash("toy")  # what the address /toy asks for
at.query_params["model"] = "digits-3d"
at.run()
assert not at.exception and not at.error
print(at.main.header[0].value)
"""
ORDER = """
from vae_explorer.ui.shell import startup
from vae_explorer.ui import navigation

startup.warm_up()  # loads every page
print(*(entry.title for entry in navigation.PAGES[-2:]))
"""


def test_a_page_is_one_line_and_a_file(copied):
    diff = recipes.change(copied, TABLE, BEFORE, ROW + BEFORE)
    assert recipes.changed_lines(diff) == (1, 0)
    folder = copied / "vae_explorer" / "ui" / "pages" / "toy"
    folder.mkdir()
    (folder / "page.py").write_text(PAGE, "utf-8")
    assert recipes.run(copied, EFFECT) == "359 digits\n"
    assert recipes.run(copied, ORDER) == "Toy Train\n"
