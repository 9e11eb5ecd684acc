// Where one has been: the latest places, as a line that fades with age.
import { projectPoint } from "../geometry/geometry.js";
/** @import { Theme } from "../../browser/dom.js" */
/** @import { View } from "../geometry/geometry.js" */

const CHUNK = 8; // stretches that share one opacity, at least,
const MAX_CHUNKS = 24; // and in how many opacities a line fades

export class Trail {
  /**
   * @param {number} spacing drawn units between the points of the line
   * @param {number} most points
   */
  constructor(spacing, most = 400) {
    this.spacing = spacing;
    this.most = most;
    /** @type {number[][]} */
    this.points = []; // drawn coordinates, oldest first
    /** @type {number[]} */
    this.tip = []; // the latest place, also where it is too near to the last point to be one
  }

  clear() {
    this.points = [];
    this.tip = [];
  }

  /**
   * Take a place (2 or 3 drawn coordinates); near ones only move the end of the line.
   * @type {(point: number[]) => void}
   */
  add(point) {
    this.tip = [...point];
    const last = this.points.at(-1);
    if (last && Math.hypot(...point.map((value, d) => value - last[d])) < this.spacing) return;
    this.points.push(this.tip);
    if (this.points.length > this.most) this.points.shift();
  }

  /** @type {(ctx: CanvasRenderingContext2D, view: View, theme: Theme) => void} */
  over(ctx, view, theme) {
    const all = this.points.at(-1) === this.tip ? this.points : [...this.points, this.tip];
    if (all.length < 2) return;
    const pixels = all.map((point) => projectPoint(view, point));
    ctx.save();
    ctx.lineCap = "butt";
    ctx.lineJoin = "round";
    ctx.strokeStyle = theme.background;
    ctx.lineWidth = 4.5;
    strokeFading(ctx, pixels, 0.6);
    ctx.strokeStyle = theme.primary;
    ctx.lineWidth = 2;
    strokeFading(ctx, pixels, 1);
    ctx.restore();
  }
}

/**
 * How visible a stretch is: the newest (share 1) fully, the oldest (share 0) barely.
 * @type {(share: number) => number}
 */
export function fadeOf(share) {
  return 0.08 + 0.82 * share ** 1.5;
}

/** @type {(ctx: CanvasRenderingContext2D, pixels: number[][], opacity: number) => void} */
function strokeFading(ctx, pixels, opacity) {
  const last = pixels.length - 1;
  const chunk = Math.max(CHUNK, Math.ceil(last / MAX_CHUNKS));
  for (let end = last; end > 0; end -= chunk) {
    const start = Math.max(0, end - chunk);
    ctx.globalAlpha = opacity * fadeOf((start + end) / 2 / last);
    ctx.beginPath();
    for (let n = start; n <= end; n++) ctx.lineTo(pixels[n][0], pixels[n][1]);
    ctx.stroke();
  }
}
