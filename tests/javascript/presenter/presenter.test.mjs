import assert from "node:assert/strict";
import { test } from "node:test";
import {
  appPath,
  isBare,
  meaning,
  sceneIn,
  sceneOf,
} from "../../../vae_explorer/ui/components/address/presenter/keys.js";

class Node {
  constructor(...within) {
    this.within = within;
  }
  closest(selector) {
    return this.within.some((name) => selector.split(", ").includes(name)) ? this : null;
  }
}
globalThis.Element = Node;

/** A key press on something that lies within these. */
function pressed(key, within = [], more = {}) {
  return { key, composedPath: () => [new Node(...within)], defaultPrevented: false, ...more };
}

test("keys of keyboards and of clickers lead from scene to scene, and no further", () => {
  for (const key of ["ArrowRight", "PageDown"]) assert.equal(sceneOf(key, 1, 4), 2);
  for (const key of ["ArrowLeft", "PageUp"]) assert.equal(sceneOf(key, 1, 4), 0);
  assert.equal(sceneOf("Home", 2, 4), 0);
  assert.equal(sceneOf("End", 2, 4), 3);
  for (const key of ["ArrowLeft", "PageUp", "Home"]) assert.equal(sceneOf(key, 0, 4), null);
  for (const key of ["ArrowRight", "PageDown", "End"]) assert.equal(sceneOf(key, 3, 4), null);
  for (const key of ["a", " ", "ArrowUp", "Tab"]) assert.equal(sceneOf(key, 1, 4), null);
});

test("who has the focus and uses a key keeps it, but for those of a clicker", () => {
  assert.equal(meaning(pressed("ArrowRight")), "step");
  assert.equal(meaning(pressed("ArrowRight", [], { defaultPrevented: true })), ""); // the cloud
  for (const within of ["input", "[role=slider]", "[role=radiogroup]", "[role=combobox]"]) {
    assert.equal(meaning(pressed("ArrowRight", [within])), "");
    assert.equal(meaning(pressed("Home", [within])), "");
    assert.equal(meaning(pressed("PageDown", [within])), "step");
  }
  assert.equal(meaning(pressed("PageDown", [], { defaultPrevented: true })), "step");
  assert.equal(meaning(pressed("PageDown", ["textarea"])), "");
  assert.equal(meaning(pressed("ArrowLeft", [], { altKey: true })), ""); // Back
});

test("Escape leaves, unless something lies over the page that it closes", () => {
  assert.equal(meaning(pressed("Escape")), "leave");
  assert.equal(meaning(pressed("Escape", ["canvas"], { defaultPrevented: true })), "leave");
  assert.equal(meaning(pressed("Escape", ["[role=dialog]"])), "");
  assert.equal(meaning(pressed("Escape", ["[role=listbox]"])), "");
});

test("the app's own address is found on each of its pages, wherever it is served", () => {
  const pages = ["", "learn", "generate"];
  assert.equal(appPath("/", pages), "/");
  assert.equal(appPath("/generate", pages), "/");
  assert.equal(appPath("/vae/", pages), "/vae/");
  assert.equal(appPath("/vae", pages), "/vae/");
  assert.equal(appPath("/vae/learn", pages), "/vae/");
});

test("an address names a scene, alone or beside what it shows", () => {
  assert.equal(sceneIn("?scene=2&z1=1", 3), 1);
  for (const search of ["", "?scene=0", "?scene=4", "?scene=1.5", "?scene=", "?scene=x"]) {
    assert.equal(sceneIn(search, 3), null);
  }
  assert.equal(isBare("?scene=2"), true);
  for (const search of ["", "?z1=1", "?scene=2&z1=1"]) assert.equal(isBare(search), false);
});
