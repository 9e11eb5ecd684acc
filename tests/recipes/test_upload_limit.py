"""An upload limit is one constant: readers, widgets, help texts and the browser take it."""

import re

import recipes
from paths import PACKAGE

PICTURES = "vae_explorer/data/image_decoding.py"
EFFECT = """
import ast, importlib
from pathlib import Path
from vae_explorer import UploadError
from vae_explorer.data import image_decoding
from vae_explorer.ui.components import pad

for path in sorted(Path("vae_explorer/ui").rglob("*.py")):
    text = path.read_text("utf-8")
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    for call in calls:
        if getattr(call.func, "attr", "") == "file_uploader":
            module = importlib.import_module(".".join(path.with_suffix("").parts))
            given = {word.arg: ast.unparse(word.value) for word in call.keywords}
            words = (given.get(name, "''") for name in ("max_upload_size", "help"))
            print(*(eval(word, vars(module)) for word in words), sep=" | ")

print(*(value for value in vars(pad).values() if isinstance(value, str) and " MB" in value))
try:
    image_decoding.decode(bytes(33_000_001))
except UploadError as error:
    print(error)
"""


def test_an_upload_limit_is_one_line(copied):
    diff = recipes.change(copied, PICTURES, "MAX_MEGABYTES = 20", "MAX_MEGABYTES = 33")
    assert recipes.changed_lines(diff) == (1, 1)
    diff = recipes.change(copied, PICTURES, "MAX_MEGAPIXELS = 40", "MAX_MEGAPIXELS = 44")
    assert recipes.changed_lines(diff) == (1, 1)
    model = "vae_explorer/models/checkpoint_reader.py"
    diff = recipes.change(copied, model, "MAX_MEGABYTES = 512", "MAX_MEGABYTES = 600")
    assert recipes.changed_lines(diff) == (1, 1)
    told = recipes.run(copied, EFFECT)
    sizes = re.findall(r"^(\d+) \|", told, re.MULTILINE)
    assert sorted(sizes) == ["1", "100", "100", "20", "200", "33", "33", "500", "600", "600"]
    assert "33 | Up to 33 MB and 44 megapixels each (WEBP, AVIF, HEIF: 25). They stay" in told
    assert "100 | At most 500 pictures of at most 33 MB each." in told
    assert "What was pasted has arrived damaged, or is larger than 33 MB" in told
    assert "The file is larger than 33 MB: make it smaller first." in told


def test_no_page_writes_a_limit_down():
    written = re.compile(r"\b(max_upload_size=\d|\d+ (MB|megapixels)\b)")
    files = [p for p in (PACKAGE / "ui").rglob("*") if p.suffix in {".py", ".js"}]
    assert not [p.name for p in files if written.search(p.read_text("utf-8"))]
