// Which points are meant: indices, ascending. Points of hidden classes are never among them.
import { insideOf } from "./polygon.js";
/** @import { Hidden, Projected } from "../geometry/geometry.js" */
/** @import { Pixel } from "../scene/input.js" */

/** @typedef {ArrayLike<number>} Labels */

/**
 * Those of `count` points that pass.
 * @type {(count: number, passes: (index: number) => boolean) => Uint32Array}
 */
function filtered(count, passes) {
  const indices = new Uint32Array(count);
  let found = 0;
  for (let i = 0; i < count; i++) if (passes(i)) indices[found++] = i;
  return indices.slice(0, found);
}

/**
 * The points seen within an outline on the screen.
 * @type {(projected: Pick<Projected, "x" | "y">, labels: Labels, hidden: Hidden,
 *   outline: Pixel[]) => Uint32Array}
 */
export function inOutline({ x, y }, labels, hidden, outline) {
  const inside = insideOf(outline);
  return filtered(labels.length, (i) => !hidden[labels[i]] && inside(x[i], y[i]));
}

/** All of a class. @type {(labels: Labels, hidden: Hidden, label: number) => Uint32Array} */
export function ofClass(labels, hidden, label) {
  if (hidden[label]) return new Uint32Array(0);
  return filtered(labels.length, (i) => labels[i] === label);
}

/**
 * The `count` points whose codes (N, D) are nearest to z (D), of equally near ones the first.
 * @type {(codes: ArrayLike<number>, labels: Labels, hidden: Hidden, z: ArrayLike<number>,
 *   count: number) => Uint32Array}
 */
export function nearest(codes, labels, hidden, z, count) {
  const seen = stillSeen(filtered(labels.length, () => true), labels, hidden);
  const distances = Float64Array.from(seen, (i) => squaredDistance(codes, i * z.length, z));
  if (count >= seen.length) return seen;
  const limit = distances.slice().sort()[count - 1];
  let ties = count;
  for (const distance of distances) ties -= distance < limit ? 1 : 0;
  return seen.filter((_, k) => distances[k] < limit || (distances[k] === limit && ties-- > 0));
}

/** @type {(codes: ArrayLike<number>, from: number, z: ArrayLike<number>) => number} */
function squaredDistance(codes, from, z) {
  let sum = 0;
  for (let d = 0; d < z.length; d++) sum += (codes[from + d] - z[d]) ** 2;
  return sum;
}

/**
 * Those of some points whose classes are shown.
 * @type {(indices: Uint32Array, labels: Labels, hidden: Hidden) => Uint32Array}
 */
export function stillSeen(indices, labels, hidden) {
  const kept = new Uint32Array(indices.length);
  let count = 0;
  for (let k = 0; k < indices.length; k++) {
    const index = indices[k];
    if (index < labels.length && !hidden[labels[index]]) kept[count++] = index;
  }
  return kept.subarray(0, count);
}

/**
 * A 1 for each of `count` points that is meant.
 * @type {(indices: Uint32Array, count: number) => Uint8Array}
 */
export function maskOf(indices, count) {
  const mask = new Uint8Array(count);
  for (let k = 0; k < indices.length; k++) mask[indices[k]] = 1;
  return mask;
}
