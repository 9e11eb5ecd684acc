// What lies over the points: the current point, named targets, the ring around a hovered one.
import { projectPoint } from "../geometry/geometry.js";
import { wallFeet } from "./box.js";
/** @import { Theme } from "../../browser/dom.js" */
/** @import { View } from "../geometry/geometry.js" */
/** @import { Box } from "../geometry/name_places.js" */
/** @import { Target } from "./marks.js" */

/** @typedef {CanvasRenderingContext2D} Context */

const MARKER = 15; // pixels from the current point to the end of its cross-hair
const TARGET = { size: 7, gap: 12, font: 13 }; // pixels

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
  ctx.font = `700 ${TARGET.font}px ${theme.font}`;
  ctx.textBaseline = "middle";
  const far = TARGET.size;
  for (const { label, point } of targets) {
    const [x, y] = projectPoint(view, point);
    ctx.beginPath();
    for (const [dx, dy] of [[0, -far], [far, 0], [0, far], [-far, 0]]) ctx.lineTo(x + dx, y + dy);
    ctx.closePath();
    haloStroke(ctx, theme.text, 2, theme);
    ctx.fillStyle = theme.primary;
    ctx.fill();
    ctx.fillStyle = theme.text;
    haloText(ctx, label, x + TARGET.gap, y, theme);
  }
  ctx.restore();
}

/**
 * What diamonds and their names cover.
 * @type {(ctx: Context, view: View, targets: Target[], theme: Theme) => Box[]}
 */
export function targetBoxes(ctx, view, targets, theme) {
  const { size, gap, font } = TARGET;
  ctx.font = `700 ${font}px ${theme.font}`;
  return targets.map(({ label, point }) => {
    const [x, y] = projectPoint(view, point);
    const right = x + gap + ctx.measureText(label).width;
    return [x - size - 2, y - size - 2, right, y + size + 2];
  });
}

/** What the current point covers. @type {(view: View, point: number[]) => Box} */
export function markerBox(view, point) {
  const [x, y] = projectPoint(view, point);
  return [x - MARKER, y - MARKER, x + MARKER, y + MARKER];
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
    ctx.lineTo(x + dx * MARKER, y + dy * MARKER);
  }
  haloStroke(ctx, theme.primary, 2.5, theme);
  ctx.beginPath();
  ctx.arc(x, y, 2.2, 0, 2 * Math.PI);
  ctx.fillStyle = theme.primary;
  ctx.fill();
  ctx.restore();
  return pixel;
}
