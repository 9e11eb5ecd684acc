// One cloud on the page: holds its state, draws when something changed, answers the person.
import { restoreCamera } from "../geometry/camera.js";
import { centroids, countUnplaced, frameOf, makeView } from "../geometry/geometry.js";
import { storageKey, recall, remember } from "../../browser/view_storage.js";
import { readTheme } from "../../browser/dom.js";
import { fillLegend, makePage, updateLegend } from "./dom.js";
import { describe, noticeFor, pictureSize } from "./dom.js";
import { makeActions } from "./actions.js";
import { attachInput } from "./input.js";
import { Group } from "./group.js";
import { Marks } from "./marks.js";
import { drawNames } from "./paint.js";
import { hoverOf } from "./hover.js";
import { paintOver, paintUnder } from "./scene.js";
import { Stack } from "../points/stack.js";

const UNMOVED = 160; // milliseconds after the last turn or zoom until everything is drawn again

export class CloudView {
  /**
   * @param {(index: number) => void} onClick told which point was clicked
   * @param {object} options
   * @param {(index: number) => HTMLElement | null} [options.card] what the tip of a point shows
   * @param {string} [options.keys] the keys that turn the picture, in words
   */
  constructor(parent, onClick, { card, keys } = {}) {
    this.page = makePage(parent);
    this.stack = new Stack(this.page, () => this.redraw(), () => this.tick());
    this.onClick = onClick;
    this.card = card;
    this.keys = keys;
    this.cloud = null;
    this.overlays = []; // see overlays.js
    this.marks = new Marks();
    this.size = { width: 0, height: 0, ratio: 1 };
    this.moving = false;
    this.stale = { points: false, over: false };
    this.hover = hoverOf(this);
    this.controller = new AbortController();
    this.group = new Group(this, this.controller.signal);
    attachInput(this.page.canvas, makeActions(this), this.controller.signal);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.page.stage);
  }

  destroy() {
    this.controller.abort();
    this.observer.disconnect();
    this.hover.leave();
    this.stack.destroy();
    cancelAnimationFrame(this.frameRequest);
    clearTimeout(this.settleTimer);
    this.page.root.remove();
  }

  /**
   * Take an unpacked cloud; camera and hidden classes stay where they still make sense. Its box is
   * `cloud.frame`, or else the one around its points.
   */
  setCloud(cloud) {
    const before = this.cloud?.key === cloud.key ? this.saved() : recall(storageKey(cloud));
    const camera = before?.dims === cloud.dims ? before.camera : null;
    this.cloud = cloud;
    this.camera = restoreCamera(camera, cloud.dims);
    this.ringed = -1; // the item hovered in another view of the group
    this.hidden = cloud.names.map((name) => before?.hidden?.includes(name) ?? false);
    this.frame = cloud.frame ?? frameOf(cloud.points, cloud.dims);
    this.middles = centroids(cloud.points, cloud.labels, cloud.dims, cloud.names.length);
    this.unplaced = countUnplaced(cloud);
    this.stack.setCloud(cloud, this.frame);
    this.hover.leave();
    const toggle = (label) => this.choose((was, i) => (i === label ? !was : was));
    fillLegend(this.page.legend, cloud, this.hidden, toggle, () => this.choose(() => false));
    this.setHidden((was) => was);
    this.resize();
  }

  /** Put the points elsewhere, as many as there are, all finite before and now, and the box too. */
  setPoints(points, frame) {
    const { labels, dims, names } = this.cloud;
    this.cloud.points = points;
    this.frame = frame;
    this.middles = centroids(points, labels, dims, names.length);
    this.stack.setPoints(points, frame);
    this.unsettle();
  }

  /** Read Streamlit's colours again and repaint. */
  updateTheme() {
    this.theme = readTheme(this.page.root, this.stack.over);
    this.redraw();
  }

  /** Hold, or with null drop, the mark that `source` announced. */
  setMark(source, mark) {
    this.marks.set(source, mark);
    this.describe();
    this.request();
  }

  /** The person shows or hides classes: in all views of the group. */
  choose(change) {
    this.setHidden(change);
    this.group.hid(this.saved().hidden);
  }

  setHidden(change) {
    this.hidden = this.hidden.map(change);
    updateLegend(this.page.legend, this.hidden);
    const sentence = noticeFor(this.cloud, this.hidden, this.unplaced);
    this.page.notice.textContent = sentence;
    this.page.notice.hidden = !sentence;
    this.describe();
    remember(storageKey(this.cloud), this.saved());
    this.redraw();
  }

  describe() {
    if (!this.cloud) return;
    const { point, paths } = this.marks.all;
    const words = describe(this.cloud, this.hidden, point, this.keys);
    const names = (paths ?? []).map(({ name }) => name).filter(Boolean);
    const drawn = names.length ? ` Paths: ${names.join(", ")}.` : "";
    this.page.canvas.setAttribute("aria-label", words + drawn);
  }

  saved() {
    const hidden = this.cloud.names.filter((_, label) => this.hidden[label]);
    return { dims: this.cloud.dims, camera: this.camera, hidden };
  }

  resize() {
    const width = this.page.stage.clientWidth;
    if (!this.cloud || width === 0) return;
    const size = pictureSize(width, this.cloud.height);
    if (Object.keys(size).some((name) => size[name] !== this.size[name])) {
      this.size = size;
      this.stack.resize(size);
    }
    this.redraw();
  }

  /** Be seen by another camera. */
  look(camera) {
    this.camera = camera;
    this.unsettle();
  }

  /** Put a ring around an item, or with -1 around none. */
  ring(index) {
    this.ringed = index;
    this.request();
  }

  /** Something moves: draw fast now, and everything once it has come to rest. */
  unsettle() {
    this.moving = true;
    clearTimeout(this.settleTimer);
    this.settleTimer = setTimeout(() => this.settle(), UNMOVED);
    this.hover.leave();
    this.redraw();
  }

  settle() {
    this.moving = false;
    remember(storageKey(this.cloud), this.saved());
    this.redraw();
  }

  pick(x, y) {
    return this.stack.layer.pick(this.view(), this.hidden, x, y);
  }

  /** The projection; the same object until camera, size or cloud change. */
  view() {
    const { frame, camera, size, seen } = this;
    if (seen?.frame === frame && seen.camera === camera && seen.size === size) return seen.view;
    this.seen = { frame, camera, size, view: makeView(frame, camera, size.width, size.height) };
    return this.seen.view;
  }

  /** Draw all of it on the next frame. */
  redraw() {
    this.stale.points = true;
    this.request();
  }

  /** Draw what lies over the points on the next frame. */
  request() {
    this.stale.over = true;
    this.tick();
  }

  /** Look on the next frame at what there is to draw. */
  tick() {
    this.frameRequest ??= requestAnimationFrame((now) => {
      this.frameRequest = null;
      if (this.size.width && this.theme) this.draw(now);
    });
  }

  /** While the layer has enough to do all waits, so that points and what is over them agree. */
  draw(now) {
    const start = performance.now();
    const { layer } = this.stack;
    if (!layer.busy) {
      if (this.stale.points) this.drawPoints(layer);
      else if (layer.unfinished) layer.advance();
      if (layer.unfinished && !layer.busy) this.tick();
    }
    if (this.stale.over && !this.stale.points) {
      this.drawOver(now);
      this.page.canvas.dataset.milliseconds = (performance.now() - start).toFixed(2);
    }
    this.report(layer);
  }

  drawPoints(layer) {
    const { theme, stack, camera } = this;
    const look = { zoom: camera.zoom, background: theme.background };
    layer.refresh(this.view(), look, this.hidden, this.moving);
    const under = stack.wipe(stack.under);
    paintUnder(under, this.view(), this.cloud.axes, this.overlays, theme);
    const names = stack.wipe(stack.names);
    drawNames(names, this.view(), this.cloud.names, this.middles, this.hidden, theme);
    this.page.canvas.dataset.camera = JSON.stringify(camera);
    this.stale = { points: false, over: true };
  }

  drawOver(now) {
    const { marks, overlays, stack, hover } = this;
    this.stale.over = false;
    if (marks.step(now)) this.request();
    const index = hover.index < 0 ? this.ringed : hover.index;
    const seen = index >= 0 && !this.hidden[this.cloud.labels[index]];
    const hovered = seen ? stack.layer.at(index) : null;
    const scene = { marks, overlays, hovered };
    const pixel = paintOver(stack.wipeOver(), this.view(), scene, this.theme);
    const [x, y] = pixel ?? [];
    this.page.canvas.dataset.hovered = index;
    this.page.canvas.dataset.marker = pixel ? JSON.stringify({ point: marks.shown, x, y }) : "";
    this.page.canvas.dataset.dots = JSON.stringify(marks.all.dots?.map(({ point }) => point) ?? []);
  }

  /** Leave what tests and measurements need on the canvas itself. */
  report(layer) {
    const { dataset } = this.page.canvas;
    dataset.renderer = layer.name;
    dataset.drawn = layer.drawn;
    dataset.finished = layer.milliseconds.toFixed(1); // what the last whole picture took
    dataset.resting = !(this.moving || this.stale.points) && layer.idle;
  }
}
