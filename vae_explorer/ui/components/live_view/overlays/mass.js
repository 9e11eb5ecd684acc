// A posterior of any shape: many draws from it, each a small disc, darker where they crowd.
import { projectPoint } from "../geometry/geometry.js";
/** @import { Theme } from "../../browser/dom.js" */
/** @import { View } from "../geometry/geometry.js" */
/** @import { Overlay } from "./overlays.js" */

const [LEAST_RADIUS, MOST_RADIUS] = [1.4, 4.5]; // pixels of a disc
const SHARE = 0.16; // of the spread of the draws in the picture
const OPACITY = 0.3;

/**
 * The radius of a disc where draws are seen at such pixels: their spread stays visible.
 * @type {(pixels: number[][]) => number}
 */
export function discRadius(pixels) {
  let squares = 0;
  for (const d of [0, 1]) {
    const mean = pixels.reduce((sum, pixel) => sum + pixel[d], 0) / pixels.length;
    squares += pixels.reduce((sum, pixel) => sum + (pixel[d] - mean) ** 2, 0) / pixels.length;
  }
  return Math.min(MOST_RADIUS, Math.max(LEAST_RADIUS, SHARE * Math.sqrt(squares / 2)));
}

/** @type {(ctx: CanvasRenderingContext2D, pixels: number[][], radius: number) => void} */
function fillDiscs(ctx, pixels, radius) {
  for (const [x, y] of pixels) {
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
    ctx.fill();
  }
}

/**
 * Draws (2 or 3 drawn coordinates each) in the colour of text, on a rim of the background's.
 * @type {(ctx: CanvasRenderingContext2D, view: View, draws: number[][], theme: Theme) => void}
 */
export function drawMass(ctx, view, draws, theme) {
  const pixels = draws.map((point) => projectPoint(view, point));
  const radius = discRadius(pixels);
  ctx.save();
  ctx.fillStyle = theme.background;
  ctx.globalAlpha = OPACITY;
  fillDiscs(ctx, pixels, radius + 1.2);
  ctx.fillStyle = theme.text;
  fillDiscs(ctx, pixels, radius);
  ctx.restore();
}

/**
 * The draws as an overlay; how many there are is left on the canvas, for tests.
 * @type {(get: () => number[][] | null) => Overlay}
 */
export function makeMass(get) {
  return {
    over(ctx, view, theme) {
      const draws = get() ?? [];
      ctx.canvas.dataset.mass = String(draws.length);
      if (draws.length) drawMass(ctx, view, draws, theme);
    },
  };
}
