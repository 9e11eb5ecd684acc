import assert from "node:assert/strict";
import { test } from "node:test";
import { makeDecoder } from "../../../vae_explorer/ui/components/network/decoder.js";
import { makeEncoder } from "../../../vae_explorer/ui/components/network/encoder.js";
import { near, numbers } from "./numbers.mjs";

const [SHAPE, PIXELS] = [[3, 2, 4], 24];
const LOGVAR = [-14, 6];
const SAME = { kind: "scale", factors: [1], shifts: [0] };
const PICTURE = { kind: "reshape", shape: SHAPE };
const FLAT = { kind: "reshape", shape: [PIXELS] };

/** A decoder that gives its place as it is, as a list or as a picture. */
const decoder = (output, operations = [SAME]) =>
  makeDecoder({ operations, latent: PIXELS, classes: 0, shape: SHAPE, cost: 0, output }, {});

/** An encoder that gives what it takes: its first half, and what it makes of its second. */
const encoder = (settings, operations = [SAME]) =>
  makeEncoder({ operations, latent: 12, classes: 0, shape: SHAPE, cost: 0, logvar: LOGVAR, ...settings }, {});

/** Numbers, channels slowest, as a picture with its channels last. */
const channelsLast = (values) =>
  Array.from(values, (_, i) => values[(i % 3) * 8 + Math.floor(i / 3)]);

const swapped = (values) => Array.from(values, (_, i) => values[i - (i % 3) + 2 - (i % 3)]);
const z = numbers(PIXELS, 3);

test("raw numbers are logits unless said otherwise", () => {
  const expected = channelsLast(z).map((v) => 1 / (1 + Math.exp(-v)));
  near(decoder(undefined).decode(z), expected, 1e-6);
  near(decoder({ kind: "sigmoid" }, [PICTURE]).decode(z), expected, 1e-6);
});

test("affine: raw numbers are scaled, shifted and cut to [0, 1]", () => {
  const cut = (v) => Math.min(1, Math.max(0, v));
  const tanh = { kind: "affine", factor: 0.5, shift: 0.5 };
  near(decoder(tanh).decode(z), channelsLast(z).map((v) => v / 2 + 0.5), 1e-6);
  near(decoder({ kind: "affine" }).decode(z), channelsLast(z).map(cut), 1e-6);
  const bytes = z.map((v) => 127.5 * (v + 1));
  near(decoder({ kind: "affine", factor: 1 / 255 }).decode(bytes), channelsLast(z).map((v) => v / 2 + 0.5), 1e-6);
  const [factor, shift] = [[0.2, 3, -1], [0.1, 0.2, 0.3]];
  const each = channelsLast(z).map((v, i) => cut(v * factor[i % 3] + shift[i % 3]));
  near(decoder({ kind: "affine", factor, shift }).decode(z), each, 1e-6);
  near(decoder({ kind: "affine", factor, shift }, [PICTURE]).decode(z), each, 1e-6);
});

test("order and colours: how a network lays out its pictures", () => {
  const half = { kind: "affine", factor: 0.5, shift: 0.5 };
  const expected = Array.from(z, (v) => v / 2 + 0.5);
  near(decoder({ ...half, order: "channels_last" }).decode(z), expected, 1e-6);
  near(decoder({ ...half, order: "channels_last", colours: "bgr" }).decode(z), swapped(expected), 1e-6);
  const blueFirst = swapped(channelsLast(expected));
  near(decoder({ ...half, colours: "bgr" }).decode(z), blueFirst, 1e-6);
  near(decoder({ ...half, colours: "bgr" }, [PICTURE]).decode(z), blueFirst, 1e-6);
});

test("what a decoder gives is decoded many at a time as one by one", () => {
  const made = decoder({ kind: "affine", factor: [1, 2, 3] }, [PICTURE]);
  const many = made.decodeMany(numbers(PIXELS * 40, 3), 40);
  near(many.subarray(39 * PIXELS), made.decode(numbers(PIXELS * 40, 3).subarray(39 * PIXELS)), 1e-7);
});

test("an encoder takes a picture as its network wants it", () => {
  const picture = numbers(PIXELS, 5).map((v) => v / 2 + 0.5);
  /** All that the network was given, in its order. */
  const given = (input, operations) => {
    const { mu, sigma } = encoder({ input, heads: { first: 0, second: "log_standard_deviation" } }, operations).encode(picture);
    return [...mu, ...sigma.map(Math.log)];
  };
  const slowest = Array.from(picture, (_, i) => picture[(i % 8) * 3 + Math.floor(i / 8)]);
  near(given(undefined), slowest, 1e-6);
  near(given({ flat: false }, [SAME, FLAT]), slowest, 1e-6);
  near(given({ order: "channels_last" }), picture, 1e-6);
  near(given({ order: "channels_last", colours: "bgr" }), swapped(picture), 1e-6);
  near(given({ factor: 2, shift: -1 }), slowest.map((v) => 2 * v - 1), 1e-6);
  const [factor, shift] = [[2, 3, -4], [0.1, 0.2, 0.3]];
  const each = slowest.map((v, i) => v * factor[Math.floor(i / 8)] + shift[Math.floor(i / 8)]);
  near(given({ factor, shift }), each, 1e-6);
  near(given({ factor, shift, flat: false }, [SAME, FLAT]), each, 1e-6);
});

test("heads: what the second half says, and which half is the mean", () => {
  const picture = numbers(PIXELS, 5).map((v) => v / 2 + 0.5);
  const input = { order: "channels_last", factor: 4, shift: -1 };
  const given = Array.from(picture, (v) => 4 * v - 1);
  const of = (second, first = 0) => encoder({ input, heads: { second, first } }).encode(picture);
  const readings = {
    log_variance: (v) => Math.exp(v / 2),
    variance: (v) => Math.sqrt(Math.max(v, 0)),
    standard_deviation: Math.abs,
    log_standard_deviation: Math.exp,
    softplus_standard_deviation: (v) => Math.log(1 + Math.exp(v)),
  };
  for (const [second, read] of Object.entries(readings)) {
    const within = (v) => Math.min(Math.max(read(v), Math.exp(-7)), Math.exp(3));
    const { mu, sigma } = of(second);
    near(mu, given.slice(0, 12), 1e-6);
    near(sigma, given.slice(12).map(within), 1e-5);
    const swappedHeads = of(second, 1);
    near(swappedHeads.mu, given.slice(12), 1e-6);
    near(swappedHeads.sigma, given.slice(0, 12).map(within), 1e-5);
  }
  near(encoder({ input }).encode(picture).sigma, of("log_variance").sigma, 1e-7);
});

test("an encoder of one head has no spread, whatever its range", () => {
  const spec = { operations: [SAME], latent: PIXELS, classes: 0, shape: SHAPE, cost: 0, logvar: null };
  const heads = { first: 0, second: null };
  for (const made of [makeEncoder(spec, {}), makeEncoder({ ...spec, heads, logvar: LOGVAR }, {})]) {
    assert.equal(made.encode(numbers(PIXELS)).sigma, null);
  }
});

test("readings that nobody knows are refused in one sentence", () => {
  assert.throws(() => encoder({ heads: { first: 0, second: "precision" } }), /unknown kind: precision/);
  assert.throws(() => encoder({ heads: { first: 0, second: "toString" } }), /unknown kind: toString/);
  assert.throws(() => decoder({ kind: "affine", factor: [1, 2] }), /1 or 3 numbers for channels, got 2/);
});
