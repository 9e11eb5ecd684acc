"""An export format is one entry of `export_formats.FORMATS`: a command, and a download."""

import recipes

from vae_explorer.training.runs.model_library import SHIPPED

FILE = "vae_explorer/export/export_formats.py"
ENTRY = """FORMATS = {
    "text": ExportFormat("Plain text", (".txt",), "a name", lambda c, _: {"": c.name.encode()}),
"""
EFFECT = """
import pathlib
from streamlit.testing.v1 import AppTest
from vae_explorer.cli import main

main(["export", "MODEL", "out.txt"])
main(["export", "MODEL", "named", "--kind", "text"])
print(pathlib.Path("out.txt").read_text(), pathlib.Path("named").read_text())
app = AppTest.from_file("app.py", default_timeout=200)
app.query_params["mode"] = "Sliders"
print(*(button.proto.label for button in app.run().sidebar.get("download_button")), sep=", ")
"""


def test_an_export_format_is_one_entry(copied):
    diff = recipes.change(copied, FILE, "FORMATS = {\n", ENTRY)
    assert recipes.changed_lines(diff) == (1, 0)
    output = recipes.run(copied, EFFECT.replace("MODEL", str(SHIPPED / "digits-3d.safetensors")))
    *_, contents, offered = output.splitlines()
    assert contents == "digits-3d digits-3d"
    assert "Plain text (.txt)" in offered and "ONNX (.zip)" in offered
