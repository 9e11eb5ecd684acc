import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Codes } from "../../../vae_explorer/ui/components/live_view/explorer/codes.js";
import { Follower } from "../../../vae_explorer/ui/components/pipeline/follower.js";
import { Pipeline } from "../../../vae_explorer/ui/components/pipeline/pipeline.js";

const KEYS = ["item", "encoder", "code", "place", "decoder", "picture"];
let writes = 0; // to the page

/** As much of an element as the pipeline touches. */
function element(tag) {
  const names = new Set();
  let text = "";
  return {
    ...{ tag, children: [], dataset: {}, attributes: {}, hidden: false },
    set className(value) {
      value.split(" ").filter(Boolean).forEach((name) => names.add(name));
    },
    classList: {
      contains: (name) => names.has(name),
      toggle: (name, on) => {
        writes++;
        if (on) names.add(name);
        else names.delete(name);
      },
    },
    setAttribute(name, value) {
      this.attributes[name] = value;
    },
    getAttribute(name) {
      return this.attributes[name] ?? null;
    },
    append(...parts) {
      this.children.push(...parts);
    },
    replaceChildren(...parts) {
      this.children = parts;
    },
    get textContent() {
      return text;
    },
    set textContent(value) {
      writes++;
      text = value;
    },
  };
}

beforeEach(() => {
  writes = 0;
  globalThis.document = { createElement: element };
});

function makeWords(change = {}) {
  const parts = KEYS.map((key) => ({ key, name: key, about: "", missing: false }));
  parts[0].about = "{picture}";
  parts[4].about = "given {class}";
  const words = { parts, here: "at its code", moved: "you move it", near: "near: {picture}", decoded: ", decoded" };
  return { ...words, rows: 2, more: "", step: 0.01, ...change };
}

function makePipeline(words = makeWords()) {
  const pipeline = new Pipeline(element("div"));
  pipeline.setWords(words);
  const part = (key) => pipeline.parts.get(key);
  const lit = () => KEYS.filter((key) => part(key).row.classList.contains("lit"));
  const lines = (key) => part(key).lines.map(({ textContent }) => textContent);
  return { pipeline, part, lit, lines };
}

const STATE = { chosen: false, here: false, name: "a 2", mu: [1, -2], sigma: [0.5, 0.25], z: [0, 3], class: "7" };

test("a half is lit while it works and goes out after, and a drag of many frames costs one change", () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  let now = 0;
  mock.method(performance, "now", () => now);
  const pass = (milliseconds) => {
    now += milliseconds;
    mock.timers.tick(milliseconds);
  };
  const { pipeline, lit } = makePipeline();
  pipeline.light("decode");
  assert.deepEqual(lit(), ["place", "decoder", "picture"]);
  const after = writes;
  for (let frame = 0; frame < 120; frame++) {
    pass(16);
    pipeline.light("decode");
  }
  assert.equal(writes, after);
  pipeline.light("encode");
  assert.deepEqual(lit(), KEYS);
  pass(2000);
  assert.deepEqual(lit(), []);
  pipeline.light("encode");
  pipeline.destroy();
  mock.timers.reset();
  mock.restoreAll();
});

test("what a model lacks is never lit", () => {
  const words = makeWords();
  for (const n of [1, 4, 5]) words.parts[n].missing = true;
  const { pipeline, lit } = makePipeline(words);
  pipeline.light("encode");
  pipeline.light("decode");
  assert.deepEqual(lit(), ["item", "code", "place"]);
  assert.equal(pipeline.canvas("picture"), null);
  pipeline.destroy();
});

test("the numbers are those at hand, and the words say whether z is at the code", () => {
  const { pipeline, part, lines } = makePipeline();
  pipeline.say(STATE);
  assert.deepEqual(lines("code"), ["1.00 ± 0.50", "−2.00 ± 0.25"]);
  assert.deepEqual(lines("place"), ["0.00", "3.00"]);
  assert.equal(part("item").about.textContent, "near: a 2");
  assert.equal(part("place").about.textContent, "you move it");
  assert.equal(part("decoder").about.textContent, "given 7");
  pipeline.say({ ...STATE, chosen: true, here: true });
  assert.equal(part("item").about.textContent, "a 2");
  assert.equal(part("place").about.textContent, "at its code");
  const before = writes;
  pipeline.say({ ...STATE, chosen: true, here: true });
  assert.equal(writes, before); // nothing new: no layout
});

test("an autoencoder shows no spread, many coordinates are cut short, and no code is nothing", () => {
  const { pipeline, lines, part } = makePipeline(makeWords({ more: "… 32 in all" }));
  pipeline.say({ ...STATE, sigma: null });
  assert.deepEqual(lines("code"), ["1.00", "−2.00", "… 32 in all"]);
  assert.deepEqual(lines("place"), ["0.00", "3.00", "… 32 in all"]);
  pipeline.say({ ...STATE, mu: null, sigma: null, name: "" });
  assert.deepEqual(lines("code"), ["", "", ""]);
  assert.equal(part("item").about.textContent, "");
});

/** A follower of four codes, and what it does to its pipeline. */
function makeFollower(originals = "/o") {
  const said = [];
  const pipeline = {
    words: {},
    lit: [],
    said,
    light: (half) => pipeline.lit.push(half),
    say: (state) => said.push(state),
    setWords: () => {},
    canvas: () => null,
    showImage: (key, src) => (pipeline.image = src),
    awaitPicture: (key, waits) => (pipeline.waits = waits),
    destroy: () => {},
  };
  const arrays = {
    ...{ points: Float32Array.from([0, 0, 1, 0, 0, 2, 3.004, 3]), labels: [0, 1, 1, 0] },
    ...{ axes: Float32Array.from([1, 0, 0, 1]), centre: Float32Array.from([0, 0]) },
    sigma: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]),
  };
  const space = {
    ...{ count: 4, dims: 2, latent: 2, linear: true, arrays, step: 0.01, names: ["x", "y"] },
    ...{ originals, pipeline: { items: ["an x", "a y"], decoded: ", decoded" } },
  };
  const follower = new Follower(pipeline);
  follower.setSpace(space, new Codes(space), { classes: 0 });
  const say = (nearest, z) => {
    follower.say(nearest, z, 0, { hidden: true });
    clearTimeout(follower.timer);
    return said.at(-1);
  };
  return { follower, pipeline, say };
}

test("a chosen picture lights the encoder and stays until z leaves its code", () => {
  const { follower, pipeline, say } = makeFollower();
  follower.choose(2);
  assert.deepEqual(pipeline.lit, ["encode"]);
  follower.frame([0, 2]);
  assert.deepEqual(pipeline.lit, ["encode", "decode"]);
  const onItsWay = say(1, [0.5, 1]); // nearer to another
  assert.deepEqual([onItsWay.chosen, onItsWay.here, onItsWay.name], [true, false, "a y"]);
  const there = say(2, [0, 2]);
  assert.deepEqual([there.here, ...there.mu, ...there.sigma], [true, 0, 2, 5, 6]);
  follower.frame([0, 2.1]);
  const left = say(0, [0, 0.1]);
  assert.deepEqual([left.chosen, left.name, ...left.mu], [false, "an x", 0, 0]);
});

test("a picture whose original is not at hand is said to be decoded", () => {
  const { say } = makeFollower("");
  assert.equal(say(1, [0, 0]).name, "a y, decoded");
});

test("a picture is fetched once no words follow, and is awaited until then", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { follower, pipeline } = makeFollower();
  for (const index of [0, 1, 2]) {
    follower.say(index, [0, 0], 0, { hidden: true });
    mock.timers.tick(80);
  }
  assert.deepEqual([pipeline.waits, pipeline.image], [true, undefined]);
  mock.timers.tick(250);
  assert.deepEqual([pipeline.waits, pipeline.image], [false, "/o/2.png"]);
  follower.say(2, [0, 1], 0, { hidden: true });
  assert.equal(pipeline.waits, false);
  mock.timers.reset();
});

test("Python's place is a picture's where it is its rounded code, but not where it is random", () => {
  const { follower, pipeline, say } = makeFollower();
  follower.send([3, 3]);
  assert.deepEqual(pipeline.lit, ["encode"]);
  assert.equal(say(3, [3, 3]).here, true);
  follower.send([3, 2.5]);
  assert.equal(say(3, [3, 2.5]).here, false);
  follower.roaming = true;
  follower.send([3, 3]);
  assert.equal(say(3, [3, 3]).here, false);
  follower.send([3, 3]); // the next one is not
  assert.equal(say(3, [3, 3]).here, true);
});

test("a picture that Python brings comes before encoded ones, as long as z is at its code", () => {
  const { follower, say } = makeFollower();
  const own = { name: "your digit", src: "data:,", mu: [0.5, 0.501], sigma: null };
  follower.send([0.5, 0.5], own);
  assert.equal(say(0, [0.5, 0.5]).name, "your digit");
  follower.send([0.5, 0.8], own);
  assert.equal(say(0, [0.5, 0.8]).here, false);
});
