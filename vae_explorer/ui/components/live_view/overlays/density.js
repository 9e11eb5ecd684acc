// The density of the aggregate posterior on a plane through the cursor: sampled from a grid, cut at
// the levels of its highest density regions, painted as nested translucent contours.
import { haloText } from "../scene/paint.js";
import { clearRim, makeLinks, traceContours } from "./contours.js";
import { homography, sampleSection, sectionInBox } from "./density_section.js";
import { sectionThrough } from "./density_section.js";
/** @import { Theme } from "../../browser/dom.js" */
/** @import { View } from "../geometry/geometry.js" */
/** @import { Plane } from "./cursor.js" */
/** @import { Density } from "./density_section.js" */

const SIDE = 64; // samples along each side of the plane
const COLOUR = "#3d85d1"; // readable on light and dark, and no axis's colour
const LABELS = [[0, 1], [1, 0], [0, -1]]; // where the names of the levels sit: directions, y down

/** @typedef {{x: number, y: number, far: number}} Anchor the pixel where a name belongs */

export class DensityMap {
  /**
   * An overlay.
   * @param {object} options
   * @param {() => Density | null} options.density null: nothing is painted
   * @param {() => number[] | null} options.at where the cursor is, drawn coordinates
   * @param {() => Plane} options.plane as the cursor's
   */
  constructor({ density, at, plane }) {
    this.density = density;
    this.at = at;
    this.plane = plane;
    this.field = new Float32Array(SIDE * SIDE);
    this.links = makeLinks(SIDE);
  }

  /** @type {(ctx: CanvasRenderingContext2D, view: View, theme: Theme) => void} */
  over(ctx, view, theme) {
    const density = this.density();
    const point = this.at();
    if (!density || (!point && density.dims === 3)) return;
    const section = sectionThrough(view, density, point ?? [], this.plane());
    const h = homography(view, section);
    const rim = sectionInBox(density, section);
    if (rim.some(([s, t]) => h[6] + h[7] * s + h[8] * t < 0.5)) return; // it reaches the eye
    sampleSection(density, section, SIDE, this.field);
    clearRim(this.field, SIDE);
    ctx.save();
    if (density.dims === 3) strokeRim(ctx, h, rim, theme);
    const names = density.levels.map((level, n) => this.paintLevel(ctx, h, level, n));
    this.paintNames(ctx, density.levels, names, theme);
    ctx.restore();
  }

  /**
   * Fill and outline one level; returns the pixel of its contour where its name belongs.
   * @type {(ctx: CanvasRenderingContext2D, h: Float64Array, level: {value: number}, n: number) =>
   *   Anchor}
   */
  paintLevel(ctx, h, { value }, n) {
    const [dx, dy] = LABELS[n % LABELS.length];
    const name = { x: 0, y: 0, far: -Infinity };
    if (!(value > 0)) return name;
    ctx.beginPath();
    traceContours(this.field, SIDE, value, this.links, (i, j, first) => {
      const [s, t] = [-1 + (2 * i) / (SIDE - 1), -1 + (2 * j) / (SIDE - 1)];
      const distance = h[6] + h[7] * s + h[8] * t;
      const x = (h[0] + h[1] * s + h[2] * t) / distance;
      const y = (h[3] + h[4] * s + h[5] * t) / distance;
      if (first) ctx.closePath();
      if (first) ctx.moveTo(x, y);
      else ctx.lineTo(x, y);
      if (x * dx + y * dy > name.far) Object.assign(name, { x, y, far: x * dx + y * dy });
    });
    ctx.closePath();
    ctx.fillStyle = ctx.strokeStyle = COLOUR;
    ctx.globalAlpha = 0.14;
    ctx.fill();
    ctx.globalAlpha = 0.95 - 0.25 * n;
    ctx.lineWidth = 1.6 - 0.3 * n;
    ctx.stroke();
    return name;
  }

  /**
   * @param {CanvasRenderingContext2D} ctx
   * @param {Density["levels"]} levels
   * @param {Anchor[]} names
   * @param {Theme} theme
   */
  paintNames(ctx, levels, names, theme) {
    ctx.font = `600 11px ${theme.font}`;
    ctx.textBaseline = "middle";
    ctx.fillStyle = theme.text;
    names.forEach(({ x, y, far }, n) => {
      if (far === -Infinity) return;
      const [dx, dy] = LABELS[n % LABELS.length];
      ctx.textAlign = dx ? "left" : "center";
      haloText(ctx, levels[n].name, x + 6 * dx, y + 9 * dy, theme);
    });
  }
}

/**
 * The thin frame of the plane.
 * @type {(ctx: CanvasRenderingContext2D, h: Float64Array, corners: number[][], theme: Theme) =>
 *   void}
 */
function strokeRim(ctx, h, corners, theme) {
  ctx.beginPath();
  for (const [s, t] of corners) {
    const distance = h[6] + h[7] * s + h[8] * t;
    ctx.lineTo((h[0] + h[1] * s + h[2] * t) / distance, (h[3] + h[4] * s + h[5] * t) / distance);
  }
  ctx.closePath();
  ctx.strokeStyle = ctx.fillStyle = theme.text;
  ctx.lineWidth = 1;
  ctx.globalAlpha = 0.4;
  ctx.stroke();
  ctx.globalAlpha = 0.025;
  ctx.fill();
}
