// Pictures that Python decodes for the widget: which is asked for when.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RemoteDecoder } from "../../../vae_explorer/ui/components/live_view/notebook/remote_decoder.js";

const SPEC = { latent: 2, classes: 0, shape: [1, 1, 2] };

/** A decoder, what it asks Python, and how often the place's picture has come. */
function made() {
  const asked = [];
  const come = { count: 0 };
  const decoder = new RemoteDecoder(SPEC, (question) => asked.push(question), () => come.count++);
  return { decoder, asked, come };
}

test("of places that come while Python decodes, only the newest is asked for", () => {
  const { decoder, asked, come } = made();
  for (let x = 0; x < 5; x++) decoder.decode([x, 0]);
  assert.deepEqual(asked.map(({ z }) => z[0]), [0]);
  decoder.receive(asked[0].id, Uint8Array.of(0, 51));
  assert.deepEqual(asked.map(({ z }) => z[0]), [0, 4]);
  assert.equal(come.count, 1);
});

test("the picture of a place is there once it has come, and is not asked for again", () => {
  const { decoder, asked } = made();
  assert.deepEqual([...decoder.decode([1, 2])], [0, 0]);
  decoder.receive(asked[0].id, Uint8Array.of(255, 0));
  const out = new Float32Array(2);
  assert.equal(decoder.decode([1, 2], 0, out), out);
  assert.deepEqual([...out], [1, 0]);
  assert.equal(asked.length, 1);
  decoder.decode([1, 2], 1);
  assert.equal(asked.length, 2);
});

test("the place goes before other pictures, which all come", () => {
  const { decoder, asked } = made();
  const drawn = [];
  for (let x = 1; x < 4; x++) decoder.later([x, 1], 0, () => drawn.push(x));
  decoder.decode([9, 0]);
  for (let k = 0; k < 4; k++) decoder.receive(asked[k].id, Uint8Array.of(0, 0));
  assert.deepEqual(asked.map(({ z }) => z[0]), [1, 9, 2, 3]);
  assert.deepEqual(drawn, [1, 2, 3]);
});

test("of too many pictures the oldest are given up", () => {
  const { decoder, asked } = made();
  for (let x = 0; x < 100; x++) decoder.later([x, 0], 0, () => {});
  for (let k = 0; k < asked.length; k++) decoder.receive(asked[k].id, Uint8Array.of(0, 0));
  assert.equal(asked.length, 49);
  assert.equal(asked.at(-1).z[0], 99);
});

test("where Python fails, the next place is asked for", () => {
  const { decoder, asked } = made();
  decoder.decode([1]);
  decoder.decode([2]);
  decoder.giveUp(asked[0].id + 1);
  assert.equal(asked.length, 1);
  decoder.giveUp(asked[0].id);
  assert.deepEqual(asked[1].z, [2]);
});

test("an answer to a question nobody has is left out", () => {
  const { decoder, asked, come } = made();
  decoder.receive(1, Uint8Array.of(0, 0));
  decoder.decode([0, 0]);
  decoder.receive(asked[0].id + 1, Uint8Array.of(0, 0));
  assert.equal(come.count, 0);
});
