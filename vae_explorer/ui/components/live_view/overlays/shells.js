// The prior's shells: spheres around the origin that hold a share of N(0, I). Orthonormal axes show
// N(0, I) as N(0, I) again, so radii for the *drawn* dimensions are the true ones of the picture.
import { choleskyFactor, labelRim, rimPixel, silhouette } from "./ellipsoid.js";
import { paintSilhouette, strokeGreatCircle } from "./ellipsoid.js";
/** @import { Theme } from "../../browser/dom.js" */
/** @import { View } from "../geometry/geometry.js" */
/** @import { Outline } from "./ellipsoid.js" */
/** @import { Overlay } from "./overlays.js" */

/** @typedef {{radius: number, name: string}} Shell drawn units; the name says the share within */

const SIDES = [[0, -1], [0.8, -0.6], [-0.8, -0.6], [1, 0], [-1, 0], [0, 1]]; // up is -1
const ROOM = { x: 40, y: 18 }; // pixels that a name needs

/**
 * The covariance (dims * dims) whose one-sigma ellipsoid is the unit sphere.
 * @type {(dims: number) => Float64Array}
 */
function unitCovariance(dims) {
  return Float64Array.from({ length: dims * dims }, (_, n) => (n % (dims + 1) === 0 ? 1 : 0));
}

/**
 * The first side of an ellipse, [dx, dy] from its middle, with room for a name in the picture.
 * @type {(outline: Outline, width: number, height: number) => number[] | undefined}
 */
export function sideInSight(outline, width, height) {
  return SIDES.find(([dx, dy]) => {
    const [x, y] = rimPixel(outline, dx, dy);
    return x > ROOM.x && x < width - ROOM.x && y > ROOM.y && y < height - ROOM.y;
  });
}

/**
 * Faint spheres with their equators, each named at its rim.
 * @param {CanvasRenderingContext2D} ctx
 * @param {View} view
 * @param {number[]} centre the origin of the latent space, in drawn coordinates
 * @param {Shell[]} shells
 * @param {Theme} theme
 */
export function drawShells(ctx, view, centre, shells, theme) {
  const covariance = unitCovariance(centre.length);
  const factor = choleskyFactor(covariance);
  ctx.save();
  for (const { radius, name } of shells) {
    const outline = silhouette(view, centre, covariance, radius);
    if (!outline) continue;
    ctx.strokeStyle = ctx.fillStyle = theme.text;
    paintSilhouette(ctx, outline, { fill: 0.02, stroke: 0.42, width: 1.2 });
    if (centre.length === 3) strokeGreatCircle(ctx, view, centre, factor, radius, [0, 1], 0.4);
    const { clientWidth, clientHeight } = ctx.canvas;
    const side = sideInSight(outline, clientWidth, clientHeight);
    if (side) labelRim(ctx, outline, name, side, theme);
  }
  ctx.restore();
}

/**
 * The shells as an overlay.
 * @type {(get: () => {centre: number[], shells: Shell[]} | null) => Overlay}
 */
export function makeShells(get) {
  return {
    over(ctx, view, theme) {
      const prior = get();
      if (prior) drawShells(ctx, view, prior.centre, prior.shells, theme);
    },
  };
}
