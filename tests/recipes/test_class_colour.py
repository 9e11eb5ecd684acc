"""A class colour is one line of `figures.COLOURS`: pages, browser and exports follow."""

import re

import recipes
from paths import PACKAGE

from vae_explorer.figures import COLOURS

EFFECT = """
import numpy as np
from vae_explorer import figures
from vae_explorer.models.checkpoints import load_checkpoint
from vae_explorer.training.runs.model_library import SHIPPED
from vae_explorer.ui.session import latent_space

space = latent_space.of(load_checkpoint(SHIPPED / "digits-3d.safetensors"))
figure = figures.cloud_figure(np.zeros((10, 3)), np.arange(10), space.classes, "xyz", "cloud")
print(space.colours[2], figure.data[2].marker.color)
"""


def test_a_class_colour_is_one_line(copied):
    diff = recipes.change(copied, "vae_explorer/figures.py", COLOURS[2], "#010203")
    assert recipes.changed_lines(diff) == (1, 1)
    assert recipes.run(copied, EFFECT).split() == ["#010203", "#010203"]


def test_the_browser_is_sent_the_class_colours():
    text = re.compile("|".join(COLOURS), re.IGNORECASE)
    files = [p for p in PACKAGE.rglob("*") if p.suffix in {".js", ".css", ".html"}]
    assert len(files) > 50 and not [p.name for p in files if text.search(p.read_text("utf-8"))]
