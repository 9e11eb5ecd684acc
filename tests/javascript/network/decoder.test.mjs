import assert from "node:assert/strict";
import { test } from "node:test";
import { makeDecoder, weightsOf } from "../../../vae_explorer/ui/components/network/decoder.js";
import { erf } from "../../../vae_explorer/ui/components/network/steps/curves.js";
import { near, numbers } from "./numbers.mjs";

/** A decoder of one linear layer to 2 x 2 pixels, behind other operations. */
function small(before, width, arrays = {}, { latent = 2, classes = 0 } = {}) {
  const at = `decoder.${before.length}`;
  const last = { kind: "linear", inputs: width, outputs: 4 };
  const weights = { [`${at}.weight`]: numbers(width * 4), [`${at}.bias`]: numbers(4, 2) };
  const spec = { operations: [...before, last], latent, classes, shape: [1, 2, 2], cost: 0 };
  return makeDecoder(spec, { ...weights, ...arrays });
}

const logit = (p) => Math.log(p / (1 - p));

test("the error function is right to 1e-6 and odd", () => {
  const known = { 0.1: 0.1124629160, 0.5: 0.5204998778, 1: 0.8427007929, 2: 0.9953222650 };
  for (const [v, value] of Object.entries(known)) {
    assert.ok(Math.abs(erf(Number(v)) - value) < 1e-6, v);
    assert.equal(erf(-v), -erf(Number(v)));
  }
  assert.ok(Math.abs(erf(0)) < 1e-6);
  assert.equal(erf(Infinity), 1);
  assert.ok(Number.isNaN(erf(NaN)));
});

test("activations are what their names say", () => {
  const identity = { "decoder.1.weight": Float32Array.of(1, 0, 0, 1, 1, 0, 0, 1) };
  const arrays = { ...identity, "decoder.1.bias": new Float32Array(4) };
  const of = (name, slope) => small([{ kind: "activate", name, slope }], 2, arrays);
  const z = Float32Array.of(-2, 1);
  near(of("relu").decode(z).map(logit), [0, 1, 0, 1]);
  near(of("leaky_relu", 0.3).decode(z).map(logit), [-0.6, 1, -0.6, 1]);
  near(of("gelu").decode(z).map(logit), [-0.0455003, 0.8413447, -0.0455003, 0.8413447]);
});

test("Fourier features stand behind their input, cosines last", () => {
  const frequencies = numbers(2 * 3, 6);
  const before = [{ kind: "fourier", inputs: 2, features: 3 }];
  const z = Float32Array.of(0.4, -0.7);
  const phases = [0, 1, 2].map((k) => z[0] * frequencies[k] + z[1] * frequencies[3 + k]);
  const row = [...z, ...phases.map(Math.sin), ...phases.map(Math.cos)];
  const expected = small([], 8, {}, { latent: 8 }).decode(row);
  near(small(before, 8, { "decoder.0.frequencies": frequencies }).decode(z), expected);
});

test("a residual adds what its operations make of its input, and leaves that as it was", () => {
  const before = [{ kind: "residual", operations: [{ kind: "activate", name: "relu" }] }];
  const nested = [{ kind: "residual", operations: before }];
  const z = Float32Array.of(-1, 2);
  near(small(before, 2).decode(z), small([], 2).decode(Float32Array.of(-1, 4)), 1e-6);
  near(small(nested, 2).decode(z), small([], 2).decode(Float32Array.of(-2, 6)), 1e-6);
});

test("the label is a one behind z", () => {
  const decoder = small([], 5, {}, { latent: 2, classes: 3 });
  const plain = small([], 5, {}, { latent: 5 });
  const z = Float32Array.of(0.3, -0.2);
  for (const label of [2, 0, 1]) {
    const row = [...z, 0, 0, 0].with(2 + label, 1);
    near(decoder.decode(z, label), plain.decode(row), 1e-7);
  }
  for (const label of [3, -1, 0.5, NaN]) {
    assert.throws(() => decoder.decode(z, label), /one of 0 to 2/);
  }
});

test("many places are decoded as one by one, into the buffer given", () => {
  const decoder = small([{ kind: "activate", name: "gelu" }], 2);
  for (const count of [0, 1, 2, 31, 32, 33, 65]) {
    const places = numbers(count * 2, 7);
    const out = new Float32Array(count * 4);
    assert.equal(decoder.decodeMany(places, count, 0, out), out);
    for (let i = 0; i < count; i++) {
      near(out.subarray(i * 4, i * 4 + 4), decoder.decode(places.subarray(i * 2, i * 2 + 2)), 1e-6);
    }
  }
});

test("two decoders do not share buffers, and pictures stay as they were given", () => {
  const [one, other] = [small([], 2), small([], 2)];
  const first = one.decode(Float32Array.of(1, 2));
  const copy = first.slice();
  one.decode(Float32Array.of(-1, 0));
  other.decode(Float32Array.of(3, 3));
  assert.deepEqual(first, copy);
});

test("a place that is not a number is decoded without a complaint", () => {
  const before = [{ kind: "fourier", inputs: 2, features: 3 }, { kind: "activate", name: "gelu" }];
  const decoder = small(before, 8, { "decoder.0.frequencies": numbers(6) });
  assert.ok(decoder.decode(Float32Array.of(NaN, 0)).every(Number.isNaN));
  assert.ok(decoder.decode(Float32Array.of(0.1, 0)).every((value) => value > 0 && value < 1));
});

test("what does not fit together is refused in one sentence", () => {
  const spec = { operations: [], latent: 4, classes: 0, shape: [1, 2, 2], cost: 0 };
  const linear = { kind: "linear", inputs: 4, outputs: 4 };
  const bias = new Float32Array(4);
  const cases = [
    [[{ kind: "convolute" }], {}, /unknown kind: convolute/],
    [[{ kind: "toString" }], {}, /unknown kind: toString/],
    [[{ kind: "activate", name: "swish" }], {}, /unknown kind: swish/],
    [[linear], { "decoder.0.bias": bias }, /weight should hold 16 numbers, got none/],
    [[linear], { "decoder.0.weight": bias, "decoder.0.bias": bias }, /hold 16 numbers, got 4/],
    [[{ ...linear, inputs: 3 }], {}, /should take 4 numbers, not 3/],
    [[{ kind: "fourier", inputs: 5, features: 1 }], {}, /at most 4/],
    [[{ kind: "fourier", inputs: 1, features: 1 }], { "decoder.0.frequencies": bias }, /hold 1 /],
  ];
  for (const [operations, arrays, message] of cases) {
    assert.throws(() => makeDecoder({ ...spec, operations }, arrays), message);
  }
  assert.throws(() => makeDecoder({ ...spec, shape: [1, 3, 3] }, {}), /4 pixels instead of 9/);
});

test("the weights of one part are told from other arrays", () => {
  const arrays = { "decoder.0.bias": 1, "encoder.0.bias": 2, decoder: 3, points: 4 };
  assert.deepEqual(weightsOf(arrays, "decoder"), { "decoder.0.bias": 1 });
  assert.deepEqual(weightsOf(arrays, "encoder"), { "encoder.0.bias": 2 });
});
