import assert from "node:assert/strict";
import { test } from "node:test";
import { grip, isClick, isDouble, keyAction } from "../../vae_explorer/ui/components/live_view/scene/input.js";
import { describe, noticeFor } from "../../vae_explorer/ui/components/browser/dom.js";
import * as raster from "../../vae_explorer/ui/components/live_view/points/raster.js";
import { fromHalf, unpack } from "../../vae_explorer/ui/components/browser/unpack.js";

/** The blob as blob.py packs it, at an odd offset as it arrives in the browser. */
function pack(header, arrays) {
  const table = {};
  let offset = 0;
  for (const [name, [kind, values]] of Object.entries(arrays)) {
    table[name] = [kind, values.length, offset];
    offset += Math.ceil(values.byteLength / 4) * 4;
  }
  let text = new TextEncoder().encode(JSON.stringify({ ...header, arrays: table }));
  text = Uint8Array.from([...text, ...Array((4 - (text.length % 4)) % 4).fill(32)]);
  const bytes = new Uint8Array(3 + 4 + text.length + offset);
  bytes.set(new Uint8Array(new Uint32Array([text.length]).buffer), 3);
  bytes.set(text, 7);
  for (const [name, [, values]] of Object.entries(arrays)) {
    bytes.set(new Uint8Array(values.buffer), 7 + text.length + table[name][2]);
  }
  return bytes.subarray(3);
}

test("a blob comes apart as it was packed, at any offset", () => {
  const points = Float32Array.from([1, 2, 3, -4, 5.5, NaN]);
  const labels = Uint16Array.from([1, 300, 7]);
  const bytes = pack({ key: "é" }, { labels: ["u2", labels], points: ["f4", points] });
  const { key, arrays } = unpack(bytes);
  assert.equal(key, "é");
  assert.deepEqual(arrays.points, points);
  assert.deepEqual(arrays.labels, labels);
  assert.throws(() => unpack(bytes.subarray(0, -4)), /points should end at/);
});

test("half-precision numbers are read exactly", () => {
  const known = [[0x3c00, 1], [0xc000, -2], [0x3555, 0.333251953125], [0x0001, 2 ** -24]];
  known.push([0x7bff, 65504], [0x0000, 0], [0x7c00, Infinity], [0x8400, -(2 ** -14)]);
  for (const [bits, value] of known) assert.equal(fromHalf(bits), value);
  assert.ok(Number.isNaN(fromHalf(0x7e00)));
  const bits = Uint16Array.from(known, ([half]) => half);
  const { arrays } = unpack(pack({}, { w: ["f2", bits] }));
  assert.deepEqual(arrays.w, Float32Array.from(known, ([, value]) => value));
});

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

test("a click neither moves nor lasts", () => {
  assert.ok(isClick(4, 400));
  assert.ok(!isClick(4.1, 100));
  assert.ok(!isClick(0, 401));
});

test("two clicks in the same place in short time are a double click", () => {
  const first = { x: 10, y: 10, time: 0 };
  assert.ok(isDouble(first, { x: 12, y: 10, time: 300 }));
  assert.ok(!isDouble(first, { x: 12, y: 10, time: 400 }));
  assert.ok(!isDouble(first, { x: 60, y: 10, time: 100 }));
  assert.ok(!isDouble(null, first));
});

test("two fingers have a middle and a spread", () => {
  assert.deepEqual(grip([{ x: 0, y: 0 }, { x: 10, y: 0 }]), { x: 5, y: 0, spread: 5 });
});

test("keys turn, pan with shift, zoom and reset; others are left to the page", () => {
  assert.equal(keyAction("ArrowLeft", false)[0], "turn");
  assert.equal(keyAction("ArrowLeft", true)[0], "pan");
  assert.ok(keyAction("+", true)[1] > 1 && keyAction("-", false)[1] < 1);
  assert.deepEqual(keyAction("0", false), ["reset"]);
  assert.equal(keyAction("Tab", false), null);
  assert.deepEqual(keyAction("w", false), keyAction("ArrowUp", false));
  assert.deepEqual(keyAction("D", true), keyAction("ArrowRight", true));
});

test("the picture is told in words", () => {
  const cloud = { names: ["a", "b"], dims: 3, axes: ["z1", "z2", "z3"], count: 12345 };
  const words = describe(cloud, [false, true], [0.5, -1, 2]);
  assert.match(words, /12,345 points in 2 classes: a, b\. Hidden: b\./);
  assert.match(words, /Current point: z1 0\.50, z2 -1\.00, z3 2\.00\./);
  assert.match(describe({ ...cloud, names: ["a"] }, [false], null), /one class: a/);
});

test("an empty, hidden or broken cloud gets one sentence", () => {
  assert.match(noticeFor({ count: 0 }, [], 0), /no points/);
  assert.match(noticeFor({ count: 5 }, [true, true], 0), /hidden/);
  assert.match(noticeFor({ count: 5 }, [false], 5), /None of the points/);
  assert.match(noticeFor({ count: 5 }, [false], 2), /^2 points/);
  assert.equal(noticeFor({ count: 5 }, [false], 0), "");
});
