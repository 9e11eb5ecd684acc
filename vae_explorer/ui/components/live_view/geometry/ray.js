// Lines of sight: where the ray through a pixel meets a plane or comes nearest to an axis. Pure
// maths, exact under the perspective of `projectPoint`; drawn coordinates in, drawn ones out.
import { unproject } from "./geometry.js";
/** @import { View } from "./geometry.js" */

const EDGE_ON = 0.08; // cosine of sight and normal below which a plane is too thin to point at
const NEAREST = 1; // radii that a place keeps from the eye
const FARTHEST = 3; // radii from the middle of the box beyond which nothing is put

/**
 * A drawn vector (2 or 3 numbers) as [right, up, towards the eye], in radii of the frame.
 * @type {(view: View, vector: number[]) => [number, number, number]}
 */
export function turnVector(view, vector) {
  const { rotation: r, frame } = view;
  const [a, b, c = 0] = vector;
  const row = (/** @type {number} */ k) => (r[k] * a + r[k + 1] * b + r[k + 2] * c) / frame.radius;
  return [row(0), row(3), row(6)];
}

/**
 * A drawn place (2 or 3 numbers) as [right, up, towards the eye] of the box's centre, in radii.
 * @type {(view: View, point: number[]) => [number, number, number]}
 */
export function turnPoint(view, point) {
  return turnVector(view, point.map((value, d) => value - view.frame.centre[d]));
}

/**
 * The drawn unit vector along axis `d`, of `dims` numbers.
 * @type {(dims: number, d: number) => number[]}
 */
export function unitVector(dims, d) {
  return Array.from({ length: dims }, (_, k) => (k === d ? 1 : 0));
}

/**
 * How many pixels one drawn unit takes, across the line of sight, at `point`.
 * @type {(view: View, point: number[]) => number}
 */
export function pixelsPerUnit(view, point) {
  const depth = turnPoint(view, point)[2];
  return (view.scale * view.eye) / Math.max(view.eye - depth, 0.5) / view.frame.radius;
}

/**
 * The ray through pixel (x, y): [right, up] for each radius away from the eye.
 * @type {(view: View, x: number, y: number) => [number, number]}
 */
function slopes(view, x, y) {
  const unit = view.scale * view.eye;
  return [(x - view.x0) / unit, (view.y0 - y) / unit];
}

/**
 * Where the ray through pixel (x, y) meets the plane through `origin` spanned by u and v.
 * @type {(view: View, x: number, y: number, origin: number[], u: number[], v: number[]) =>
 *   number[] | null} drawn coordinates; null where the plane is seen edge on,
 *   or is met behind or far away
 */
export function meetPlane(view, x, y, origin, u, v) {
  const [a, b] = [turnVector(view, u), turnVector(view, v)];
  const cross = (/** @type {number} */ i, /** @type {number} */ j) => a[i] * b[j] - a[j] * b[i];
  const normal = [cross(1, 2), cross(2, 0), cross(0, 1)];
  const [right, up] = slopes(view, x, y);
  const speed = normal[0] * right + normal[1] * up - normal[2];
  const cosine = Math.abs(speed) / Math.hypot(right, up, 1) / Math.hypot(...normal);
  if (!(cosine >= EDGE_ON)) return null;
  const [p, q, depth] = turnPoint(view, origin);
  const distance = (normal[0] * p + normal[1] * q + normal[2] * (depth - view.eye)) / speed;
  if (distance < NEAREST || Math.abs(view.eye - distance) > FARTHEST) return null;
  return unproject(view, x, y, view.eye - distance);
}

/**
 * How far from `origin` along drawn axis `d` lies the place that is seen nearest to pixel (x, y).
 * The pixel's foot on the image of the axis is found on the screen, then its ray met with the axis:
 * t = c w^2 / (|g| + c w a), w: eye to origin in depth, a: how the axis approaches the eye,
 * g / w^2: how fast its image runs, c: the foot's distance along that image.
 * Within three radii of the box's middle and before the eye.
 * @type {(view: View, x: number, y: number, origin: number[], d: number) => number}
 */
export function alongAxis(view, x, y, origin, d) {
  const [p, q, depth] = turnPoint(view, origin);
  const axis = turnVector(view, unitVector(origin.length, d));
  const w = view.eye - depth;
  const g = [axis[0] * w + p * axis[2], axis[1] * w + q * axis[2]];
  const length = Math.hypot(...g);
  if (!(length > 1e-9)) return 0;
  const [right, up] = slopes(view, x, y);
  const c = ((right - p / w) * g[0] + (up - q / w) * g[1]) / length;
  const slowness = length + c * w * axis[2];
  const t = slowness > 0 ? (c * w * w) / slowness : Math.sign(c) * Infinity;
  return limited(view, t, origin[d] - view.frame.centre[d], axis[2], w);
}

/**
 * `t` cut to where the place stays in sight, and never through the origin's own place.
 * @type {(view: View, t: number, offset: number, approach: number, w: number) => number}
 */
function limited(view, t, offset, approach, w) {
  const far = FARTHEST * view.frame.radius;
  const turn = approach ? (w - NEAREST) / approach : Infinity;
  const high = Math.min(far - offset, approach > 0 ? turn : Infinity);
  const low = Math.max(-far - offset, approach < 0 ? turn : -Infinity);
  return Math.min(Math.max(high, 0), Math.max(Math.min(low, 0), t));
}

/**
 * Distance of pixel (x, y) from the stretch between pixels a and b.
 * @type {(x: number, y: number, a: number[], b: number[]) => number}
 */
export function distanceToStretch(x, y, a, b) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const along = ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy || 1);
  const share = Math.min(1, Math.max(0, along));
  return Math.hypot(x - a[0] - share * dx, y - a[1] - share * dy);
}
