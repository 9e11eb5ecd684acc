import assert from "node:assert/strict";
import { test } from "node:test";
import * as raster from "../../../vae_explorer/ui/components/live_view/points/raster.js";

test("colours are read as CSS writes them", () => {
  assert.deepEqual(raster.parseColour("#94a4a2"), [148, 164, 162]);
  assert.deepEqual(raster.parseColour("#fa0"), [255, 170, 0]);
  assert.deepEqual(raster.parseColour("rgba(1, 2, 3, 0.5)"), [1, 2, 3]);
  assert.deepEqual(raster.parseColour("mauve-ish"), [128, 128, 128]);
});

test("blending: opaque covers, clear keeps, half mixes", () => {
  const [red, blue] = [0xff0000ff | 0, 0xffff0000 | 0];
  assert.equal(raster.blend(red, blue), red);
  assert.equal(raster.blend(0x800000ff | 0, 0), 0x800000ff | 0);
  const mixed = raster.blend(0x800000ff | 0, blue) >>> 0;
  assert.equal(mixed >>> 24, 255);
  assert.ok(Math.abs((mixed & 255) - 128) <= 2 && Math.abs(((mixed >>> 16) & 255) - 127) <= 2);
});

test("a dot is stamped where it was projected, the nearer one on top", () => {
  const target = { pixels: new Int32Array(40 * 30), width: 40, height: 30 };
  const look = { radius: 3, eye: 5, reach: 1, flat: true };
  const dots = raster.makeDots(["#ff0000", "#0000ff"], [255, 255, 255], look);
  const projected = { x: [20, 20, -2], y: [10, 10, 29], depth: [-0.5, 0.5, 0] };
  raster.stampPoints(target, dots, projected, [0, 1, 0], [0, 2, 1], 1);
  const at = (x, y) => target.pixels[y * 40 + x] >>> 0;
  assert.ok((at(20, 10) & 255) < 20 && ((at(20, 10) >>> 16) & 255) > 230, "blue is on top");
  assert.equal(at(30, 10), 0);
  assert.notEqual(at(0, 29), 0, "what lies across the edge is cut, not dropped");
});
