import assert from "node:assert/strict";
import { test } from "node:test";
import { Acts, keepHistory } from "../../../vae_explorer/ui/components/address/history.js";

test("what follows from one act is one entry", () => {
  const acts = new Acts();
  assert.equal(acts.change(false), false); // by itself, as a page loads
  acts.begin();
  assert.deepEqual([acts.change(false), acts.change(false), acts.change(true)], [true, false, false]);
  acts.begin();
  assert.equal(acts.change(false), true);
});

test("keys on one element are one act until one pauses or chooses", () => {
  const acts = new Acts(), slider = {}, other = {};
  const entersAfter = (key, target, time) => {
    acts.press(key, target, time);
    return acts.change(false);
  };
  assert.equal(entersAfter("ArrowRight", slider, 0), true);
  assert.equal(entersAfter("ArrowRight", slider, 300), false);
  assert.equal(entersAfter("ArrowRight", other, 400), true);
  assert.equal(entersAfter("ArrowRight", other, 2000), true);
  assert.equal(entersAfter("Enter", other, 2100), true);
  assert.equal(entersAfter("Enter", other, 2200), true);
});

test("another page is an entry of its own, but none behind Back", () => {
  const acts = new Acts();
  assert.equal(acts.change(true), true);
  acts.begin();
  acts.travel();
  assert.equal(acts.change(true), false);
});

/** A window that keeps what is done to its history. */
function windowOf(href) {
  const done = [];
  const move = (kind) => (_state, _title, url) => {
    page.location.href = new URL(url, page.location.href).href;
    page.location.pathname = new URL(page.location.href).pathname;
    done.push(`${kind} ${url}`);
  };
  const document = new EventTarget();
  const page = Object.assign(new EventTarget(), {
    document,
    location: { href, pathname: new URL(href).pathname },
    history: { pushState: move("push"), replaceState: move("replace") },
  });
  return { page, done, act: () => document.dispatchEvent(new Event("pointerdown")) };
}

test("the history of a window is kept, once", () => {
  const { page, done, act } = windowOf("http://here/");
  keepHistory(page);
  const kept = page.history.pushState;
  keepHistory(page);
  assert.equal(page.history.pushState, kept);
  page.history.pushState({}, "", "/?z1=1");
  act();
  page.history.replaceState({}, "", "/?z1=2"); // a widget's
  page.history.pushState({}, "", "/?z1=2&z2=1"); // what Python adds
  page.history.pushState({}, "", "/?z1=2&z2=1"); // nothing new
  act();
  page.history.pushState({}, "", "/generate");
  page.dispatchEvent(new Event("popstate"));
  page.history.pushState({}, "", "/generate?seeds=1");
  assert.deepEqual(done, [
    "replace /?z1=1",
    "push /?z1=2",
    "replace /?z1=2&z2=1",
    "replace /?z1=2&z2=1",
    "push /generate",
    "replace /generate?seeds=1",
  ]);
});
