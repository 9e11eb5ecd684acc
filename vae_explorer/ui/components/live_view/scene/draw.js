// How a view draws itself: points and what lies under them where that changed, then what is over.
import { paintOverlays } from "../overlays/overlays.js";
import { drawBox } from "./box.js";
import { drawHover, drawMarker, drawTargets, markerBox, targetBoxes } from "./paint.js";
import { drawDots, drawPaths, legendBoxes } from "./paths.js";
/** @import { Theme } from "../../browser/dom.js" */
/** @import { View } from "../geometry/geometry.js" */
/** @import { Overlay } from "../overlays/overlays.js" */
/** @import { Marks } from "./marks.js" */
/** @import { CloudView } from "./view.js" */

/** @typedef {CanvasRenderingContext2D} Context */
/** @typedef {{x: number, y: number, radius: number}} Dot CSS pixels */

/**
 * Draw what has changed. While the layer has enough to do all waits, so that points and what is
 * over them agree.
 * @type {(view: CloudView, now: number, theme: Theme) => void}
 */
export function draw(view, now, theme) {
  const start = performance.now();
  const { layer } = view.stack;
  if (!layer.busy) {
    if (view.stale.points) drawPoints(view, theme);
    else if (layer.unfinished) layer.advance();
    if (layer.unfinished && !layer.busy) view.tick();
  }
  if (view.stale.over && !view.stale.points) {
    drawOver(view, now, theme);
    view.page.canvas.dataset.milliseconds = (performance.now() - start).toFixed(2);
  }
  report(view);
}

/**
 * Points, with the box where it changed.
 * @type {(view: CloudView, theme: Theme) => void}
 */
function drawPoints(view, theme) {
  const { stack, camera, hidden, page } = view;
  const look = { zoom: camera.zoom, background: theme.background };
  stack.layer.refresh(view.view(), look, hidden, view.moving);
  if (view.stale.under) {
    paintUnder(stack.wipe(stack.under), view.view(), view.cloud.axes, view.overlays, theme);
  }
  page.canvas.dataset.camera = JSON.stringify(camera);
  page.canvas.dataset.highlighted = String(stack.highlighted);
  const names = view.stale.under || view.stale.names;
  view.stale = { under: false, points: false, over: true, names };
}

/**
 * The names of the classes, where they are to be others or elsewhere.
 * @type {(view: CloudView, theme: Theme) => void}
 */
function drawNames(view, theme) {
  const { stack, marks, overlays, names, middles, hidden, size, page } = view;
  const ctx = stack.names;
  const { target, paths } = marks.all;
  const taken = [
    ...(marks.shown ? [markerBox(view.view(), marks.shown)] : []),
    ...targetBoxes(ctx, view.view(), target, theme),
    ...legendBoxes(ctx, paths ?? [], theme),
    ...overlays.flatMap((overlay) => overlay.covers?.(view.view()) ?? []),
  ];
  page.canvas.dataset.taken = JSON.stringify(taken);
  const moved = names.arrange(ctx, view.view(), middles, hidden, { taken, size, theme });
  if (!moved && !view.stale.names) return;
  view.stale.names = false;
  names.draw(stack.wipe(ctx), theme);
  page.canvas.dataset.names = JSON.stringify(names.boxes());
}

/** Marks, overlays and the ring. @type {(view: CloudView, now: number, theme: Theme) => void} */
function drawOver(view, now, theme) {
  const { marks, overlays, stack, hover, page } = view;
  view.stale.over = false;
  if (marks.step(now)) view.request();
  drawNames(view, theme);
  const index = hover.index < 0 ? view.ringed : hover.index;
  const visible = index >= 0 && !view.hidden[view.cloud.labels[index]];
  const hovered = visible ? stack.layer.at(index) : null;
  const pixel = paintOver(stack.wipeOver(), view.view(), { marks, overlays, hovered }, theme);
  const [x, y] = pixel ?? [];
  page.canvas.dataset.hovered = String(index);
  page.canvas.dataset.marker = pixel ? JSON.stringify({ point: marks.shown, x, y }) : "";
  page.canvas.dataset.dots = JSON.stringify(marks.all.dots?.map(({ point }) => point) ?? []);
}

/**
 * Leave what tests and measurements need on the canvas itself.
 * @type {(view: CloudView) => void}
 */
function report({ page, stack: { layer }, moving, stale }) {
  const { dataset } = page.canvas;
  dataset.renderer = layer.name;
  dataset.drawn = String(layer.drawn);
  dataset.finished = layer.milliseconds.toFixed(1); // what the last whole picture took
  dataset.resting = String(!(moving || stale.points) && layer.idle);
}

/**
 * The axis box, and the overlays' lower halves.
 * @type {(ctx: Context, view: View, axes: string[], overlays: Overlay[], theme: Theme) => void}
 */
function paintUnder(ctx, view, axes, overlays, theme) {
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
function paintOver(ctx, view, scene, theme) {
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
