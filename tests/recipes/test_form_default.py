"""What the Train page starts with is one line of its form: the first preset whose data is there."""

import recipes

FORM = "vae_explorer/ui/pages/train/new_run.py"
BEFORE = '("mnist-3d-quick", "digits-3d")'
AFTER = '("mnist-3d-quick", "mnist-2d-tutorial")'
EFFECT = """
import pathlib
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

at = AppTest.from_file(str(pathlib.Path("app.py").resolve()), default_timeout=120)
at._page_hash = calc_hash("train")  # what the address /train asks for
at.query_params["model"] = "digits-3d"
at.run()
assert not at.exception and not at.error
preset, dataset = (at.selectbox(key=key).value for key in ("preset", "train_dataset"))
print(preset, dataset, at.number_input(key="train_epochs").value)
"""


def test_the_forms_default_is_one_line(copied, tmp_path):
    nothing = {"VAE_EXPLORER_DATA": str(tmp_path / "data"), "VAE_EXPLORER_RUNS": str(tmp_path)}
    assert recipes.run(copied, EFFECT, nothing) == "digits-3d digits 300\n"
    diff = recipes.change(copied, FORM, BEFORE, AFTER)
    assert recipes.changed_lines(diff) == (1, 1)
    assert recipes.run(copied, EFFECT, nothing) == "mnist-2d-tutorial mnist 50\n"
