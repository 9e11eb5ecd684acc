// One cloud on the page: holds its state, draws when something changed, answers the person.
import { defaultCamera, orbitBy, panBy, restoreCamera, zoomAt } from "./camera.js";
import { centroids, countUnplaced, frameOf, makeView } from "./geometry.js";
import { PointLayer } from "./points.js";
import { recall, remember } from "./memory.js";
import { drawBox } from "./box.js";
import { drawHover, drawMarker, drawNames, drawPath, drawTargets } from "./paint.js";
import { fillLegend, makePage, readTheme, updateLegend } from "./page.js";
import { describe, fitCanvas, noticeFor, pictureSize, showTip } from "./page.js";
import { attachInput } from "./input.js";

const TRAVEL = 150; // milliseconds the marker takes to a new point
const DWELL = 125; // milliseconds the pointer rests before the tooltip shows
const SETTLE = 160; // milliseconds after the last wheel or key until everything is drawn again

export class CloudView {
  /** @param {(index: number) => void} onClick told which point was clicked */
  constructor(parent, onClick) {
    this.page = makePage(parent);
    this.ctx = this.page.canvas.getContext("2d");
    this.onClick = onClick;
    this.cloud = null;
    this.marks = new Map(); // source -> {point, path, target}
    this.size = { width: 0, height: 0, ratio: 1 };
    this.shown = null; // where the marker is drawn
    this.travel = null; // {from, to, start} while it moves
    this.hovered = -1;
    this.moving = false;
    this.layer = new PointLayer(this.ctx);
    this.controller = new AbortController();
    attachInput(this.page.canvas, this.actions(), this.controller.signal);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.page.stage);
  }

  destroy() {
    this.controller.abort();
    this.observer.disconnect();
    cancelAnimationFrame(this.frameRequest);
    clearTimeout(this.settleTimer);
    clearTimeout(this.hoverTimer);
    this.page.root.remove();
  }

  /** Take an unpacked cloud; camera and hidden classes stay where they still make sense. */
  setCloud(cloud) {
    const before = this.cloud?.key === cloud.key ? this.saved() : recall(cloud.key);
    const camera = before?.dims === cloud.dims ? before.camera : null;
    this.cloud = cloud;
    this.camera = restoreCamera(camera, cloud.dims);
    this.hidden = cloud.names.map((name) => before?.hidden?.includes(name) ?? false);
    this.frame = frameOf(cloud.points, cloud.dims);
    this.middles = centroids(cloud.points, cloud.labels, cloud.dims, cloud.names.length);
    this.unplaced = countUnplaced(cloud);
    this.layer.setCloud(cloud);
    this.hover();
    const toggle = (label) => this.setHidden((was, i) => (i === label ? !was : was));
    fillLegend(this.page.legend, cloud, this.hidden, toggle, () => this.setHidden(() => false));
    this.setHidden((was) => was);
    this.resize();
  }

  /** Read Streamlit's colours again and repaint. */
  updateTheme() {
    this.theme = readTheme(this.page.root, this.ctx);
    this.redraw();
  }

  /** Hold, or with null drop, the mark that `source` announced. */
  setMark(source, mark) {
    if (mark) this.marks.set(source, mark);
    else this.marks.delete(source);
    const goal = this.mark.point;
    const still = !this.shown || !goal || matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.travel = still ? null : { from: this.shown, to: goal, start: performance.now() };
    if (still) this.shown = goal;
    this.describe();
    this.request();
  }

  /** All marks in one; of several points or paths the latest counts. */
  get mark() {
    const all = [...this.marks.values()];
    const latest = (name) => all.map((mark) => mark[name]).findLast(Boolean) ?? null;
    const target = all.flatMap((mark) => mark.target ?? []);
    return { point: latest("point"), path: latest("path"), target };
  }

  setHidden(change) {
    this.hidden = this.hidden.map(change);
    updateLegend(this.page.legend, this.hidden);
    const sentence = noticeFor(this.cloud, this.hidden, this.unplaced);
    this.page.notice.textContent = sentence;
    this.page.notice.hidden = !sentence;
    this.describe();
    remember(this.cloud.key, this.saved());
    this.redraw();
  }

  describe() {
    if (!this.cloud) return;
    const words = describe(this.cloud, this.hidden, this.mark.point);
    this.page.canvas.setAttribute("aria-label", words);
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
      fitCanvas(this.page.canvas, size);
      this.layer.resize(size);
    }
    this.redraw();
  }

  /** What input.js may ask for. */
  actions() {
    const look = (camera) => {
      this.camera = camera;
      this.unsettle();
    };
    const pan = (dx, dy) => look(panBy(this.camera, dx, dy, this.size));
    return {
      turn: (dx, dy) => (this.cloud.dims === 2 ? pan(dx, dy) : look(orbitBy(this.camera, dx, dy))),
      pan,
      zoom: (factor, x = this.size.width / 2, y = this.size.height / 2) =>
        look(zoomAt(this.camera, factor, x, y, this.size)),
      reset: () => look(defaultCamera(this.cloud.dims)),
      held: (held) => this.unsettle(held),
      click: (x, y) => {
        const index = this.pick(x, y);
        if (index >= 0) this.onClick(index);
      },
      hover: (x, y) => this.hover(x, y),
      leave: () => this.hover(),
    };
  }

  /** Something moves: draw fast now, and everything once it has come to rest. */
  unsettle(held = this.held) {
    this.held = held;
    this.moving = true;
    clearTimeout(this.settleTimer);
    if (!held) this.settleTimer = setTimeout(() => this.settle(), SETTLE);
    this.redraw();
  }

  settle() {
    this.moving = false;
    remember(this.cloud.key, this.saved());
    this.redraw();
  }

  pick(x, y) {
    return this.layer.pick(this.view(), this.hidden, x, y);
  }

  hover(x, y) {
    clearTimeout(this.hoverTimer);
    const index = x === undefined ? -1 : this.pick(x, y);
    this.page.canvas.classList.toggle("pointing", index >= 0);
    if (index === this.hovered) return;
    this.page.tip.hidden = true;
    this.hovered = -1;
    this.request();
    if (index < 0) return;
    this.hoverTimer = setTimeout(() => {
      this.hovered = index;
      const text = `${this.cloud.names[this.cloud.labels[index]]} · #${index}`;
      const at = this.layer.at(index);
      showTip(this.page.tip, text, at.x, at.y, this.page.stage);
      this.request();
    }, DWELL);
  }

  view() {
    return makeView(this.frame, this.camera, this.size.width, this.size.height);
  }

  /** Draw on the next frame, the points too. */
  redraw() {
    this.stale = true;
    this.request();
  }

  /** Draw on the next frame; the points again only where they are stale. */
  request() {
    this.frameRequest ??= requestAnimationFrame((now) => {
      this.frameRequest = null;
      if (this.size.width && this.theme) this.draw(now);
    });
  }

  draw(now) {
    const start = performance.now();
    const { ctx, size, theme, cloud } = this;
    const view = this.view();
    const look = { zoom: this.camera.zoom, background: theme.background };
    if (this.stale) this.layer.refresh(view, look, this.hidden, this.moving);
    this.stale = false;
    this.layer.put();
    ctx.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
    drawBox(ctx, view, cloud.axes, theme);
    this.drawOver(view, now);
    this.report(performance.now() - start);
  }

  drawOver(view, now) {
    const { ctx, theme, cloud, mark } = this;
    drawNames(ctx, view, cloud.names, this.middles, this.hidden, theme);
    if (mark.path) drawPath(ctx, view, mark.path, theme);
    drawTargets(ctx, view, mark.target, theme);
    this.step(now);
    this.markerPixel = this.shown && drawMarker(ctx, view, this.shown, theme);
    if (this.hovered < 0) return;
    const { x, y, radius } = this.layer.at(this.hovered);
    drawHover(ctx, x, y, radius + 3, theme);
  }

  /** Move the marker a little further on its way. */
  step(now) {
    if (!this.travel) return;
    const { from, to, start } = this.travel;
    const share = Math.min(1, Math.max(0, (now - start) / TRAVEL));
    const eased = 1 - (1 - share) ** 3;
    this.shown = to.map((value, d) => from[d] + (value - from[d]) * eased);
    if (share === 1) this.travel = null;
    else this.request();
  }

  /** Leave what tests and measurements need on the canvas itself. */
  report(milliseconds) {
    const { dataset } = this.page.canvas;
    dataset.camera = JSON.stringify(this.camera);
    dataset.drawn = this.layer.drawn;
    dataset.milliseconds = milliseconds.toFixed(2);
    const [x, y] = this.markerPixel ?? [];
    dataset.marker = this.shown ? JSON.stringify({ point: this.shown, x, y }) : "";
  }
}
