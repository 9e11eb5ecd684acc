// What is painted in 2-D, each on a canvas of its own: what lies under the points, and over them.
import { drawBox } from "./box.js";
import { drawHover, drawMarker, drawTargets } from "./paint.js";
import { drawDots, drawPaths } from "./paths.js";
import { paintOverlays } from "../overlays/overlays.js";
/** @import { Theme } from "../../browser/dom.js" */
/** @import { View } from "../geometry/geometry.js" */
/** @import { Overlay } from "../overlays/overlays.js" */
/** @import { Marks } from "./marks.js" */

/** @typedef {CanvasRenderingContext2D} Context */
/** @typedef {{x: number, y: number, radius: number}} Dot CSS pixels */

/**
 * The axis box, and the overlays' lower halves.
 * @type {(ctx: Context, view: View, axes: string[], overlays: Overlay[], theme: Theme) => void}
 */
export function paintUnder(ctx, view, axes, overlays, theme) {
  drawBox(ctx, view, axes, theme);
  paintOverlays(overlays, "under", ctx, view, theme);
}

/**
 * Marks, the overlays' upper halves, a ring around the point hovered.
 * @param {Context} ctx
 * @param {View} view
 * @param {{marks: Marks, overlays: Overlay[], hovered: Dot | null}} scene
 * @param {Theme} theme
 * @returns {number[] | null} the pixel of the marker
 */
export function paintOver(ctx, view, scene, theme) {
  const { paths, dots, target } = scene.marks.all;
  const { shown } = scene.marks;
  if (paths) drawPaths(ctx, view, paths, theme);
  drawTargets(ctx, view, target, theme);
  if (dots) drawDots(ctx, view, dots, theme);
  const pixel = shown && drawMarker(ctx, view, shown, theme);
  paintOverlays(scene.overlays, "over", ctx, view, theme);
  const { hovered } = scene;
  if (hovered) drawHover(ctx, hovered.x, hovered.y, hovered.radius + 3, theme);
  return pixel;
}
