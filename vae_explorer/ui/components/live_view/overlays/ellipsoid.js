// Ellipsoids to scale: the places k standard deviations from a centre, in the view's perspective.
// A covariance is row-major, d * d numbers (d = 2 or 3) in drawn coordinates, and may be flat.
import { projectPoint } from "../geometry/geometry.js";
import { haloText } from "../scene/paint.js";
import { turnPoint } from "../geometry/ray.js";
/** @import { Theme } from "../../browser/dom.js" */
/** @import { View } from "../geometry/geometry.js" */
/** @import { Overlay } from "./overlays.js" */

/** @typedef {{x: number, y: number, xx: number, xy: number, yy: number}} Outline an ellipse: its
 *   middle and its shape matrix (pixels, squared pixels) */
/** @typedef {{centre: number[], covariance: ArrayLike<number>, colour?: string}} Posterior */

const STEPS = 72; // stretches of a drawn circle
const FRONT = 0.9; // opacity of a circle's near half
const BACK = 0.28;

/**
 * The covariance of drawn coordinates x = axes^T z, where the coordinates of z are independent.
 * @param {Float32Array} axes D * d, row-major: one column a drawn axis
 * @param {ArrayLike<number>} sigma D standard deviations
 * @returns {Float64Array} d * d
 */
export function projectCovariance(axes, sigma) {
  const d = axes.length / sigma.length;
  const covariance = new Float64Array(d * d);
  for (let n = 0; n < sigma.length; n++) {
    const variance = sigma[n] * sigma[n];
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        covariance[i * d + j] += variance * axes[n * d + i] * axes[n * d + j];
      }
    }
  }
  return covariance;
}

/**
 * Lower L (d * d) with L L^T = covariance; a direction without variance gets a column of zeros.
 * @type {(covariance: ArrayLike<number>) => Float64Array}
 */
export function choleskyFactor(covariance) {
  const d = Math.sqrt(covariance.length);
  const factor = new Float64Array(d * d);
  const scale = Math.max(0, ...Array.from(covariance).filter((_, n) => n % (d + 1) === 0));
  for (let j = 0; j < d; j++) {
    for (let i = j; i < d; i++) {
      let rest = covariance[i * d + j];
      for (let k = 0; k < j; k++) rest -= factor[i * d + k] * factor[j * d + k];
      if (i === j) factor[i * d + j] = rest > 1e-12 * scale ? Math.sqrt(rest) : 0;
      else factor[i * d + j] = factor[j * d + j] && rest / factor[j * d + j];
    }
  }
  return factor;
}

/**
 * The place of the ellipsoid that the unit vector `s` (d numbers) stands for: centre + k L s.
 * @type {(centre: number[], factor: Float64Array, k: number, s: number[]) => number[]}
 */
export function ellipsoidPoint(centre, factor, k, s) {
  const d = centre.length;
  return centre.map((value, i) => {
    for (let j = 0; j <= i; j++) value += k * factor[i * d + j] * s[j];
    return value;
  });
}

/**
 * The eye in the coordinates in which the ellipsoid is the unit sphere, (kL)^-1 (eye - centre):
 * a place s of the sphere faces the eye where s . eye > 1. Null for a flat one: it hides nothing.
 * @type {(view: View, centre: number[], factor: Float64Array, k: number) => number[] | null}
 */
export function eyeOfSphere(view, centre, factor, k) {
  const { frame, rotation } = view;
  const d = centre.length;
  /** @type {number[]} */
  const eye = [];
  for (let i = 0; i < d; i++) {
    if (factor[i * d + i] === 0) return null;
    let rest = frame.centre[i] + view.eye * frame.radius * rotation[6 + i] - centre[i];
    for (let j = 0; j < i; j++) rest -= k * factor[i * d + j] * eye[j];
    eye.push(rest / (k * factor[i * d + i]));
  }
  return eye;
}

/**
 * R C R^T / radius^2: a covariance (d * d) seen as [right, up, towards the eye], 3 * 3.
 * @type {(view: View, covariance: ArrayLike<number>) => number[][]}
 */
function turnedCovariance(view, covariance) {
  const d = Math.sqrt(covariance.length);
  const { rotation: r, frame } = view;
  /** @type {(i: number, j: number) => number} */
  const entry = (i, j) => {
    let sum = 0;
    for (let a = 0; a < d; a++) {
      for (let b = 0; b < d; b++) sum += r[3 * i + a] * covariance[a * d + b] * r[3 * j + b];
    }
    return sum / frame.radius ** 2;
  };
  return [0, 1, 2].map((i) => [0, 1, 2].map((j) => entry(i, j)));
}

/**
 * The ellipse that an ellipsoid's silhouette is in the picture: exact, by the dual conic
 * P (k^2 Sigma - c c^T) P^T (Hartley & Zisserman 2004, eq. 8.5), which needs no inverse.
 * Null where the eye is within or beside the ellipsoid.
 * @type {(view: View, centre: number[], covariance: ArrayLike<number>, k: number) => Outline |
 *   null}
 */
export function silhouette(view, centre, covariance, k) {
  const { eye, scale } = view;
  const [p, q, depth] = turnPoint(view, centre);
  const h = [eye * p, eye * q, eye - depth];
  const weight = [eye * k, eye * k, -k];
  const turned = turnedCovariance(view, covariance);
  const m = turned.map((row, i) => row.map((value, j) => value * weight[i] * weight[j]));
  const norm = h[2] ** 2 - m[2][2];
  if (!(h[2] > 0.5 && norm > 1e-3 * h[2] ** 2)) return null;
  const middle = [0, 1].map((i) => (h[i] * h[2] - m[i][2]) / norm);
  /** @type {(i: number, j: number) => number} */
  const shape = (i, j) => (m[i][j] - h[i] * h[j]) / norm + middle[i] * middle[j];
  const [x, y] = [view.x0 + scale * middle[0], view.y0 - scale * middle[1]];
  const area = scale * scale;
  const [xx, yy] = [Math.max(0, area * shape(0, 0)), Math.max(0, area * shape(1, 1))];
  return { x, y, xx, xy: -area * shape(0, 1), yy };
}

/**
 * The pixel of an ellipse that lies farthest in direction (dx, dy), a unit vector.
 * @type {(outline: Outline, dx: number, dy: number) => [number, number]}
 */
export function rimPixel({ x, y, xx, xy, yy }, dx, dy) {
  const [sx, sy] = [xx * dx + xy * dy, xy * dx + yy * dy];
  const length = Math.sqrt(Math.max(0, sx * dx + sy * dy)) || 1;
  return [x + sx / length, y + sy / length];
}

/**
 * Make the ellipse the current path.
 * @type {(ctx: CanvasRenderingContext2D, outline: Outline) => void}
 */
function traceSilhouette(ctx, { x, y, xx, xy, yy }) {
  const [a, , b, c] = choleskyFactor([xx, xy, xy, yy]);
  ctx.beginPath();
  for (let n = 0; n < STEPS; n++) {
    const [u, v] = [Math.cos((2 * Math.PI * n) / STEPS), Math.sin((2 * Math.PI * n) / STEPS)];
    ctx.lineTo(x + a * u, y + b * u + c * v);
  }
  ctx.closePath();
}

/**
 * Fill and stroke an ellipse in the colour of `ctx`, each with its opacity.
 * @type {(ctx: CanvasRenderingContext2D, outline: Outline, style: {fill: number, stroke: number,
 *   width: number}) => void}
 */
export function paintSilhouette(ctx, outline, { fill, stroke, width }) {
  traceSilhouette(ctx, outline);
  ctx.globalAlpha = fill;
  ctx.fill();
  ctx.globalAlpha = stroke;
  ctx.lineWidth = width;
  ctx.stroke();
  ctx.lineWidth = 1;
}

/**
 * Stroke the great circle through directions i and j of the factor, its far half fainter.
 * @type {(ctx: CanvasRenderingContext2D, view: View, centre: number[], factor: Float64Array,
 *   k: number, pair: number[], alpha?: number) => void}
 */
export function strokeGreatCircle(ctx, view, centre, factor, k, [i, j], alpha = 1) {
  const eye = eyeOfSphere(view, centre, factor, k);
  const s = centre.map(() => 0);
  const [near, far] = [new Path2D(), new Path2D()];
  /** @type {number[] | null} */
  let before = null;
  for (let n = 0; n <= STEPS; n++) {
    s[i] = Math.cos((2 * Math.PI * n) / STEPS);
    s[j] = Math.sin((2 * Math.PI * n) / STEPS);
    const pixel = projectPoint(view, ellipsoidPoint(centre, factor, k, s));
    const facing = !eye || centre.length === 2 || s[i] * eye[i] + s[j] * eye[j] > 1;
    if (before) (facing ? near : far).moveTo(before[0], before[1]);
    if (before) (facing ? near : far).lineTo(pixel[0], pixel[1]);
    before = pixel;
  }
  ctx.globalAlpha = alpha * BACK;
  ctx.stroke(far);
  ctx.globalAlpha = alpha * FRONT;
  ctx.stroke(near);
}

/**
 * The k-sigma ellipsoid: translucent silhouette, three great circles, "kσ" at the rim.
 * @type {(ctx: CanvasRenderingContext2D, view: View, centre: number[],
 *   covariance: ArrayLike<number>, k: number, colour: string, theme: Theme) => void}
 */
export function drawEllipsoid(ctx, view, centre, covariance, k, colour, theme) {
  const outline = silhouette(view, centre, covariance, k);
  if (!outline) return;
  const factor = choleskyFactor(covariance);
  ctx.save();
  ctx.fillStyle = ctx.strokeStyle = colour;
  paintSilhouette(ctx, outline, { fill: 0.13, stroke: 0.95, width: 1.6 });
  const circles = centre.length === 3 ? [[0, 1], [1, 2], [0, 2]] : [];
  for (const pair of circles) strokeGreatCircle(ctx, view, centre, factor, k, pair, 0.75);
  ctx.fillStyle = theme.text;
  labelRim(ctx, outline, `${k}σ`, k > 1 ? [0.6, -0.8] : [-0.6, 0.8], theme);
  ctx.restore();
}

/**
 * Text just outside an ellipse, in direction (dx, dy); left out where the ellipse is tiny.
 * @type {(ctx: CanvasRenderingContext2D, outline: Outline, text: string, side: number[],
 *   theme: Theme) => void}
 */
export function labelRim(ctx, outline, text, [dx, dy], theme) {
  const [x, y] = rimPixel(outline, dx, dy);
  if (Math.hypot(x - outline.x, y - outline.y) < 8) return;
  ctx.font = `600 12px ${theme.font}`;
  ctx.textBaseline = "middle";
  ctx.textAlign = dx > 0.3 ? "left" : dx < -0.3 ? "right" : "center";
  haloText(ctx, text, x + 6 * dx, y + 9 * dy, theme);
}

/**
 * The posterior of one digit as an overlay: its ellipsoids of one and of two standard deviations.
 * @type {(get: () => Posterior | null) => Overlay}
 */
export function makePosterior(get) {
  return {
    over(ctx, view, theme) {
      const posterior = get();
      if (!posterior) return;
      const { centre, covariance, colour = theme.primary } = posterior;
      for (const k of [2, 1]) drawEllipsoid(ctx, view, centre, covariance, k, colour, theme);
    },
  };
}
