// What lies over the points: class names, the current point, named targets.
import { projectPoint } from "../geometry/geometry.js";
import { wallFeet } from "./box.js";
/** @import { Theme } from "../../browser/dom.js" */
/** @import { Hidden, View } from "../geometry/geometry.js" */
/** @import { Target } from "./marks.js" */

/** @typedef {CanvasRenderingContext2D} Context */

const CROWD = 12; // with more classes than this, names that would overlap are left out

/**
 * Text with a rim in the background's colour, so that it reads over any points.
 * @type {(ctx: Context, text: string, x: number, y: number, theme: Theme) => void}
 */
export function haloText(ctx, text, x, y, theme) {
  ctx.lineJoin = "round";
  ctx.strokeStyle = theme.background;
  ctx.lineWidth = 4;
  ctx.globalAlpha = 0.9;
  ctx.strokeText(text, x, y);
  ctx.globalAlpha = 1;
  ctx.fillText(text, x, y);
}

/**
 * Stroke the current path twice: a wide rim in the background's colour, then itself.
 * @type {(ctx: Context, colour: string, width: number, theme: Theme) => void}
 */
export function haloStroke(ctx, colour, width, theme) {
  ctx.strokeStyle = theme.background;
  ctx.globalAlpha = 0.85;
  ctx.lineWidth = width + 3;
  ctx.stroke();
  ctx.strokeStyle = colour;
  ctx.globalAlpha = 1;
  ctx.lineWidth = width;
  ctx.stroke();
}

/**
 * Class names at the middle of their points, nearest ones first when there are many.
 * @type {(ctx: Context, view: View, names: string[], middles: (number[] | null)[], hidden: Hidden,
 *   theme: Theme) => void}
 */
export function drawNames(ctx, view, names, middles, hidden, theme) {
  /** @type {{label: number, at: number[]}[]} */
  const shown = [];
  middles.forEach((middle, label) => {
    if (middle && !hidden[label]) shown.push({ label, at: projectPoint(view, middle) });
  });
  shown.sort((a, b) => b.at[2] - a.at[2]);
  /** @type {{label: number, at: number[]}[]} */
  const written = [];
  const free = (/** @type {number[]} */ [x, y]) =>
    written.every(({ at }) => Math.hypot(at[0] - x, (at[1] - y) * 2) > 44);
  for (const entry of shown) if (shown.length <= CROWD || free(entry.at)) written.push(entry);
  ctx.save();
  ctx.fillStyle = theme.text;
  ctx.font = `700 ${shown.length > CROWD ? 12 : 14}px ${theme.font}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (const { label, at } of written.reverse()) haloText(ctx, names[label], at[0], at[1], theme);
  ctx.restore();
}

/**
 * A ring around the point under the pointer.
 * @type {(ctx: Context, x: number, y: number, radius: number, theme: Theme) => void}
 */
export function drawHover(ctx, x, y, radius, theme) {
  ctx.save();
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  haloStroke(ctx, theme.text, 1.5, theme);
  ctx.restore();
}

/**
 * Diamonds with their names beside them.
 * @type {(ctx: Context, view: View, targets: Target[], theme: Theme) => void}
 */
export function drawTargets(ctx, view, targets, theme) {
  if (!targets.length) return;
  ctx.save();
  ctx.font = `700 13px ${theme.font}`;
  ctx.textBaseline = "middle";
  for (const { label, point } of targets) {
    const [x, y] = projectPoint(view, point);
    ctx.beginPath();
    for (const [dx, dy] of [[0, -7], [7, 0], [0, 7], [-7, 0]]) ctx.lineTo(x + dx, y + dy);
    ctx.closePath();
    haloStroke(ctx, theme.text, 2, theme);
    ctx.fillStyle = theme.primary;
    ctx.fill();
    ctx.fillStyle = theme.text;
    haloText(ctx, label, x + 12, y, theme);
  }
  ctx.restore();
}

/**
 * Dashed lines from the point to the three far walls: they show where it is in depth.
 * @type {(ctx: Context, view: View, point: number[], pixel: number[], theme: Theme) => void}
 */
function drawDropLines(ctx, view, point, pixel, theme) {
  for (const foot of wallFeet(view, point)) {
    const [x, y] = projectPoint(view, foot);
    ctx.setLineDash([3, 4]);
    ctx.beginPath();
    ctx.moveTo(pixel[0], pixel[1]);
    ctx.lineTo(x, y);
    haloStroke(ctx, theme.primary, 1.3, theme);
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.arc(x, y, 3, 0, 2 * Math.PI);
    ctx.fillStyle = theme.primary;
    ctx.fill();
  }
}

/**
 * The current point: a ring with a cross-hair, and its drop lines. Returns its pixel.
 * @type {(ctx: Context, view: View, point: number[], theme: Theme) => number[]}
 */
export function drawMarker(ctx, view, point, theme) {
  const pixel = projectPoint(view, point);
  const [x, y] = pixel;
  ctx.save();
  drawDropLines(ctx, view, point, pixel, theme);
  ctx.lineCap = "round";
  ctx.beginPath();
  ctx.arc(x, y, 9, 0, 2 * Math.PI);
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    ctx.moveTo(x + dx * 5, y + dy * 5);
    ctx.lineTo(x + dx * 15, y + dy * 15);
  }
  haloStroke(ctx, theme.primary, 2.5, theme);
  ctx.beginPath();
  ctx.arc(x, y, 2.2, 0, 2 * Math.PI);
  ctx.fillStyle = theme.primary;
  ctx.fill();
  ctx.restore();
  return pixel;
}
