import assert from "node:assert/strict";
import { test } from "node:test";
import { nextTile } from "../../../vae_explorer/ui/components/wall/keys.js";
import { LiveTiles } from "../../../vae_explorer/ui/components/wall/live.js";

test("arrows lead to the neighbours of a tile, and stay at the rims", () => {
  // 0 1 2 3
  // 4 5 6 7
  // 8 9
  const from = (place, key) => nextTile(key, place, 10, 4);
  assert.equal(from(5, "ArrowLeft"), 4);
  assert.equal(from(5, "ArrowRight"), 6);
  assert.equal(from(5, "ArrowUp"), 1);
  assert.equal(from(5, "ArrowDown"), 9);
  assert.equal(from(3, "ArrowRight"), 4); // on, as one reads
  assert.equal(from(0, "ArrowLeft"), 0);
  assert.equal(from(2, "ArrowUp"), 2);
  assert.equal(from(6, "ArrowDown"), 6); // nothing below it
  assert.equal(from(6, "Home"), 4);
  assert.equal(from(6, "End"), 7);
  assert.equal(from(8, "End"), 9);
});

test("other keys lead nowhere", () => {
  for (const key of ["a", "Tab", "Enter", "Escape"]) assert.equal(nextTile(key, 0, 10, 4), null);
});

/** A model whose picture of z is sigmoid(z): two coordinates, drawn with the second reversed. */
function model(sha) {
  const arrays = {
    "decoder.0.weight": Float32Array.of(1, 0, 0, 1, 1, 0, 0, 1),
    "decoder.0.bias": new Float32Array(4),
    axes: Float32Array.of(1, 0, 0, -1),
    centre: Float32Array.of(0.5, 0),
  };
  const operations = [{ kind: "linear", inputs: 2, outputs: 4 }];
  return { sha, decoder: { operations, latent: 2, classes: 0, shape: [1, 2, 2], cost: 0 }, arrays };
}

/** A tile's canvas that keeps what is put on it. */
function canvas() {
  const classes = new Set();
  const made = { parentElement: { classList: classes }, width: 0, height: 0 };
  const createImageData = (w, h) => ({ data: new Uint8ClampedArray(4 * w * h) });
  const putImageData = ({ data }) => (made.grey = [...data].filter((_, i) => i % 4 === 0));
  return Object.assign(made, { classes, getContext: () => ({ createImageData, putImageData }) });
}

function scene(sha = "a", origin = [0, 0]) {
  const moves = [];
  const frames = [];
  globalThis.requestAnimationFrame = (run) => frames.push(run);
  globalThis.cancelAnimationFrame = () => (frames.length = 0);
  const canvases = [canvas(), canvas()];
  const live = new LiveTiles((points) => moves.push(points));
  live.setModel(model("a"));
  const z = [[1, 0], [0, -2]];
  live.setTiles(canvases, { sha, z, origin, label: 0 });
  return { live, canvases, moves, frames };
}

const grey = (value) => Math.floor(255 / (1 + Math.exp(-value)) + 0.5);

test("tiles are decoded at the latest temperature, once a frame", () => {
  const { live, canvases, moves, frames } = scene();
  live.draw(1);
  live.draw(0.5);
  assert.equal(frames.length, 1);
  frames[0]();
  assert.deepEqual(canvases[0].grey, [grey(0.5), grey(0), grey(0.5), grey(0)]);
  assert.deepEqual(canvases[1].grey, [grey(0), grey(-1), grey(0), grey(-1)]);
  assert.ok(canvases.every((c) => c.classes.has("moving")));
  assert.deepEqual(moves, [[[0, 0], [-0.5, 1]]]);
});

test("tiles go from the origin that they are given", () => {
  const { live, canvases, frames } = scene("a", [1, 2]);
  live.draw(0.5);
  frames[0]();
  assert.deepEqual(canvases[0].grey, [grey(1.5), grey(2), grey(1.5), grey(2)]);
  assert.deepEqual(canvases[1].grey, [grey(1), grey(1), grey(1), grey(1)]);
});

test("a model that has given way to another decodes nothing", () => {
  const { live, frames } = scene("b");
  live.draw(1);
  assert.equal(frames.length, 0);
  live.setModel(null);
  live.draw(1);
  assert.equal(frames.length, 0);
});

test("new tiles from Python end a frame that is under way", () => {
  const { live, frames } = scene();
  live.draw(1);
  live.setTiles([], { sha: "a", z: [], label: 0 });
  assert.equal(frames.length, 0);
});
