// The axis box: its three far walls with a faint grid, ticks and axis names on its outline.
import { cornerOf, projectPoint } from "../geometry/geometry.js";
import { niceTicks } from "../geometry/ticks.js";
/** @import { Theme } from "../../browser/dom.js" */
/** @import { Frame, View } from "../geometry/geometry.js" */

/** @typedef {CanvasRenderingContext2D} Context */
/** @typedef {{value: number, text: string}[]} Ticks */

const TICK_GAP = 26; // pixels that two tick texts keep between them

/**
 * Which end of each axis (0 or 1) is the wall behind the points.
 * @type {(view: View) => number[]}
 */
function farEnds(view) {
  return [6, 7, 8].map((k) => (view.rotation[k] > -1e-9 ? 0 : 1));
}

/**
 * The latent point at `ends` (0 or 1 for each axis), with axis `d` set to `value`.
 * @type {(frame: Frame, ends: number[], d?: number, value?: number) => number[]}
 */
function onBox(frame, ends, d = -1, value = 0) {
  const corner = cornerOf(frame, ends[0] | (ends[1] << 1) | (ends[2] << 2));
  if (d >= 0) corner[d] = value;
  return corner;
}

/**
 * The two points between which axis `d` is labelled: an outline edge, lowest or leftmost.
 * @type {(view: View, d: number, far: number[]) => [number, number, number][]}
 */
function labelEdge(view, d, far) {
  const [e, f] = [0, 1, 2].filter((axis) => axis !== d);
  const edges = [e, f].map((front) => {
    const ends = [...far];
    ends[front] = 1 - far[front];
    return [0, 1].map((end) => projectPoint(view, onBox(view.frame, ends.with(d, end))));
  });
  const [[a, b]] = edges;
  const steep = Math.abs(a[1] - b[1]) > Math.abs(a[0] - b[0]) * 1.6;
  const rank = (/** @type {number[][]} */ [p, q]) => (steep ? -(p[0] + q[0]) : p[1] + q[1]);
  return rank(edges[0]) >= rank(edges[1]) ? edges[0] : edges[1];
}

/**
 * Unit vector across an edge, pointing away from the middle of the box.
 * @type {(edge: number[][], view: View) => number[]}
 */
function outward([a, b], view) {
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
  const normal = [-(b[1] - a[1]) / length, (b[0] - a[0]) / length];
  const middle = projectPoint(view, view.frame.centre);
  const fromMiddle = [(a[0] + b[0]) / 2 - middle[0], (a[1] + b[1]) / 2 - middle[1]];
  const sign = fromMiddle[0] * normal[0] + fromMiddle[1] * normal[1] < 0 ? -1 : 1;
  return normal.map((value) => value * sign);
}

/** @type {(ctx: Context, a: number[], b: number[]) => void} */
function line(ctx, a, b) {
  ctx.beginPath();
  ctx.moveTo(a[0], a[1]);
  ctx.lineTo(b[0], b[1]);
  ctx.stroke();
}

/**
 * @type {(ctx: Context, text: string, point: number[], direction: number[], distance: number) =>
 *   void}
 */
function textBeside(ctx, text, point, direction, distance) {
  const [dx, dy] = direction;
  ctx.textAlign = dx > 0.45 ? "left" : dx < -0.45 ? "right" : "center";
  ctx.fillText(text, point[0] + dx * distance, point[1] + dy * distance);
}

/**
 * @type {(ctx: Context, view: View, d: number, far: number[], ticks: Ticks, name: string,
 *   theme: Theme) => void}
 */
function drawAxis(ctx, view, d, far, ticks, name, theme) {
  const edge = labelEdge(view, d, far);
  const [a, b] = edge;
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
  if (length < 30) return; // seen end on: there is no room to read anything
  const direction = outward(edge, view);
  const low = view.frame.centre[d] - view.frame.half[d];
  const at = shareOfEdge(view, edge);
  /** @type {number[] | null} */
  let last = null;
  let widest = 0;
  ctx.font = `11px ${theme.font}`;
  for (const { value, text } of ticks) {
    const point = at((value - low) / (2 * view.frame.half[d]));
    if (last && Math.hypot(point[0] - last[0], point[1] - last[1]) < TICK_GAP) continue;
    last = point;
    ctx.globalAlpha = 0.62;
    textBeside(ctx, text, point, direction, 9);
    widest = Math.max(widest, ctx.measureText(text).width);
    ctx.globalAlpha = 0.35;
    line(ctx, point, [point[0] + direction[0] * 5, point[1] + direction[1] * 5]);
  }
  ctx.globalAlpha = 0.9;
  ctx.font = `600 13px ${theme.font}`;
  const distance = 24 + Math.abs(direction[0]) * widest * 0.7;
  textBeside(ctx, name, at(0.5), direction, distance);
}

/**
 * Where a share 0..1 of an edge is on the screen, perspective included.
 * @type {(view: View, edge: number[][]) => (share: number) => number[]}
 */
function shareOfEdge(view, [a, b]) {
  const nearness = (/** @type {number[]} */ p) => 1 / Math.max(view.eye - p[2], 0.5);
  const [wa, wb] = [nearness(a), nearness(b)];
  return (share) => {
    const t = (share * wb) / ((1 - share) * wa + share * wb);
    return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
  };
}

/**
 * Grid, rim and tint of the wall at the far end of axis `d`.
 * @type {(ctx: Context, view: View, d: number, far: number[], ticks: Ticks[]) => void}
 */
function drawWall(ctx, view, d, far, ticks) {
  const { frame } = view;
  const [e, f] = [0, 1, 2].filter((axis) => axis !== d);
  /** @type {(ends: number[], axis?: number, value?: number) => number[]} */
  const at = (ends, axis, value) => projectPoint(view, onBox(frame, ends, axis, value));
  const square = [[0, 0], [1, 0], [1, 1], [0, 1]];
  const rim = square.map(([u, v]) => at(far.with(e, u).with(f, v)));
  ctx.beginPath();
  rim.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  ctx.closePath();
  ctx.globalAlpha = 0.018;
  ctx.fill();
  ctx.globalAlpha = 0.22;
  ctx.stroke();
  ctx.globalAlpha = 0.08;
  for (const [along, across] of [[e, f], [f, e]]) {
    for (const { value } of ticks[along]) {
      line(ctx, at(far.with(across, 0), along, value), at(far.with(across, 1), along, value));
    }
  }
}

/**
 * Draw the box of `view.frame`. `theme` has text (colour) and font; `axes` the three names.
 * @type {(ctx: Context, view: View, axes: string[], theme: Theme) => void}
 */
export function drawBox(ctx, view, axes, theme) {
  const { frame } = view;
  const far = farEnds(view);
  const ticks = frame.half.map((half, d) =>
    niceTicks(frame.centre[d] - half, frame.centre[d] + half, half > frame.radius * 0.4 ? 5 : 2),
  );
  ctx.save();
  ctx.fillStyle = ctx.strokeStyle = theme.text;
  ctx.lineWidth = 1;
  ctx.textBaseline = "middle";
  for (const d of frame.dims === 2 ? [2] : [0, 1, 2]) drawWall(ctx, view, d, far, ticks);
  for (let d = 0; d < frame.dims; d++) drawAxis(ctx, view, d, far, ticks[d], axes[d], theme);
  ctx.restore();
}

/**
 * The foot of the perpendicular from `point` on each far wall of the box.
 * @type {(view: View, point: number[]) => number[][]}
 */
export function wallFeet(view, point) {
  if (view.frame.dims === 2) return [];
  const far = farEnds(view);
  return far.map((end, d) => {
    const foot = [...point];
    foot[d] = view.frame.centre[d] + (end ? 1 : -1) * view.frame.half[d];
    return foot;
  });
}
