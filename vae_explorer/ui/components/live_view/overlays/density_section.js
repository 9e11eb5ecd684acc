// The density of the aggregate posterior on a plane: sampled from a grid, and where that plane is.
import { turnPoint, turnVector, unitVector } from "../geometry/ray.js";
/** @import { View } from "../geometry/geometry.js" */
/** @import { Plane } from "./cursor.js" */

/** @typedef {{dims: 2 | 3, cells: number, low: number[], high: number[],
 *  values: ArrayLike<number>, levels: {name: string, value: number}[]}} Density
 *  cells^dims values, the first axis slowest, each at the middle of its cell; levels highest first
 *  and in the same unit as the values; low and high in drawn coordinates. */

/** @typedef {{origin: number[], u: number[], v: number[]}} Section
 *  the places origin + s u + t v, s and t in -1..1, drawn coordinates */

/**
 * Between the four cells around (b, c) of a layer that starts at `from`.
 * @type {(values: ArrayLike<number>, n: number, from: number, b: number, c: number) => number}
 */
function bilinear(values, n, from, b, c) {
  const j = Math.min(b | 0, n - 2);
  const k = Math.min(c | 0, n - 2);
  const at = from + j * n + k;
  const [p, q] = [b - j, c - k];
  const low = values[at] + (values[at + 1] - values[at]) * q;
  const high = values[at + n] + (values[at + n + 1] - values[at + n]) * q;
  return low + (high - low) * p;
}

/**
 * The value at (a, b, c), or (a, b), in cells from the middle of the first; zero outside.
 * @type {(density: Density, a: number, b: number, c: number) => number}
 */
function valueAt({ dims, cells: n, values }, a, b, c) {
  const last = n - 1;
  if (!(a >= 0 && b >= 0 && a <= last && b <= last)) return 0;
  if (dims === 2) return bilinear(values, n, 0, a, b);
  if (!(c >= 0 && c <= last)) return 0;
  const i = Math.min(a | 0, n - 2);
  const low = bilinear(values, n, i * n * n, b, c);
  return low + (bilinear(values, n, (i + 1) * n * n, b, c) - low) * (a - i);
}

/**
 * A drawn length along axis `d` in cells.
 * @type {(density: Density, size: number, d: number) => number}
 */
const sizeInCells = ({ low, high, cells }, size, d) => (size / (high[d] - low[d])) * cells;

/**
 * A drawn coordinate of axis `d` in cells from the middle of the first.
 * @type {(density: Density, value: number, d: number) => number}
 */
const toCells = (density, value, d) => sizeInCells(density, value - density.low[d], d) - 0.5;

/**
 * The density at a drawn place, linear between the middles of cells, zero outside of them.
 * @type {(density: Density, point: number[]) => number}
 */
export function densityAt(density, point) {
  const [a, b, c] = point.map((value, d) => toCells(density, value, d));
  return valueAt(density, a, b, c);
}

/**
 * Sample a plane at n * n places into `out`: column i is s = -1 + 2 i / (n - 1), row j is t.
 * @type {(density: Density, section: Section, n: number, out: Float32Array) => Float32Array}
 */
export function sampleSection(density, section, n, out) {
  const [a0, b0, c0 = 0] = section.origin.map((value, d) => toCells(density, value, d));
  const [ua, ub, uc = 0] = section.u.map((value, d) => sizeInCells(density, value, d));
  const [va, vb, vc = 0] = section.v.map((value, d) => sizeInCells(density, value, d));
  for (let j = 0; j < n; j++) {
    const t = -1 + (2 * j) / (n - 1);
    for (let i = 0; i < n; i++) {
      const s = -1 + (2 * i) / (n - 1);
      const [a, b, c] = [a0 + s * ua + t * va, b0 + s * ub + t * vb, c0 + s * uc + t * vc];
      out[j * n + i] = valueAt(density, a, b, c);
    }
  }
  return out;
}

/**
 * The plane through `point` across the box of the density.
 * In 2-D always the picture itself.
 * @type {(view: View, density: Density, point: number[], plane: Plane) => Section}
 */
export function sectionThrough(view, density, point, plane) {
  const { low, high, dims } = density;
  const middle = low.map((value, d) => (value + high[d]) / 2);
  const half = low.map((value, d) => (high[d] - value) / 2);
  if (plane === "view" && dims === 3) {
    const r = view.rotation;
    const toward = middle.reduce((sum, m, d) => sum + r[6 + d] * (point[d] - m), 0);
    const size = Math.hypot(...half);
    const side = (/** @type {number} */ row) => middle.map((_, d) => size * r[row + d]);
    return { origin: middle.map((m, d) => m + toward * r[6 + d]), u: side(0), v: side(3) };
  }
  const [a, b] = dims === 3 && plane !== "view" ? plane : [0, 1];
  const along = (/** @type {number} */ d) => unitVector(dims, d).map((value) => value * half[d]);
  const origin = middle.map((m, d) => (d === a || d === b ? m : point[d]));
  return { origin, u: along(a), v: along(b) };
}

/**
 * The corners [s, t] of the part of a plane that lies in the box of the density; maybe none.
 * @type {(density: Density, section: Section) => number[][]}
 */
export function sectionInBox({ low, high }, { origin, u, v }) {
  let corners = [[-1, -1], [1, -1], [1, 1], [-1, 1]];
  /** @type {(inside: (corner: number[]) => number) => void} */
  const cut = (inside) => {
    corners = corners.flatMap((corner, n) => {
      const next = corners[(n + 1) % corners.length];
      const [value, following] = [inside(corner), inside(next)];
      const inner = value >= 0 ? [corner] : [];
      if (value * following >= 0) return inner;
      const share = value / (value - following);
      return [...inner, corner.map((coordinate, k) => coordinate + share * (next[k] - coordinate))];
    });
  };
  origin.forEach((o, d) => {
    const slack = 1e-9 * (high[d] - low[d]);
    cut(([s, t]) => o + s * u[d] + t * v[d] - low[d] + slack);
    cut(([s, t]) => high[d] - o - s * u[d] - t * v[d] + slack);
  });
  return corners;
}

/**
 * The homography of a plane: x = (h0 + h1 s + h2 t) / (h6 + h7 s + h8 t), y with h3, h4, h5.
 * @type {(view: View, section: Section) => Float64Array}
 */
export function homography(view, { origin, u, v }) {
  const columns = [turnPoint(view, origin), turnVector(view, u), turnVector(view, v)];
  const distance = columns.map(([, , depth], n) => (n === 0 ? view.eye : 0) - depth);
  const unit = view.scale * view.eye;
  const xs = columns.map(([right], n) => view.x0 * distance[n] + unit * right);
  const ys = columns.map(([, up], n) => view.y0 * distance[n] - unit * up);
  return Float64Array.from([...xs, ...ys, ...distance]);
}
