// On the way from one epoch to another: where the points are, and the box around them. Pure.
/** @import { Frame } from "../geometry/geometry.js" */

const ROOM = 1.1; // a new box is so much larger than it has to be, and need not change soon again
const OUTSIDE = 0.04; // share of the box's radius by which what it should hold may stick out
const SMALL = 0.6; // what fills less than this share of the box gets a smaller one

/** From 0 to 1, slow at both ends. @type {(share: number) => number} */
export function ease(share) {
  return share * share * (3 - 2 * share);
}

/**
 * Numbers a share 0..1 of the straight way from some to others, into `out`.
 * @template {Float32Array | number[]} T
 * @param {T} out
 * @param {ArrayLike<number>} from
 * @param {ArrayLike<number>} to
 * @param {number} share
 * @returns {T}
 */
export function mixInto(out, from, to, share) {
  for (let i = 0; i < out.length; i++) out[i] = from[i] + (to[i] - from[i]) * share;
  return out;
}

/** @type {(a: number, b: number, share: number) => number} */
const mix = (a, b, share) => a + (b - a) * share;

/**
 * The box (see geometry.js) a share 0..1 of the way from one to another.
 * @type {(from: Frame, to: Frame, share: number) => Frame}
 */
export function mixFrames(from, to, share) {
  if (from === to) return to;
  const centre = mixInto([0, 0, 0], from.centre, to.centre, share);
  const half = mixInto([0, 0, 0], from.half, to.half, share);
  const radius = mix(from.radius, to.radius, share);
  const reach = mix(from.reach * from.radius, to.reach * to.radius, share) / radius;
  return { dims: to.dims, centre, half, radius, reach };
}

/** The box around two others of the same dimension. @type {(a: Frame, b: Frame) => Frame} */
export function joinFrames(a, b) {
  const low = a.centre.map((c, d) => Math.min(c - a.half[d], b.centre[d] - b.half[d]));
  const high = a.centre.map((c, d) => Math.max(c + a.half[d], b.centre[d] + b.half[d]));
  const centre = mixInto([0, 0, 0], low, high, 0.5);
  const half = high.map((value, d) => value - centre[d]);
  const radius = Math.max(a.radius, b.radius, ...half);
  const distanceTo = (/** @type {Frame} */ frame) =>
    Math.hypot(...frame.centre.map((value, d) => value - centre[d]));
  const farthest = [a, b].map((frame) => distanceTo(frame) + frame.reach * frame.radius);
  const reach = Math.max(Math.hypot(...half), ...farthest) / radius;
  return { dims: a.dims, centre, half, radius, reach };
}

/**
 * The box to show points in that `wanted` was made for: `before` as long as it does.
 * @type {(before: Frame | null, wanted: Frame) => Frame}
 */
export function steadyFrame(before, wanted) {
  const { centre, half, radius, reach } = wanted;
  const larger = { ...wanted, half: half.map((value) => value * ROOM), radius: radius * ROOM };
  if (!before || before.dims !== wanted.dims || radius < SMALL * before.radius) return larger;
  const offset = centre.map((value, d) => Math.abs(value - before.centre[d]));
  const sticksOut = (/** @type {number} */ d) =>
    offset[d] + half[d] > before.half[d] + OUTSIDE * before.radius;
  if ([0, 1, 2].some(sticksOut)) return larger;
  const farthest = Math.max(Math.hypot(...before.half), Math.hypot(...offset) + reach * radius);
  const steady = farthest <= before.reach * before.radius;
  return steady ? before : { ...before, reach: farthest / before.radius };
}
