"""A preset is one entry of the table in `presets`: a command, and a choice on the Train page."""

import recipes

FILE = "vae_explorer/presets.py"
TABLE = "_TABLE: dict[str, tuple[TrainConfig, str]] = {  # settings, and what they are for\n"
ENTRY = '    "mnist-4d": (_sized(4), "four coordinates"),\n'
EFFECT = """
import contextlib, io, json
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash
from vae_explorer.cli import main

output = io.StringIO()
with contextlib.redirect_stdout(output):
    main(["train", "mnist-4d", "--epochs", "3", "--dry-run"])
config = json.loads(output.getvalue())
print(config["model"]["latent_dim"], config["epochs"])

app = AppTest.from_file("app.py", default_timeout=200)
app._page_hash = calc_hash("train")
choices = [box for box in app.run().selectbox if "mnist-4d" in box.options]
choices[0].select("mnist-4d").run()
print(any("Four coordinates" in caption.value for caption in app.caption))
"""


def test_a_preset_is_one_entry(copied):
    diff = recipes.change(copied, FILE, TABLE, TABLE + ENTRY)
    assert recipes.changed_lines(diff) == (1, 0)
    assert recipes.run(copied, EFFECT).splitlines() == ["4 3", "True"]
