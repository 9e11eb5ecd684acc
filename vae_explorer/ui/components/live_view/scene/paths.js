// Paths through the latent space, each in its colour, their legend, and what goes along them.
import { projectPoint } from "../geometry/geometry.js";
import { haloStroke, haloText } from "./paint.js";
/** @import { Theme } from "../../browser/dom.js" */
/** @import { View } from "../geometry/geometry.js" */
/** @import { Box } from "../geometry/name_places.js" */
/** @import { Mark, Path } from "./marks.js" */

/** @typedef {CanvasRenderingContext2D} Context */

const LINE = 18; // pixels from one line of the legend to the next
const KEY = 20; // pixels of colour before a name in it
const LEGEND_FONT = "600 12px ";

/**
 * Each path in its colour, and their legend.
 * @type {(ctx: Context, view: View, paths: Path[], theme: Theme) => void}
 */
export function drawPaths(ctx, view, paths, theme) {
  ctx.save();
  ctx.lineJoin = ctx.lineCap = "round";
  for (const { points, colour } of paths) drawPath(ctx, view, points, colour || theme.text, theme);
  drawLegend(ctx, paths.filter(({ name }) => name), theme);
  ctx.restore();
}

/**
 * A polyline with a dot at each of its points.
 * @type {(ctx: Context, view: View, points: number[][], colour: string, theme: Theme) => void}
 */
function drawPath(ctx, view, points, colour, theme) {
  const pixels = points.map((point) => projectPoint(view, point));
  ctx.beginPath();
  pixels.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  haloStroke(ctx, colour, 2.5, theme);
  const radius = pixels.length > 40 ? 2 : 3.2;
  for (const [x, y] of pixels) {
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
    ctx.fillStyle = theme.background;
    ctx.fill();
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.5;
    ctx.stroke();
  }
}

/**
 * Names and colours in the upper left corner, where there are several.
 * @type {(ctx: Context, paths: Path[], theme: Theme) => void}
 */
function drawLegend(ctx, paths, theme) {
  if (paths.length < 2) return;
  ctx.font = LEGEND_FONT + theme.font;
  ctx.textBaseline = "middle";
  paths.forEach(({ name, colour }, row) => {
    const y = 12 + row * LINE;
    ctx.beginPath();
    ctx.moveTo(6, y);
    ctx.lineTo(6 + KEY, y);
    haloStroke(ctx, colour || theme.text, 3, theme);
    ctx.fillStyle = theme.text;
    haloText(ctx, name, 12 + KEY, y, theme);
  });
}

/**
 * What the legend covers.
 * @type {(ctx: Context, paths: Path[], theme: Theme) => Box[]}
 */
export function legendBoxes(ctx, paths, theme) {
  const named = paths.filter(({ name }) => name);
  if (named.length < 2) return [];
  ctx.font = LEGEND_FONT + theme.font;
  const widest = Math.max(...named.map(({ name }) => ctx.measureText(name).width));
  return [[0, 0, 12 + KEY + widest, 12 + (named.length - 0.5) * LINE]];
}

/**
 * Where a player is on each path.
 * @type {(ctx: Context, view: View, dots: NonNullable<Mark["dots"]>, theme: Theme) => void}
 */
export function drawDots(ctx, view, dots, theme) {
  ctx.save();
  for (const { point, colour } of dots) {
    const [x, y] = projectPoint(view, point);
    ctx.beginPath();
    ctx.arc(x, y, 7, 0, 2 * Math.PI);
    haloStroke(ctx, theme.text, 2, theme);
    ctx.fillStyle = colour || theme.text;
    ctx.fill();
  }
  ctx.restore();
}
