// What is painted in 2-D, each on a canvas of its own: what lies under the points, and over them.
import { drawBox } from "./box.js";
import { drawHover, drawMarker, drawTargets } from "./paint.js";
import { drawDots, drawPaths } from "./paths.js";
import { paintOverlays } from "../overlays/overlays.js";

/** The axis box, and the overlays' lower halves. */
export function paintUnder(ctx, view, axes, overlays, theme) {
  drawBox(ctx, view, axes, theme);
  paintOverlays(overlays, "under", ctx, view, theme);
}

/**
 * Marks, the overlays' upper halves, a ring around the point hovered.
 * @param {{marks, overlays, hovered: {x, y, radius} | null}} scene
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
