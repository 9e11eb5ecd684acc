"""The bundle: what it makes of the modules is what Node makes of them, and it refuses the rest."""

import json
import re

import pytest
from machine import needs_node
from node import run_node

from vae_explorer.ui.components.browser import bundle
from vae_explorer.ui.components.browser.modules import BundleError, read_module

FILES = sorted(bundle.COMPONENT_FOLDER.rglob("*.js"))
NAMES = [path.relative_to(bundle.COMPONENT_FOLDER).as_posix() for path in FILES]
LISTING = """
import { readFileSync } from "node:fs";
const exports = {};
for (const [name, address] of Object.entries(JSON.parse(readFileSync(0, "utf-8")))) {
  try {
    const module = await import(address);
    exports[name] = { names: Object.keys(module), entry: module.default?.name ?? "" };
  } catch (error) {
    exports[name] = { names: [String(error)], entry: "" };
  }
}
console.log(JSON.stringify(exports));
"""
WORKER = """
import { readFileSync } from "node:fs";
import vm from "node:vm";
const { text, model, request } = JSON.parse(readFileSync(0, "utf-8"));
const self = { postMessage: (reply) => console.log(reply.error ?? reply.pixels.join(" ")) };
vm.runInNewContext(text, { self, WorkerGlobalScope: Object, MessageChannel, performance });
const arrays = Object.entries(model.arrays).map(([name, a]) => [name, Float32Array.from(a)]);
self.onmessage({ data: { ...model, arrays: Object.fromEntries(arrays) } });
self.onmessage({ data: { ...request, z: Float32Array.from(request.z) } });
"""


def listing(addresses: dict[str, str]) -> dict[str, dict]:
    """What Node sees each module export."""
    done = run_node("--input-type=module", "--eval", LISTING, given=json.dumps(addresses))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def seen_by_node() -> dict[str, dict]:
    """All modules as they lie in their folders."""
    return listing(dict(zip(NAMES, (path.as_uri() for path in FILES), strict=True)))


@pytest.fixture(scope="module")
def bundles(tmp_path_factory) -> dict[str, dict]:
    """All bundles, imported as the browser does."""
    folder = tmp_path_factory.mktemp("bundles")
    addresses = {}
    for name in bundle.COMPONENTS:
        path = folder / f"{name}.mjs"
        path.write_text(bundle.javascript(name), "utf-8")
        addresses[name] = path.as_uri()
    return listing(addresses)


@needs_node
@pytest.mark.parametrize("name", NAMES)
def test_a_module_exports_what_node_says(name, seen_by_node):
    module = read_module(name, (bundle.COMPONENT_FOLDER / name).read_text("utf-8"))
    names = {*module.exports, *(["default"] if module.default else [])}
    assert set(seen_by_node[name]["names"]) == names
    assert seen_by_node[name]["entry"] == module.default


@needs_node
@pytest.mark.parametrize("name", bundle.COMPONENTS)
def test_a_bundle_has_one_entry_and_needs_nothing_else(name, bundles):
    entry = f"mount{name.title().replace('_', '')}"
    assert bundles[name] == {"names": ["default"], "entry": entry}
    assert not re.findall(r"^\s*import\b", bundle.javascript(name), flags=re.M)


@needs_node
def test_the_worker_draws_a_sheet_as_a_plain_script():
    text = json.loads(re.search(r'WORKER_TEXT = (".*");', bundle.javascript("explorer"))[1])
    spec = {"operations": [{"kind": "linear", "inputs": 1, "outputs": 1}]}
    spec |= {"latent": 1, "classes": 0, "shape": [1, 1, 1], "cost": 1}
    arrays = {"decoder.0.weight": [1], "decoder.0.bias": [0]}
    plane = {"u": [1], "v": [0], "across": [-9, 9], "up": [0, 0], "relative": False}
    request = {"id": 1, "z": [0], "plane": plane, "n": 3, "label": 0}
    given = {"text": text, "model": {"spec": spec, "arrays": arrays}, "request": request}
    done = run_node("--input-type=module", "--eval", WORKER, given=json.dumps(given))
    assert done.stdout.split() == ["0", "128", "255"] * 3, done.stderr


def test_every_module_is_in_a_bundle():
    entries = [entry for entry, *_ in bundle.COMPONENTS.values()]
    used = {name for entry in [*entries, bundle.WORKER] for name in bundle.modules(entry)}
    assert used == set(NAMES)


def test_comments_do_not_travel():
    text = bundle.javascript("mark")
    assert "//" not in text
    assert len(text) < 3000  # it is sent with every change


def test_code_between_imports_and_exports_is_kept():
    module = read_module(
        "a.js",
        'import { a, b } from "./b.js"; // why\n'
        "/** What. */\nexport const text = `one // two\n\n  ${a} /* three */`;\n\n"
        'export async function f() {\n  return /\\/\\*"/.test("import // x"); // so\n}\n'
        "export class K {}\nexport default function mountA(b) {}\n",
    )
    assert module.imports == {"./b.js": ("a", "b")}
    assert module.exports == ("text", "f", "K")
    assert module.default == "mountA"
    assert module.code == (
        "const text = `one // two\n\n  ${a} /* three */`;\n"
        'async function f() {\n  return /\\/\\*"/.test("import // x");\n}\n'
        "class K {}\nfunction mountA(b) {}\n"
    )


@pytest.mark.parametrize(
    "line",
    [
        'import a from "./a.js";',
        'import * as a from "./a.js";',
        'import { a as b } from "./a.js";',
        'import "./a.js";',
        'import { } from "./a.js";',
        'import { a } from "a";',
        'import { a } from "./a.js"',
        'const a = await import("./a.js");',
        "const here = import.meta.url;",
        "export { a };",
        'export { a } from "./a.js";',
        'export * from "./a.js";',
        "export let a = 1;",
        "export const { a } = b;",
        "export function* a() {}",
        "export default 1;",
        "export default class A {}",
        "  export const a = 1;",
        "const a = `${b ? `c` : d}`;",
    ],
)
def test_what_is_not_understood_is_refused_by_line(line):
    with pytest.raises(BundleError, match=r"^a\.js, line 3: the bundle does not understand") as got:
        read_module("a.js", f"// import {{ a }}\nconst s = 'export';\n{line}\n")
    assert line.strip() in str(got.value)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.js": 'import { b } from "./b.js";\n', "b.js": ""}, "a.js imports b, not in b.js"),
        ({"a.js": 'import { b } from "./b.js";\n'}, "There is no module b.js"),
        (
            {
                "a.js": 'import { b } from "./b.js";\nexport const a = 1;\n',
                "b.js": 'import { a } from "./a.js";\nexport const b = 1;\n',
            },
            "circle: a.js, b.js",
        ),
        ({"a.js": "export const a = 1;\n"}, "a.js exports no function by default"),
        (
            {
                "a.js": 'import { b } from "./b.js";\nexport default function mountA() {}\n',
                "b.js": "export const b = 1;\nexport default function mountB() {}\n",
            },
            "b.js is imported by others",
        ),
    ],
)
def test_modules_that_do_not_fit_together_are_refused(files, message, tmp_path, monkeypatch):
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.setattr(bundle, "COMPONENT_FOLDER", tmp_path)
    monkeypatch.setattr(bundle, "COMPONENTS", {"a": ("a.js",)})
    monkeypatch.setattr(bundle, "_module", bundle._module.__wrapped__)
    with pytest.raises(BundleError, match=message):
        bundle.javascript.__wrapped__("a")
