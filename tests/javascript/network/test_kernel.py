"""The binary kernel is what kernel.wat says."""

import base64
import re

import pytest
from paths import ROOT

FOLDER = ROOT / "vae_explorer" / "ui" / "components" / "network"
NAMES = b"\x04name"  # begins the section of names, which the binary does without


def test_kernel_is_the_assembled_text():
    wasmtime = pytest.importorskip("wasmtime", reason="assembles kernel.wat")
    lines = re.findall(r'^  "([\w+/=]+)",$', (FOLDER / "kernel.js").read_text("utf-8"), flags=re.M)
    kept = base64.b64decode("".join(lines), validate=True)
    assembled = wasmtime.wat2wasm((FOLDER / "kernel.wat").read_text("utf-8"))
    before, _, _ = bytes(assembled).partition(NAMES)
    assert before[: len(kept)] == kept
    assert len(before) - len(kept) <= 3  # id and length of that section
