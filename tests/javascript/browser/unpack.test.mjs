import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHalf, unpack } from "../../../vae_explorer/ui/components/browser/unpack.js";

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
