// The arrows around the cursor, one an axis: where they are, what lies under a pixel, their looks.
import { projectPoint } from "../geometry/geometry.js";
import { distanceToStretch, pixelsPerUnit } from "../geometry/ray.js";
import { haloText } from "../scene/paint.js";
/** @import { Theme } from "../../browser/dom.js" */
/** @import { View } from "../geometry/geometry.js" */
/** @import { Box } from "../geometry/name_places.js" */

/** @typedef {"centre" | number} Part the centre, or the arrow of an axis */
/** @typedef {{d: number, low: number[][], high: number[][], alpha: number}} Arrow low and high: the
 *   pixels [from, tip] of the halves along and against the axis; alpha 0 to 1 */

const ARROW = { from: 19, to: 60, least: 44, head: 9 }; // pixels, from the side
const HIT = { centre: 14, arrow: 8, touchCentre: 24, touchArrow: 18 }; // pixels
const NAME = { size: 12, gap: 16 }; // pixels, of an axis's name, and from the tip to its middle
const END_ON = [0.22, 0.5]; // share of its length in which an arrow fades in; below: gone

/** One colour an axis: contrast over 3 on light and dark, apart for every kind of colour vision. */
export const AXIS_COLOURS = ["#d55e00", "#148278", "#a050dc"];

/**
 * `point` with `amount` added to coordinate `d`.
 * @type {(point: number[], d: number, amount: number) => number[]}
 */
export const shifted = (point, d, amount) =>
  point.map((value, k) => (k === d ? value + amount : value));

/**
 * The arrows around a point, one a drawn axis, those that are seen end on left out.
 * @type {(view: View, point: number[]) => Arrow[]}
 */
export function arrowsAt(view, point) {
  const unit = pixelsPerUnit(view, point);
  // A small picture gets short arrows.
  const reach = Math.min(ARROW.to, Math.max(ARROW.least, view.scale * 0.4));
  const arrows = point.map((_, d) => {
    const half = (/** @type {number} */ sign) =>
      [ARROW.from, reach].map((p) => projectPoint(view, shifted(point, d, (sign * p) / unit)));
    const [low, high] = [half(-1), half(1)];
    const share = Math.hypot(high[1][0] - low[1][0], high[1][1] - low[1][1]) / (2 * reach);
    const alpha = Math.min(1, (share - END_ON[0]) / (END_ON[1] - END_ON[0]));
    return { d, low, high, alpha };
  });
  return arrows.filter(({ alpha }) => alpha > 0);
}

/**
 * What an arrow and its axis's name cover: squares along its halves, and one around the name.
 * @type {(arrow: Arrow, name: string) => Box[]}
 */
export function arrowBoxes({ low, high }, name) {
  const along = [low, high].flatMap(([from, tip]) =>
    [0, 0.25, 0.5, 0.75, 1].map((share) => from.map((v, k) => v + (tip[k] - v) * share)),
  );
  const [x, y] = namePixel(high);
  const wide = (NAME.size * Math.max(1.5, name.length * 0.7)) / 2;
  const half = NAME.size / 2;
  return [...along.map((at) => around(at, half, half)), around([x, y], wide, half)];
}

/** @type {(middle: number[], across: number, up: number) => Box} */
const around = ([x, y], across, up) => [x - across, y - up, x + across, y + up];

/** The middle of an axis's name, ahead of its arrow. @type {(half: number[][]) => number[]} */
function namePixel([[x0, y0], [x, y]]) {
  const gap = NAME.gap / (Math.hypot(x - x0, y - y0) || 1);
  return [x + (x - x0) * gap, y + (y - y0) * gap];
}

/**
 * What of the cursor at `point` lies under pixel (x, y).
 * @type {(view: View, point: number[], x: number, y: number, touch?: boolean) => Part | null}
 */
export function partAt(view, point, x, y, touch = false) {
  const [px, py] = projectPoint(view, point);
  if (Math.hypot(px - x, py - y) <= (touch ? HIT.touchCentre : HIT.centre)) return "centre";
  let nearest = touch ? HIT.touchArrow : HIT.arrow;
  /** @type {Part | null} */
  let part = null;
  for (const { d, low, high } of arrowsAt(view, point)) {
    const distance = Math.min(
      distanceToStretch(x, y, low[0], low[1]),
      distanceToStretch(x, y, high[0], high[1]),
    );
    if (distance <= nearest) [part, nearest] = [d, distance];
  }
  return part;
}

/**
 * The CSS cursor for moving along the direction (dx, dy) of the screen.
 * @type {(dx: number, dy: number) => string}
 */
export function resizeHint(dx, dy) {
  const eighth = Math.round(Math.atan2(dy, dx) / (Math.PI / 4)) & 3;
  return ["ew-resize", "nwse-resize", "ns-resize", "nesw-resize"][eighth];
}

/**
 * The whole axis through the point, faint: the way that a dragged arrow can go.
 * @type {(ctx: CanvasRenderingContext2D, view: View, point: number[], d: number) => void}
 */
export function drawGuide(ctx, view, point, d) {
  const ends = [-1, 1].map((sign) => {
    const end = [...point];
    end[d] = view.frame.centre[d] + sign * view.frame.half[d];
    return projectPoint(view, end);
  });
  ctx.globalAlpha = 0.5;
  ctx.strokeStyle = AXIS_COLOURS[d];
  ctx.lineWidth = 1.2;
  ctx.beginPath();
  for (const [x, y] of ends) ctx.lineTo(x, y);
  ctx.stroke();
}

/**
 * Both halves of an arrow, on a rim in the background's colour, with the axis's name.
 * @type {(ctx: CanvasRenderingContext2D, arrow: Arrow, name: string, dragged: boolean,
 *   theme: Theme) => void}
 */
export function drawArrow(ctx, { d, low, high, alpha }, name, dragged, theme) {
  ctx.lineCap = ctx.lineJoin = "round";
  const layers = [{ colour: theme.background, rim: 3, shade: 0.85 }];
  for (const { colour, rim, shade } of [...layers, { colour: AXIS_COLOURS[d], rim: 0, shade: 1 }]) {
    ctx.globalAlpha = alpha * shade;
    ctx.strokeStyle = ctx.fillStyle = colour;
    ctx.lineWidth = (dragged ? 4 : 2.5) + rim;
    for (const [from, tip] of [low, high]) shaft(ctx, from, tip);
    ctx.lineWidth = 1 + rim;
    for (const [from, tip] of [low, high]) head(ctx, from, tip);
  }
  const [x, y] = namePixel(high);
  ctx.font = `700 ${NAME.size}px ${theme.font}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  if (alpha > 0.5) haloText(ctx, name, x, y, theme);
}

/** @type {(ctx: CanvasRenderingContext2D, from: number[], tip: number[]) => void} */
function shaft(ctx, from, tip) {
  ctx.beginPath();
  ctx.moveTo(from[0], from[1]);
  ctx.lineTo(tip[0], tip[1]);
  ctx.stroke();
}

/**
 * A filled triangle whose point is the tip.
 * @type {(ctx: CanvasRenderingContext2D, from: number[], tip: number[]) => void}
 */
function head(ctx, from, tip) {
  const length = Math.hypot(tip[0] - from[0], tip[1] - from[1]) || 1;
  const [dx, dy] = [(tip[0] - from[0]) / length, (tip[1] - from[1]) / length];
  ctx.beginPath();
  for (const [along, across] of [[4, 0], [-ARROW.head + 4, 4.5], [-ARROW.head + 4, -4.5]]) {
    ctx.lineTo(tip[0] + dx * along - dy * across, tip[1] + dy * along + dx * across);
  }
  ctx.closePath();
  ctx.fill();
  ctx.stroke();
}
