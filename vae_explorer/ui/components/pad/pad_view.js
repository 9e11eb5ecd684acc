// One pad on the page: shows what is drawn and what comes of it, marks the code, tells Python.
import { HELLO, MARK, say } from "../browser/channel.js";
import { recall, remember } from "../browser/view_storage.js";
import { readTheme } from "../browser/dom.js";
import { Drawing } from "./strokes/drawing.js";
import { drawPen, drawStrokes } from "./strokes/ink.js";
import { attachKeys } from "./strokes/keys.js";
import { PENS, fillPens, makePadPage, markPen } from "./dom.js";
import { attachPen } from "./strokes/pen.js";
import { prepare } from "./strokes/prepare.js";
import { Results } from "./results.js";

const MIDDLE = PENS[1][1];
const LATEST = 100; // milliseconds after a change until Python is told

export class PadView {
  /** @param {(news: object) => void} report told {stamp, pixels} after each change */
  constructor(parent, report) {
    this.page = makePadPage(parent);
    // Kept in memory: in software GL a cleared canvas has kept showing what was on it
    this.ctx = this.page.canvas.getContext("2d", { willReadFrequently: true });
    this.report = report;
    this.data = null; // what Python says, see pad.js
    this.marked = null; // key of the cloud in which the code is marked now
    this.drawing = new Drawing({
      change: () => this.request(),
      ended: () => this.ended(),
      speak: (text) => (this.page.spoken.textContent = text),
    });
    this.results = new Results(this.page);
    this.controller = new AbortController();
    this.attach(this.controller.signal);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.page.paper);
  }

  destroy() {
    this.controller.abort();
    this.observer.disconnect();
    for (const frame of [this.frame, this.shown]) cancelAnimationFrame(frame);
    clearTimeout(this.telling);
    this.mark(null);
    this.page.root.remove();
  }

  attach(signal) {
    const { canvas, undo, clear, pens } = this.page;
    attachPen(canvas, this.drawing.hand, signal);
    attachKeys(canvas, this.drawing.keyboard, signal);
    undo.addEventListener("click", () => this.drawing.undo());
    clear.addEventListener("click", () => this.drawing.clear());
    fillPens(pens, MIDDLE, (width) => {
      this.setWidth(width);
      this.keep();
    });
  }

  setWidth(width) {
    this.drawing.width = width;
    markPen(this.page.pens, width);
    this.request();
  }

  /** A stroke, an undo or a clear is complete: show, keep and tell it. */
  ended() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    this.show();
    this.keep();
    this.tellSoon();
  }

  /** Tell Python behind the frame that shows the change; a hidden tab has no frames. */
  tellSoon() {
    const tell = (delay) => {
      clearTimeout(this.telling);
      this.telling = setTimeout(() => this.tell(), delay);
    };
    cancelAnimationFrame(this.shown);
    this.shown = requestAnimationFrame(() => tell(0));
    tell(LATEST);
  }

  keep() {
    const { sheet, width } = this.drawing;
    remember(`pad:${this.data.key}`, { ...sheet.saved, width });
  }

  tell() {
    const { pixels, drawing } = this;
    const text = pixels && btoa(String.fromCharCode(...pixels));
    this.report({ stamp: drawing.sheet.stamp, pixels: text });
  }

  /** Take what Python says. */
  setData(data) {
    const first = this.data === null;
    this.data = data;
    if (first) this.begin();
    this.show();
  }

  /** Take up what this tab has kept, and tell Python where it knows another drawing. */
  begin() {
    const { sheet } = this.drawing;
    const saved = recall(`pad:${this.data.key}`);
    sheet.restore(saved);
    this.setWidth(PENS.some(([, width]) => width === saved?.width) ? saved.width : MIDDLE);
    this.show();
    say(HELLO, { view: this.data.key });
    if (sheet.stamp !== this.data.known) this.tell();
  }

  /** Take a model, or with null lose it. */
  setModel(model) {
    this.results.setModel(model);
    this.show();
  }

  updateTheme() {
    this.theme = readTheme(this.page.root, this.ctx);
    this.drawSheet();
  }

  resize() {
    const { canvas, paper } = this.page;
    const side = Math.round(paper.clientWidth * Math.min(3, Math.max(1, devicePixelRatio || 1)));
    if (!side || canvas.width === side) return;
    canvas.width = canvas.height = side;
    this.drawSheet();
  }

  /** Show all of it on the next frame. */
  request() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.show();
    });
  }

  show() {
    if (!this.data) return;
    const start = performance.now();
    const { drawing, page, data, results } = this;
    this.drawSheet();
    this.pixels = prepare(drawing.strokes, data.standard);
    results.show(this.pixels, drawing.stroke ? null : drawing.sheet.stamp, data);
    this.mark(results.code);
    page.hint.hidden = drawing.strokes.length > 0;
    page.undo.disabled = !drawing.sheet.canUndo;
    page.clear.disabled = drawing.sheet.empty;
    page.root.dataset.strokes = drawing.strokes.length;
    page.root.dataset.milliseconds = (performance.now() - start).toFixed(2);
  }

  drawSheet() {
    const { ctx, theme } = this;
    const { canvas } = this.page;
    const { pen, strokes, width } = this.drawing;
    if (!theme) return;
    ctx.clearRect(0, 0, canvas.width, canvas.width);
    drawStrokes(ctx, strokes, canvas.width, theme.text);
    if (pen.shown) drawPen(ctx, pen, width, canvas.width, theme);
  }

  /** Mark a code in the cloud that Python names; null takes the mark away. */
  mark(code) {
    const view = code && this.data.mark;
    const source = `${this.data?.key}:pad`;
    if (this.marked && this.marked !== view) say(MARK, { view: this.marked, source, mark: null });
    this.marked = view || null;
    if (!view) return;
    const { point, posterior } = code;
    say(MARK, { view, source, mark: { point, posterior, target: [] } });
  }
}
