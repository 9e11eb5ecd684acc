// Pure maths: from latent coordinates to pixels and back. Knows nothing of canvas or page.
import { defaultCamera } from "./camera.js";

export const EYE = 5; // from the eye to the centre, in half box sides: a gentle perspective
const TAIL = 0.002; // share of the points at each end of an axis that may lie outside the box
const ROOM = 1.06; // the box is that much larger than what it holds
const FARTHEST = 2; // half sides from the middle to the outermost point: it stays before the eye
const SAMPLE = 20000; // values of a coordinate that are looked at
const MARGIN = { x: 56, y: 38 }; // pixels kept around the box for its ticks and names,
const MOST_MARGIN = 0.165; // of a small picture at most this share

/** @import { Camera, Direction } from "./camera.js" */
/**
 * What projection needs: see makeView.
 * @typedef {{eye: number, rotation: number[], scale: number, x0: number, y0: number,
 *   frame: Frame}} View
 */
/** @typedef {{x: Float32Array, y: Float32Array, depth: Float32Array}} Projected pixels and radii */
/** @typedef {{[label: number]: boolean}} Hidden whether a class is */

/** @typedef {{dims: number, centre: number[], half: number[], radius: number, reach: number,
 *   home?: Direction | null}} Frame
 *  centre and half side of the box along each of three axes; radius = longest half side;
 *  reach = at least the distance of a corner and of any point from the centre, in radii;
 *  home: from where it fits into the picture. */

/**
 * Sorted finite values of coordinate `d`, at most about SAMPLE of them; the extremes are in it.
 * @type {(points: ArrayLike<number>, dims: number, d: number) => number[] | null}
 */
function sortedSample(points, dims, d) {
  const stride = Math.ceil(points.length / dims / SAMPLE) || 1;
  let [low, high] = [Infinity, -Infinity];
  const values = [];
  for (let i = 0, j = d; j < points.length; i++, j += dims) {
    const value = points[j];
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
    if (i % stride === 0) values.push(value);
  }
  return low <= high ? [low, ...values.sort((a, b) => a - b), high] : null;
}

/**
 * Middle, half extent, and how far the outermost point lies from the middle, along one axis.
 * @type {(sorted: number[] | null) => {centre: number, half: number, outer: number}}
 */
function extentOf(sorted) {
  if (!sorted) return { centre: 0, half: 3, outer: 3 };
  const tail = Math.floor(sorted.length * TAIL);
  const last = sorted.length - 1;
  const [low, high] = [sorted[tail], sorted[last - tail]];
  const centre = (low + high) / 2;
  const outer = Math.max(sorted[last] - centre, centre - sorted[0]);
  return { centre, half: Math.max(((high - low) / 2) * ROOM, outer / FARTHEST), outer };
}

/**
 * The box around nearly all finite points, a little larger; a few outliers may lie outside.
 * @type {(points: ArrayLike<number>, dims: number) => Frame}
 */
export function frameOf(points, dims) {
  const flat = { centre: 0, half: 0, outer: 0 };
  const axes = [0, 1, 2].map((d) => (d < dims ? extentOf(sortedSample(points, dims, d)) : flat));
  const radius = Math.max(...axes.map(({ half }) => half)) || 1;
  const half = axes.map((axis, d) => (d < dims ? Math.max(axis.half, radius * 0.15) : 0));
  const outer = Math.hypot(...axes.map((axis, d) => Math.max(axis.outer, half[d])));
  const centre = axes.map((axis) => axis.centre);
  return { dims, centre, half, radius, reach: outer / radius };
}

/**
 * Rows of a turntable rotation: right, up and towards the eye, in latent axes.
 * @type {(yaw: number, pitch: number) => number[]}
 */
export function rotation(yaw, pitch) {
  const [sy, cy, sp, cp] = [Math.sin(yaw), Math.cos(yaw), Math.sin(pitch), Math.cos(pitch)];
  return [-sy, cy, 0, -sp * cy, -sp * sy, cp, cp * cy, cp * sy, sp];
}

/**
 * Scale (pixels per radius) and shift that centre the box, seen by the default camera.
 * @type {(frame: Frame, width: number, height: number) => {scale: number, dx: number, dy: number}}
 */
function fit(frame, width, height) {
  const camera = defaultCamera(frame.dims, frame.home);
  const turned = rotation(camera.yaw, camera.pitch);
  const unit = { frame, eye: EYE, rotation: turned, scale: 1, x0: 0, y0: 0 };
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => projectPoint(unit, cornerOf(frame, n)));
  const [left, right] = extremes(corners.map(([x]) => x));
  const [top, bottom] = extremes(corners.map(([, y]) => y));
  const room = (/** @type {number} */ size, /** @type {number} */ margin) =>
    size - 2 * Math.min(margin, size * MOST_MARGIN);
  const across = room(width, MARGIN.x) / Math.max(right - left, 1e-6);
  const down = room(height, MARGIN.y) / Math.max(bottom - top, 1e-6);
  const scale = Math.max(20, Math.min(across, down));
  return { scale, dx: (-scale * (left + right)) / 2, dy: (-scale * (top + bottom)) / 2 };
}

/** @type {(values: number[]) => [number, number]} */
const extremes = (values) => [Math.min(...values), Math.max(...values)];

/**
 * Corner 0..7 of the box: bit d set means the far end of axis d.
 * @type {(frame: Frame, corner: number) => number[]}
 */
export function cornerOf(frame, corner) {
  return frame.centre.map((c, d) => c + (corner & (1 << d) ? 1 : -1) * frame.half[d]);
}

/**
 * All that projection needs, for one camera and one size of picture (CSS pixels).
 * @type {(frame: Frame, camera: Camera, width: number, height: number) => View}
 */
export function makeView(frame, camera, width, height) {
  const side = Math.min(width, height);
  const { scale, dx, dy } = fit(frame, width, height);
  return {
    frame,
    eye: EYE,
    rotation: rotation(camera.yaw, camera.pitch),
    scale: scale * camera.zoom,
    x0: width / 2 + camera.panX * side + dx * camera.zoom,
    y0: height / 2 + camera.panY * side + dy * camera.zoom,
  };
}

/**
 * Latent point (2 or 3 numbers) -> [x, y, depth]; pixels, and radii towards the eye.
 * @type {(view: View, point: ArrayLike<number>) => [number, number, number]}
 */
export function projectPoint(view, point) {
  const { frame, rotation: r } = view;
  const a = (point[0] - frame.centre[0]) / frame.radius;
  const b = (point[1] - frame.centre[1]) / frame.radius;
  const c = ((point[2] ?? frame.centre[2]) - frame.centre[2]) / frame.radius;
  const depth = r[6] * a + r[7] * b + r[8] * c;
  const scale = (view.scale * view.eye) / Math.max(view.eye - depth, 0.5);
  const x = view.x0 + (r[0] * a + r[1] * b + r[2] * c) * scale;
  const y = view.y0 - (r[3] * a + r[4] * b + r[5] * c) * scale;
  return [x, y, depth];
}

/**
 * The latent point that `projectPoint` puts at pixel (x, y) and `depth`.
 * @type {(view: View, x: number, y: number, depth?: number) => number[]}
 */
export function unproject(view, x, y, depth = 0) {
  const { frame, rotation: r } = view;
  const scale = (view.scale * view.eye) / Math.max(view.eye - depth, 0.5);
  const right = (x - view.x0) / scale;
  const up = (view.y0 - y) / scale;
  const inBox = (/** @type {number} */ d) => r[d] * right + r[3 + d] * up + r[6 + d] * depth;
  return frame.centre.map((c, d) => c + frame.radius * inBox(d)).slice(0, frame.dims);
}

/**
 * `projectPoint` for all points (N * dims) at once, into out.x, out.y and out.depth (N each).
 * @type {(view: View, points: ArrayLike<number>, out: Projected) => Projected}
 */
export function projectAll(view, points, out) {
  const { frame, rotation: r, scale, eye, x0, y0 } = view;
  const { dims, radius, centre } = frame;
  const solid = dims === 3;
  for (let i = 0, j = 0; j < points.length; i++, j += dims) {
    const a = (points[j] - centre[0]) / radius;
    const b = (points[j + 1] - centre[1]) / radius;
    const c = solid ? (points[j + 2] - centre[2]) / radius : 0;
    const depth = solid ? r[6] * a + r[7] * b + r[8] * c : 0;
    const s = (scale * eye) / Math.max(eye - depth, 0.5);
    out.x[i] = x0 + (r[0] * a + r[1] * b + r[2] * c) * s;
    out.y[i] = y0 - (r[3] * a + r[4] * b + r[5] * c) * s;
    out.depth[i] = depth;
  }
  return out;
}

/**
 * Indices of the points to draw, farthest first: a counting sort over depth.
 * Left out are hidden classes, points that are not finite, and all but every `stride`-th.
 * @type {(projected: Projected, labels: ArrayLike<number>, hidden: Hidden, reach: number,
 *   stride: number, order: Uint32Array) => Uint32Array} a view of `order`, which has room for N
 */
export function depthOrder(projected, labels, hidden, reach, stride, order) {
  const slots = 1024;
  const starts = new Uint32Array(slots + 1);
  const slotOf = new Int16Array(labels.length).fill(-1);
  const scale = slots / (2 * reach);
  for (let i = 0; i < labels.length; i += stride) {
    const depth = projected.depth[i];
    if (hidden[labels[i]] || !Number.isFinite(depth)) continue;
    const slot = Math.min(slots - 1, Math.max(0, ((depth + reach) * scale) | 0));
    slotOf[i] = slot;
    starts[slot + 1]++;
  }
  for (let slot = 0; slot < slots; slot++) starts[slot + 1] += starts[slot];
  const count = starts[slots];
  for (let i = 0; i < labels.length; i += stride) {
    if (slotOf[i] >= 0) order[starts[slotOf[i]]++] = i;
  }
  return order.subarray(0, count);
}

/**
 * Mean of the finite points of each class, or null where it has none: `count` entries.
 * @type {(points: Float32Array, labels: ArrayLike<number>, dims: number, count: number) =>
 *   (number[] | null)[]}
 */
export function centroids(points, labels, dims, count) {
  const sums = Array.from({ length: count }, () => new Float64Array(dims + 1));
  for (let i = 0; i < labels.length; i++) {
    const point = points.subarray(i * dims, (i + 1) * dims);
    if (!point.every(Number.isFinite)) continue;
    const sum = sums[labels[i]];
    for (let d = 0; d < dims; d++) sum[d] += point[d];
    sum[dims]++;
  }
  const mean = (/** @type {Float64Array} */ sum) =>
    Array.from(sum.subarray(0, dims), (total) => total / sum[dims]);
  return sums.map((sum) => (sum[dims] ? mean(sum) : null));
}

/**
 * How many points lack finite coordinates.
 * @type {(cloud: {points: ArrayLike<number>, dims: number, count: number}) => number}
 */
export function countUnplaced({ points, dims, count }) {
  let unplaced = 0;
  for (let i = 0; i < count; i++) {
    for (let d = 0; d < dims; d++) {
      if (Number.isFinite(points[i * dims + d])) continue;
      unplaced++;
      break;
    }
  }
  return unplaced;
}
