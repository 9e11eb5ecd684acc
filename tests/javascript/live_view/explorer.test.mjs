import assert from "node:assert/strict";
import { test } from "node:test";
import { Codes } from "../../../vae_explorer/ui/components/live_view/explorer/codes.js";
import { Place } from "../../../vae_explorer/ui/components/live_view/explorer/place.js";
import * as words from "../../../vae_explorer/ui/components/live_view/explorer/words.js";

const RANGES = [[-2, 2], [-1, 3]];
const near = (a, b, slack = 1e-6) => a.every((value, d) => Math.abs(value - b[d]) < slack);

function placed() {
  const seen = [];
  const place = new Place(RANGES, () => seen.push([...place.z]));
  return { place, seen };
}

test("a place stays within the ranges and tells of each change", () => {
  const { place, seen } = placed();
  place.set([5, -5]);
  assert.deepEqual([...place.z], [2, -1]);
  place.shift([-1, 1]);
  assert.deepEqual([...place.z], [1, 0]);
  assert.equal(seen.length, 2);
});

test("numbers that are not finite are not taken", () => {
  const { place } = placed();
  place.set([1, 2]);
  place.set([NaN, Infinity]);
  place.set([undefined, 1]);
  assert.deepEqual([...place.z], [1, 1]);
});

test("a journey begins slowly, never turns back, and ends exactly at its goal", () => {
  const { place } = placed();
  place.set([-1, 0]);
  place.travel([[1, 1]], 1000);
  assert.ok(place.travelling);
  const steps = [];
  for (let now = 1000; place.travelling; now += 16) {
    const ended = place.step(now);
    steps.push(place.z[0]);
    assert.equal(ended, !place.travelling);
  }
  assert.deepEqual([...place.z], [1, 1]);
  assert.ok(steps.length > 10 && steps.length < 60);
  assert.ok(steps.every((value, n) => n === 0 || value >= steps[n - 1]));
  assert.ok(steps[1] - steps[0] < (steps[9] - steps[8]) / 2);
});

test("a journey by way of other places passes through them", () => {
  const { place } = placed();
  place.travel([[1, 0], [1, 2], [-2, 2]], 0);
  let closest = Infinity;
  for (let now = 0; place.travelling; now += 4) {
    place.step(now);
    closest = Math.min(closest, Math.hypot(place.z[0] - 1, place.z[1] - 2));
  }
  assert.ok(closest < 0.05);
  assert.deepEqual([...place.z], [-2, 2]);
});

test("a hand ends a journey, and there is none to where one is", () => {
  const { place } = placed();
  place.travel([[1, 1]], 0);
  place.step(100);
  place.set([0.5, 0.5]);
  assert.ok(!place.travelling);
  assert.equal(place.step(200), false);
  place.travel([[0.5, 0.5]], 300);
  assert.ok(!place.travelling);
});

/** Four codes of three coordinates, drawn on the first and the last. */
function codes(change = {}) {
  const mu = Float32Array.from([0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]);
  const space = {
    count: 4,
    dims: 2,
    latent: 3,
    linear: true,
    arrays: {
      points: Float32Array.from([-1, -1, 0, -1, -1, -1, -1, 2]),
      mu,
      sigma: Float32Array.from([1, 2, 3, 0.1, 0.2, 0.3, 1, 1, 1, 1, 1, 1]),
      axes: Float32Array.from([1, 0, 0, 0, 0, 1]),
      centre: Float32Array.from([1, 5, 1]),
    },
    ...change,
  };
  return new Codes(space);
}

test("the nearest code is found with its distance", () => {
  const { index, distance } = codes().nearest([0.1, 1.9, 0]);
  assert.equal(index, 2);
  assert.ok(near([distance], [Math.SQRT2 / 10]));
  assert.deepEqual(codes({ count: 0 }).nearest([0, 0, 0]), { index: -1, distance: Infinity });
});

test("drawing and lifting are each other's inverse where the picture sees it", () => {
  const of = codes();
  assert.deepEqual(of.drawn([3, 7, 0], -1), [2, -1]);
  const lifted = of.lift([0.5, -2]);
  assert.deepEqual(lifted, [0.5, 0, -2]);
  const moved = of.drawn([3 + lifted[0], 7 + lifted[1], lifted[2]], -1);
  assert.deepEqual(moved, [2.5, -3]);
});

test("without a linear map a place is drawn where its nearest code is", () => {
  const of = codes({ linear: false });
  assert.deepEqual(of.drawn([9, 9, 9], 3), [-1, 2]);
  assert.equal(of.drawn([9, 9, 9], -1), null);
  assert.equal(of.posterior(1), null);
});

test("a posterior is drawn around its code with the spread the picture sees", () => {
  const { centre, covariance } = codes().posterior(1);
  assert.deepEqual(centre, [0, -1]);
  assert.ok(near([...covariance], [0.01, 0, 0, 0.09]));
  assert.equal(codes().posterior(-1), null);
});

test("a place far from all data is called so, in Python's words", () => {
  const said = { far: "far: {picture} at {distance} > {typical}!", close: "close: {distance}" };
  const space = { typical: 0.45, words: said };
  const far = words.remoteness({ index: 3, distance: 1.234 }, "test picture (a 7)", space);
  assert.deepEqual(far, { text: "far: test picture (a 7) at 1.23 > 0.45!", far: true });
  const close = words.remoteness({ index: 3, distance: 0.2 }, "test picture (a 7)", space);
  assert.deepEqual(close, { text: "close: 0.20", far: false });
  const none = words.remoteness({ index: -1, distance: Infinity }, "", space);
  assert.deepEqual(none, { text: "", far: false });
});

test("many coordinates are cut short in words", () => {
  assert.equal(words.pictureWords([1, -2.345]), "decoded picture at z = (1.00, -2.35)");
  const long = words.pictureWords(new Float32Array(64));
  assert.match(long, /^decoded picture at z = \((0\.00, ){6}…\)$/);
});

test("words of a small space have the decimals of its sliders' steps", () => {
  const z = [0.00123, -0.0004];
  assert.equal(words.pictureWords(z, 1e-4), "decoded picture at z = (0.0012, -0.0004)");
  assert.equal(words.placeWords(z, "Near.", 1e-5), "z = (0.00123, −0.00040). Near.");
  assert.equal(words.placeWords(z, "Near.", 0.5), "z = (0.00, −0.00). Near.");
});

test("who has fingers alone is told of fingers alone", () => {
  for (const dims of [2, 3]) {
    for (const movable of [true, false]) {
      const text = words.howTo(dims, movable, true);
      assert.match(text, /[Tt]ap .* Swipe .* Two fingers/);
      assert.doesNotMatch(text, /wheel|click|W A S D|keys/i);
      assert.match(words.howTo(dims, movable), /W A S D.*wheel/);
    }
  }
});
