// Which point is under a pixel, and where a point is: on the processor, whoever draws.
import { EYE, projectAll, projectPoint } from "./geometry.js";
/** @import { Hidden, Projected, View } from "./geometry.js" */

const FAR = 1e6; // radii: behind all that stands out

export class Picker {
  /**
   * @param {{points: Float32Array, dims: number, count: number, labels: ArrayLike<number>}} cloud
   */
  constructor({ points, dims, count, labels }) {
    this.points = points;
    this.dims = dims;
    this.labels = labels;
    /** @type {Uint8Array | null} */
    this.mask = null; // 1 for points that stand out: they are drawn before the others
    const row = () => new Float32Array(count);
    /** @type {Projected} */
    this.projected = { x: row(), y: row(), depth: row() };
    /** @type {View | null} */
    this.view = null; // the one that `projected` holds
  }

  /**
   * Put the points elsewhere: as many as there are, in an array that may be the same.
   * @type {(points: Float32Array) => void}
   */
  setPoints(points) {
    this.points = points;
    this.view = null;
  }

  /** All points in pixels; once for each view. @type {(view: View) => Projected} */
  project(view) {
    if (this.view !== view) projectAll(view, this.points, this.projected);
    this.view = view;
    return this.projected;
  }

  /**
   * Index of the point at pixel (x, y), or -1. `dot`: radius of a dot in mid-depth.
   * @type {(view: View, hidden: Hidden, x: number, y: number, dot: number) => number}
   */
  pick(view, hidden, x, y, dot) {
    return pickPoint(this.project(view), this.labels, hidden, x, y, dot, undefined, this.mask);
  }

  /**
   * Where point `index` is seen and how large: CSS pixels.
   * @type {(view: View, index: number, dot: number) => {x: number, y: number, radius: number}}
   */
  at(view, index, dot) {
    const point = this.points.subarray(index * this.dims, (index + 1) * this.dims);
    const [x, y, depth] = projectPoint(view, point);
    return { x, y, radius: (dot * view.eye) / (view.eye - depth) };
  }
}

/**
 * Index of the point meant by pixel (x, y), or -1: of the dots that cover it the front-most, else
 * the nearest within `radius`. A dot covers a pixel around its middle however small it is drawn.
 * `dot` is the radius of a dot in mid-depth, in pixels.
 * @type {(projected: Projected, labels: ArrayLike<number>, hidden: Hidden, x: number, y: number,
 *   dot?: number, radius?: number, mask?: Uint8Array | null) => number}
 */
export function pickPoint(projected, labels, hidden, x, y, dot = 1, radius = 14, mask = null) {
  const most = Math.max(radius, 2 * dot);
  let best = { index: -1, covers: false, distance: radius, depth: -Infinity };
  for (let i = 0; i < labels.length; i++) {
    const dx = projected.x[i] - x;
    const dy = projected.y[i] - y;
    if (!(Math.abs(dx) <= most && Math.abs(dy) <= most) || hidden[labels[i]]) continue;
    const distance = Math.hypot(dx, dy);
    const depth = projected.depth[i];
    const covers = distance <= Math.max(1, (dot * EYE) / (EYE - depth));
    const layer = mask && !mask[i] ? depth - FAR : depth;
    const candidate = { index: i, covers, distance, depth: layer };
    if (isMeant(candidate, best)) best = candidate;
  }
  return best.index;
}

/** @typedef {{index: number, covers: boolean, distance: number, depth: number}} Candidate */

/**
 * Is dot `a` rather meant by a click than dot `b`?
 * @type {(a: Candidate, b: Candidate) => boolean}
 */
function isMeant(a, b) {
  if (a.covers !== b.covers) return a.covers;
  if (a.covers && a.depth !== b.depth) return a.depth > b.depth;
  return a.distance < b.distance || (a.distance === b.distance && a.depth > b.depth);
}
