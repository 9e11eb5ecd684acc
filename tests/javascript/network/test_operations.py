"""Every operation in the browser computes what PyTorch computes, at odd sizes and any number."""

import json

import numpy as np
import pytest
import torch
from machine import needs_node
from node import run_node
from operation_kinds import EVERY, random_input, random_module
from paths import ROOT

from vae_explorer.models.operations.description import describe
from vae_explorer.ui.components.browser.blob import pack

COUNTS = (1, 5)
NAMES = list(EVERY)
SCRIPT = """
import { readFileSync, writeFileSync } from "node:fs";
import { made } from "./tests/javascript/network/chained.mjs";
import { unpack } from "./vae_explorer/ui/components/browser/unpack.js";
import { startKernel } from "./vae_explorer/ui/components/network/memory.js";
const [, , folder, mode, most] = process.argv;
const kernel = mode === "plain" ? () => null : startKernel;
for (let i = 0; i < Number(most); i++) {
  const bytes = new Uint8Array(readFileSync(`${folder}/${i}`));
  const { operations, shape, arrays } = unpack(bytes);
  for (const count of [1, 5]) {
    const inputs = arrays.inputs.subarray(0, (arrays.inputs.length / 5) * count);
    const values = made(operations, arrays, shape, inputs, count, kernel());
    writeFileSync(`${folder}/${i}.${count}`, values);
  }
}
"""


@pytest.fixture(scope="module", params=["SIMD", "plain"])
def browser(request, tmp_path_factory):
    """A folder with what one run of the browser's own code makes of all lists of operations."""
    folder = tmp_path_factory.mktemp("operations")
    for number, name in enumerate(NAMES):
        operations, shape = EVERY[name]
        state = random_module(operations).state_dict(prefix="net.")
        arrays = {key: value.float().numpy() for key, value in state.items()}
        arrays["inputs"] = random_input(shape, max(COUNTS)).numpy()
        header = {"operations": describe(operations, shape), "shape": shape}
        (folder / str(number)).write_bytes(pack(json.loads(json.dumps(header)), arrays))
    (folder / "run.mjs").write_text(SCRIPT.replace('"./', f'"{ROOT.as_uri()}/'), "utf-8")
    done = run_node(str(folder / "run.mjs"), str(folder), request.param, str(len(NAMES)))
    assert done.returncode == 0, done.stderr
    return folder


@needs_node
@pytest.mark.parametrize("name", NAMES)
def test_browser_computes_as_pytorch(name, browser):
    operations, shape = EVERY[name]
    with torch.inference_mode():
        expected = random_module(operations)(random_input(shape, max(COUNTS)))
    assert expected.isfinite().all() and (expected.std() > 0.05 or name.startswith("random"))
    for count in COUNTS:
        seen = np.fromfile(browser / f"{NAMES.index(name)}.{count}", "<f4")
        wanted = expected[:count].flatten().numpy()
        np.testing.assert_allclose(seen, wanted, rtol=2e-5, atol=2e-5)
