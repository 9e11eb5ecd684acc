// The density of the aggregate posterior on a plane through the cursor: sampled from a grid, cut at
// the levels of its highest density regions, painted as nested translucent contours.
import { haloText } from "../scene/paint.js";
import { clearRim, makeLinks, traceContours } from "./contours.js";
import { turnPoint, turnVector, unitVector } from "../geometry/ray.js";

const SIDE = 64; // samples along each side of the plane
const COLOUR = "#3d85d1"; // readable on light and dark, and no axis's colour
const LABELS = [[0, 1], [1, 0], [0, -1]]; // where the names of the levels sit: directions, y down

/** @typedef {{dims: 2 | 3, cells: number, low: number[], high: number[],
 *  values: ArrayLike<number>, levels: {name: string, value: number}[]}} Density
 *  cells^dims values, the first axis slowest, each at the middle of its cell; levels highest first
 *  and in the same unit as the values; low and high in drawn coordinates. */

/** @typedef {{origin: number[], u: number[], v: number[]}} Plane
 *  the places origin + s u + t v, s and t in -1..1, drawn coordinates */

/** Between the four cells around (b, c) of a layer that starts at `from`. */
function bilinear(values, n, from, b, c) {
  const j = Math.min(b | 0, n - 2);
  const k = Math.min(c | 0, n - 2);
  const at = from + j * n + k;
  const [p, q] = [b - j, c - k];
  const low = values[at] + (values[at + 1] - values[at]) * q;
  const high = values[at + n] + (values[at + n + 1] - values[at + n]) * q;
  return low + (high - low) * p;
}

/** The value at (a, b, c), or (a, b), in cells from the middle of the first; zero outside. */
function valueAt({ dims, cells: n, values }, a, b, c) {
  const last = n - 1;
  if (!(a >= 0 && b >= 0 && a <= last && b <= last)) return 0;
  if (dims === 2) return bilinear(values, n, 0, a, b);
  if (!(c >= 0 && c <= last)) return 0;
  const i = Math.min(a | 0, n - 2);
  const low = bilinear(values, n, i * n * n, b, c);
  return low + (bilinear(values, n, (i + 1) * n * n, b, c) - low) * (a - i);
}

/** A drawn length along axis `d` in cells. */
const sizeInCells = ({ low, high, cells }, size, d) => (size / (high[d] - low[d])) * cells;

/** A drawn coordinate of axis `d` in cells from the middle of the first. */
const toCells = (density, value, d) => sizeInCells(density, value - density.low[d], d) - 0.5;

/** The density at a drawn place, linear between the middles of cells, zero outside of them. */
export function densityAt(density, point) {
  const [a, b, c] = point.map((value, d) => toCells(density, value, d));
  return valueAt(density, a, b, c);
}

/** Sample a plane at n * n places into `out`: column i is s = -1 + 2 i / (n - 1), row j is t. */
export function sampleSection(density, plane, n, out) {
  const [a0, b0, c0 = 0] = plane.origin.map((value, d) => toCells(density, value, d));
  const [ua, ub, uc = 0] = plane.u.map((value, d) => sizeInCells(density, value, d));
  const [va, vb, vc = 0] = plane.v.map((value, d) => sizeInCells(density, value, d));
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
 * @param {"view" | [number, number]} plane parallel to the screen, or along two drawn axes
 * @returns {Plane} in 2-D always the picture itself
 */
export function sectionThrough(view, density, point, plane) {
  const { low, high, dims } = density;
  const middle = low.map((value, d) => (value + high[d]) / 2);
  const half = low.map((value, d) => (high[d] - value) / 2);
  if (plane === "view" && dims === 3) {
    const r = view.rotation;
    const toward = middle.reduce((sum, m, d) => sum + r[6 + d] * (point[d] - m), 0);
    const size = Math.hypot(...half);
    const side = (row) => middle.map((_, d) => size * r[row + d]);
    return { origin: middle.map((m, d) => m + toward * r[6 + d]), u: side(0), v: side(3) };
  }
  const [a, b] = dims === 3 ? plane : [0, 1];
  const along = (d) => unitVector(dims, d).map((value) => value * half[d]);
  const origin = middle.map((m, d) => (d === a || d === b ? m : point[d]));
  return { origin, u: along(a), v: along(b) };
}

/** The corners [s, t] of the part of a plane that lies in the box of the density; maybe none. */
export function sectionInBox({ low, high }, { origin, u, v }) {
  let corners = [[-1, -1], [1, -1], [1, 1], [-1, 1]];
  const keep = (inside) => {
    corners = corners.flatMap((corner, n) => {
      const next = corners[(n + 1) % corners.length];
      const [here, there] = [inside(corner), inside(next)];
      const kept = here >= 0 ? [corner] : [];
      if (here * there >= 0) return kept;
      const share = here / (here - there);
      return [...kept, corner.map((value, k) => value + share * (next[k] - value))];
    });
  };
  origin.forEach((o, d) => {
    const slack = 1e-9 * (high[d] - low[d]);
    keep(([s, t]) => o + s * u[d] + t * v[d] - low[d] + slack);
    keep(([s, t]) => high[d] - o - s * u[d] - t * v[d] + slack);
  });
  return corners;
}

/** The homography of a plane: x = (h0 + h1 s + h2 t) / (h6 + h7 s + h8 t), y with h3, h4, h5. */
export function homography(view, { origin, u, v }) {
  const columns = [turnPoint(view, origin), turnVector(view, u), turnVector(view, v)];
  const away = columns.map(([, , depth], n) => (n === 0 ? view.eye : 0) - depth);
  const unit = view.scale * view.eye;
  const xs = columns.map(([right], n) => view.x0 * away[n] + unit * right);
  const ys = columns.map(([, up], n) => view.y0 * away[n] - unit * up);
  return Float64Array.from([...xs, ...ys, ...away]);
}

export class DensityMap {
  /**
   * An overlay.
   * @param {object} options
   * @param {() => Density | null} options.density null: nothing is painted
   * @param {() => number[] | null} options.at where the cursor is, drawn coordinates
   * @param {() => "view" | [number, number]} options.plane as the cursor's
   */
  constructor({ density, at, plane }) {
    Object.assign(this, { density, at, plane });
    this.field = new Float32Array(SIDE * SIDE);
    this.links = makeLinks(SIDE);
  }

  over(ctx, view, theme) {
    const density = this.density();
    const point = this.at();
    if (!density || (!point && density.dims === 3)) return;
    const section = sectionThrough(view, density, point, this.plane());
    const h = homography(view, section);
    const rim = sectionInBox(density, section);
    if (rim.some(([s, t]) => h[6] + h[7] * s + h[8] * t < 0.5)) return; // it reaches the eye
    sampleSection(density, section, SIDE, this.field);
    clearRim(this.field, SIDE);
    ctx.save();
    if (density.dims === 3) strokeRim(ctx, h, rim, theme);
    const names = density.levels.map((level, n) => this.paintLevel(ctx, h, level, n));
    this.paintNames(ctx, density.levels, names, theme);
    ctx.restore();
  }

  /** Fill and outline one level; returns the pixel of its contour where its name belongs. */
  paintLevel(ctx, h, { value }, n) {
    const [dx, dy] = LABELS[n % LABELS.length];
    const name = { x: 0, y: 0, far: -Infinity };
    if (!(value > 0)) return name;
    ctx.beginPath();
    traceContours(this.field, SIDE, value, this.links, (i, j, first) => {
      const [s, t] = [-1 + (2 * i) / (SIDE - 1), -1 + (2 * j) / (SIDE - 1)];
      const away = h[6] + h[7] * s + h[8] * t;
      const x = (h[0] + h[1] * s + h[2] * t) / away;
      const y = (h[3] + h[4] * s + h[5] * t) / away;
      if (first) ctx.closePath();
      if (first) ctx.moveTo(x, y);
      else ctx.lineTo(x, y);
      if (x * dx + y * dy > name.far) Object.assign(name, { x, y, far: x * dx + y * dy });
    });
    ctx.closePath();
    ctx.fillStyle = ctx.strokeStyle = COLOUR;
    ctx.globalAlpha = 0.14;
    ctx.fill();
    ctx.globalAlpha = 0.95 - 0.25 * n;
    ctx.lineWidth = 1.6 - 0.3 * n;
    ctx.stroke();
    return name;
  }

  paintNames(ctx, levels, names, theme) {
    ctx.font = `600 11px ${theme.font}`;
    ctx.textBaseline = "middle";
    ctx.fillStyle = theme.text;
    names.forEach(({ x, y, far }, n) => {
      if (far === -Infinity) return;
      const [dx, dy] = LABELS[n % LABELS.length];
      ctx.textAlign = dx ? "left" : "center";
      haloText(ctx, levels[n].name, x + 6 * dx, y + 9 * dy, theme);
    });
  }
}

/** The thin frame of the plane. */
function strokeRim(ctx, h, corners, theme) {
  ctx.beginPath();
  for (const [s, t] of corners) {
    const away = h[6] + h[7] * s + h[8] * t;
    ctx.lineTo((h[0] + h[1] * s + h[2] * t) / away, (h[3] + h[4] * s + h[5] * t) / away);
  }
  ctx.closePath();
  ctx.strokeStyle = ctx.fillStyle = theme.text;
  ctx.lineWidth = 1;
  ctx.globalAlpha = 0.4;
  ctx.stroke();
  ctx.globalAlpha = 0.025;
  ctx.fill();
}
