// How a view draws itself: points and what lies under them where that changed, then what is over.
import { drawNames } from "./paint.js";
import { paintOver, paintUnder } from "./scene.js";
/** @import { Theme } from "../../browser/dom.js" */
/** @import { CloudView } from "./view.js" */

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

/** Box, points and names. @type {(view: CloudView, theme: Theme) => void} */
function drawPoints(view, theme) {
  const { stack, camera, cloud, hidden, page } = view;
  const look = { zoom: camera.zoom, background: theme.background };
  stack.layer.refresh(view.view(), look, hidden, view.moving);
  const under = stack.wipe(stack.under);
  paintUnder(under, view.view(), cloud.axes, view.overlays, theme);
  const names = stack.wipe(stack.names);
  drawNames(names, view.view(), cloud.names, view.middles, hidden, theme);
  page.canvas.dataset.camera = JSON.stringify(camera);
  view.stale = { points: false, over: true };
}

/** Marks, overlays and the ring. @type {(view: CloudView, now: number, theme: Theme) => void} */
function drawOver(view, now, theme) {
  const { marks, overlays, stack, hover, page } = view;
  view.stale.over = false;
  if (marks.step(now)) view.request();
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
