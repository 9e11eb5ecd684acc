// What tests of networks share.
import assert from "node:assert/strict";

/** `length` numbers in [-1, 1), the same for the same seed. */
export function numbers(length, seed = 1) {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

export function near(actual, expected, tolerance = 1e-5) {
  assert.equal(actual.length, expected.length);
  const worst = Array.from(actual, (value, i) => Math.abs(value - expected[i]));
  const most = worst.reduce((a, b) => Math.max(a, b), 0);
  assert.ok(most <= tolerance, `differs by ${most}`);
}
