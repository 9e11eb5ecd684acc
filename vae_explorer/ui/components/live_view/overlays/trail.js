// Where one has been: the latest places, as a line that fades with age.
import { projectPoint } from "../geometry/geometry.js";

const CHUNK = 8; // stretches that share one opacity

export class Trail {
  /** @param {number} spacing drawn units between kept places; @param {number} most kept places */
  constructor(spacing, most = 400) {
    Object.assign(this, { spacing, most });
    this.clear();
  }

  clear() {
    this.points = []; // drawn coordinates, oldest first
    this.tip = null; // the latest place, also where it is too near to the last one to be kept
  }

  /** Take a place (2 or 3 drawn coordinates); near ones only move the end of the line. */
  add(point) {
    this.tip = [...point];
    const last = this.points.at(-1);
    if (last && Math.hypot(...point.map((value, d) => value - last[d])) < this.spacing) return;
    this.points.push(this.tip);
    if (this.points.length > this.most) this.points.shift();
  }

  over(ctx, view, theme) {
    const all = this.points.at(-1) === this.tip ? this.points : [...this.points, this.tip];
    if (all.length < 2) return;
    const pixels = all.map((point) => projectPoint(view, point));
    ctx.save();
    ctx.lineCap = "butt";
    ctx.lineJoin = "round";
    for (const [colour, width, opacity] of [[theme.background, 4.5, 0.6], [theme.primary, 2, 1]]) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = width;
      strokeFading(ctx, pixels, opacity);
    }
    ctx.restore();
  }
}

/** How visible a stretch is: the newest (share 1) fully, the oldest (share 0) barely. */
export function fadeOf(share) {
  return 0.08 + 0.82 * share ** 1.5;
}

function strokeFading(ctx, pixels, opacity) {
  const last = pixels.length - 1;
  for (let end = last; end > 0; end -= CHUNK) {
    const start = Math.max(0, end - CHUNK);
    ctx.globalAlpha = opacity * fadeOf((start + end) / 2 / last);
    ctx.beginPath();
    for (let n = start; n <= end; n++) ctx.lineTo(pixels[n][0], pixels[n][1]);
    ctx.stroke();
  }
}
