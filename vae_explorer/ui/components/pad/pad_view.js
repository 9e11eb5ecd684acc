// One pad on the page: shows what is drawn and what comes of it, marks the code, tells Python.
import { HELLO, MARK, say } from "../browser/channel.js";
import { recall, remember } from "../browser/view_storage.js";
import { readTheme } from "../browser/dom.js";
import { context2d } from "../browser/pixels.js";
import { Drawing } from "./strokes/drawing.js";
import { drawPen, drawStrokes } from "./strokes/ink.js";
import { attachKeys } from "./strokes/keys.js";
import { PENS, fillPens, makePadPage, markPen } from "./dom.js";
import { attachPen } from "./strokes/pen.js";
import { prepare } from "./strokes/prepare.js";
import { Results } from "./results.js";
/** @import { Parent } from "../browser/channel.js" */
/** @import { Theme } from "../browser/dom.js" */
/** @import { BrowserModel } from "../network/model.js" */
/** @import { Code } from "./codec.js" */
/** @import { PadData } from "./pad.js" */

/**
 * @typedef {{stamp: number, pixels: string | null}} Drawn told after each change; base64 of bytes
 */

const MIDDLE = PENS[1][1];
const LATEST = 100; // milliseconds after a change until Python is told

export class PadView {
  /**
   * @param {Parent} parent
   * @param {(drawn: Drawn) => void} report
   */
  constructor(parent, report) {
    this.page = makePadPage(parent);
    // In memory: in software GL a cleared canvas has gone on showing what was on it
    this.ctx = context2d(this.page.canvas);
    this.report = report;
    /** @type {PadData | null} */
    this.data = null;
    /** @type {Theme | null} */
    this.theme = null;
    /** @type {Uint8Array | null} */
    this.pixels = null; // what the model sees
    /** @type {number | null} */
    this.frame = null;
    this.shown = 0; // the frame that shows the latest change
    /** @type {number | undefined} */
    this.telling = undefined;
    /** @type {string | null} */
    this.marked = null; // key of the cloud in which the code is marked now
    this.drawing = new Drawing({
      change: () => this.request(),
      ended: () => this.ended(),
      announce: (text) => {
        this.page.announcement.textContent = text;
      },
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
    for (const frame of [this.frame, this.shown]) cancelAnimationFrame(frame ?? 0);
    clearTimeout(this.telling);
    this.mark(null);
    this.page.root.remove();
  }

  /** @param {AbortSignal} signal */
  attach(signal) {
    const { canvas, undo, clear, pens } = this.page;
    attachPen(canvas, this.drawing.hand, signal);
    attachKeys(canvas, this.drawing.keyboard, signal);
    undo.addEventListener("click", () => this.drawing.undo());
    clear.addEventListener("click", () => this.drawing.clear());
    fillPens(pens, MIDDLE, (width) => {
      this.setWidth(width);
      this.rememberSheet();
    });
  }

  /** @param {number} width */
  setWidth(width) {
    this.drawing.width = width;
    markPen(this.page.pens, width);
    this.request();
  }

  /** A stroke, an undo or a clear is complete: show, keep and tell it. */
  ended() {
    cancelAnimationFrame(this.frame ?? 0);
    this.frame = null;
    this.show();
    this.rememberSheet();
    this.tellSoon();
  }

  /** Tell Python behind the frame that shows the change; a hidden tab has no frames. */
  tellSoon() {
    const tell = (/** @type {number} */ delay) => {
      clearTimeout(this.telling);
      this.telling = setTimeout(() => this.tell(), delay);
    };
    cancelAnimationFrame(this.shown);
    this.shown = requestAnimationFrame(() => tell(0));
    tell(LATEST);
  }

  rememberSheet() {
    const { sheet, width } = this.drawing;
    if (!this.data) return;
    remember(`pad:${this.data.key}`, { ...sheet.saved, width });
  }

  tell() {
    cancelAnimationFrame(this.shown); // a late frame would tell it again
    const { pixels, drawing } = this;
    const text = pixels && btoa(String.fromCharCode(...pixels));
    this.report({ stamp: drawing.sheet.stamp, pixels: text });
  }

  /** Take what Python says. @type {(data: PadData) => void} */
  setData(data) {
    const first = this.data === null;
    this.data = data;
    if (first) this.begin(data);
    this.show();
  }

  /**
   * Take up what this tab has kept, and tell Python where it knows another drawing.
   * @type {(data: PadData) => void}
   */
  begin(data) {
    const { sheet } = this.drawing;
    const saved = recall(`pad:${data.key}`);
    sheet.restore(saved);
    this.setWidth(PENS.some(([, width]) => width === saved?.width) ? saved.width : MIDDLE);
    this.show();
    say(HELLO, { view: data.key });
    if (sheet.stamp !== data.stamp) this.tell();
  }

  /** Take a model, or with null lose it. @type {(model: BrowserModel | null) => void} */
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
    page.root.dataset.strokes = String(drawing.strokes.length);
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

  /**
   * Mark a code in the cloud that Python names; null takes the mark away.
   * @type {(code: Pick<Code, "point" | "posterior"> | null) => void}
   */
  mark(code) {
    const view = (code && this.data?.mark) || null;
    const source = `${this.data?.key}:pad`;
    if (this.marked && this.marked !== view) say(MARK, { view: this.marked, source, mark: null });
    this.marked = view;
    if (!view || !code) return;
    const { point, posterior } = code;
    say(MARK, { view, source, mark: { point, posterior, target: [] } });
  }
}
