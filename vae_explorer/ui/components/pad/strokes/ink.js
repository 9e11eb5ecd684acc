// Strokes on a canvas, in the page's colours.
import { capsulesOf } from "./strokes.js";
/** @import { Theme } from "../../browser/dom.js" */
/** @import { Stroke } from "./strokes.js" */

/**
 * Draw strokes over a square of `side` pixels.
 * @type {(ctx: CanvasRenderingContext2D, strokes: Stroke[], side: number, colour: string) => void}
 */
export function drawStrokes(ctx, strokes, side, colour) {
  ctx.strokeStyle = colour;
  ctx.lineCap = "round";
  ctx.lineJoin = "round";
  for (const stroke of strokes) drawStroke(ctx, capsulesOf(stroke), side);
}

/**
 * One path where the width stays the same, else one a capsule.
 * @type {(ctx: CanvasRenderingContext2D, capsules: number[], side: number) => void}
 */
function drawStroke(ctx, capsules, side) {
  const even = capsules.every((value, i) => i % 3 !== 2 || Math.abs(value - capsules[2]) < 1e-9);
  const width = (/** @type {number} */ i) => (capsules[i + 2] + capsules[i + 5]) * side;
  ctx.beginPath();
  for (let i = 0; i < capsules.length; i += 6) {
    const [ax, ay, , bx, by] = capsules.slice(i, i + 5).map((value) => value * side);
    if (i === 0 || !even) ctx.moveTo(ax, ay);
    ctx.lineTo(bx, by);
    if (even) continue;
    ctx.lineWidth = width(i);
    ctx.stroke();
    ctx.beginPath();
  }
  ctx.lineWidth = width(0);
  if (even) ctx.stroke();
}

/**
 * Where the pen of the keyboard is: a ring of its width, filled while it is down.
 * @type {(ctx: CanvasRenderingContext2D, pen: {x: number, y: number, down: boolean},
 *   width: number, side: number, theme: Pick<Theme, "primary">) => void}
 */
export function drawPen(ctx, { x, y, down }, width, side, { primary }) {
  const radius = Math.max((width * side) / 2, 4);
  ctx.beginPath();
  ctx.arc(x * side, y * side, radius, 0, 2 * Math.PI);
  ctx.lineWidth = 2;
  ctx.strokeStyle = ctx.fillStyle = primary;
  ctx.stroke();
  ctx.globalAlpha = down ? 0.6 : 0.15;
  ctx.fill();
  ctx.globalAlpha = 1;
}
