// The living slice: decodes over a plane through the place, in which a pointer can move it.
import { heldByTap } from "../../browser/dom.js";
import { drawPicture, saveCanvas } from "../../browser/pixels.js";
import { fillSelect, placeFrame } from "./dom.js";
import { SliceEngine } from "../slice/slice_engine.js";
import { weightsOf } from "../../network/decoder.js";
import { axisPlane, cellOf, cellsKey, placeOn, screenPlane, sharesOf } from "../slice/slice_plan.js";
/** @import { ExplorerPage } from "./dom.js" */
/** @import { Space } from "./space.js" */
/** @import { Plane } from "../overlays/cursor.js" */
/** @import { Plane as SlicePlane } from "../slice/slice_plan.js" */
/** @import { Sheet } from "../slice/slice_engine.js" */

/**
 * @typedef {object} SliceActions
 * @property {() => number[][]} screen the latent directions of the screen's right and up
 * @property {() => Float32Array} place
 * @property {(z: Float32Array) => void} move
 * @property {() => void} drop
 * @property {() => void} dropSoon it was let go, unless another step follows
 * @property {() => void} choose another plane was chosen
 */

const SETTLED = 110; // milliseconds without a move, after which the full slice is decoded
const SCREEN = "view"; // the plane's name in the select box
const FINE = 0.25; // of a cell: a step with Shift
/** @type {{[key: string]: [number, number]}} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

export class SlicePanel {
  /**
   * @param {ExplorerPage} page
   * @param {Space} space
   * @param {string} workerText
   * @param {SliceActions} on
   * @param {string} [chosen] the plane
   */
  constructor(page, space, workerText, on, chosen) {
    this.page = page;
    this.space = space;
    this.on = on;
    this.choice = ""; // one of the options, "" where there are none
    /** @type {[string, string][]} */
    this.options = [];
    /** @type {SliceEngine | null} */
    this.engine = null;
    /** @type {SlicePlane | null} */
    this.plane = null;
    this.cells = 0; // along a side of the sheet that is shown
    /** @type {number | undefined} */
    this.timer = undefined;
    this.controller = new AbortController();
    this.asked = ""; // the cells that were asked for last
    const isKnown = !space.codesAlone && space.decoder.operations.length > 0; // else Python's
    page.slice.hidden = space.latent < 2 || !isKnown;
    if (page.slice.hidden) return;
    const model = { spec: space.decoder, arrays: weightsOf(space.arrays, "decoder") };
    this.engine = new SliceEngine(workerText, model, space.slice, (sheet) => this.draw(sheet));
    this.options = offered(space);
    const [preferred] = this.options.find(([value]) => value === chosen) ?? this.options[0];
    this.choice = preferred;
    fillSelect(page.plane, this.options, this.choice, (value) => {
      this.choice = value;
      on.choose();
    });
    page.save.onclick = () => saveCanvas(page.sheet, "slice.png", 2);
    this.listen();
  }

  destroy() {
    clearTimeout(this.timer);
    this.controller.abort();
    this.engine?.destroy();
  }

  /** The chosen plane by its drawn axes, or "view"; what the cursor and the density go by. */
  /** @returns {Plane} */
  get drawnPlane() {
    if (!this.choice || this.choice === SCREEN) return SCREEN;
    const [a, b] = this.choice.split("-").map(Number);
    return this.space.latent <= 3 ? [a, b] : SCREEN;
  }

  /**
   * Follow the place: a quick sheet now where the plane is another one, the full one at rest.
   * @type {(z: Float32Array, label: number) => void}
   */
  follow(z, label) {
    if (!this.engine) return;
    this.plane = this.planeNow();
    const cells = cellsKey(z, this.plane, label);
    this.frame(z);
    if (cells === this.asked) return;
    this.asked = cells;
    this.engine.ask(z, this.plane, label);
    clearTimeout(this.timer);
    const { engine, plane } = this;
    this.timer = setTimeout(() => engine.settle(z, plane, label), SETTLED);
  }

  planeNow() {
    const { core } = this.space;
    if (this.choice !== SCREEN) return axisPlane(this.choice.split("-").map(Number), core);
    const [right, up] = this.on.screen();
    const half = Math.max(...core.map(([low, high]) => high - low)) / 2;
    return screenPlane(right, up, half);
  }

  /** @type {(sheet: Pick<Sheet, "pixels" | "n" | "z">) => void} */
  draw({ pixels, n, z }) {
    const [channels, height, width] = this.space.decoder.shape;
    drawPicture(this.page.sheet, pixels, [channels, n * height, n * width], 1);
    this.cells = n;
    this.page.sheet.dataset.cells = String(n);
    this.page.sheet.dataset.drawn = performance.now().toFixed(1);
    this.page.sheet.setAttribute("aria-label", `${n} × ${n} decodes along ${this.name}`);
    this.frame(z);
  }

  get name() {
    return this.options.find(([value]) => value === this.choice)?.[1] ?? "";
  }

  /** @type {(z: Float32Array) => void} */
  frame(z) {
    const { cells, plane, page } = this;
    if (cells && plane) placeFrame(page.frame, cellOf(z, plane, cells), cells);
  }

  /** A key moves the place by a cell within the plane. @type {(event: KeyboardEvent) => void} */
  key(event) {
    const step = STEPS[event.key];
    if (!step || !this.plane || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const cell = (event.shiftKey ? FINE : 1) / (this.space.slice.cells - 1);
    const z = this.on.place();
    const [right, up] = sharesOf(z, this.plane);
    this.on.move(placeOn(z, this.plane, right + cell * step[0], up + cell * step[1]));
    this.on.dropSoon();
  }

  /** Keys, presses and drags in the slice move the place within the plane. */
  listen() {
    const { signal } = this.controller;
    const { plot } = this.page;
    /** @type {{z: Float32Array, plane: SlicePlane} | null} */
    let start = null; // the place and the plane at the press: a plane of the screen moves along
    plot.addEventListener("keydown", (event) => this.key(event), { signal });
    heldByTap(plot, signal);
    const move = (/** @type {PointerEvent} */ event) => {
      if (!start) return;
      const box = plot.getBoundingClientRect();
      const n = this.cells || this.space.slice.cells;
      // The middles of the outermost cells are the ends of the ranges
      /** @type {(at: number, size: number) => number} */
      const share = (at, size) => Math.min(1, Math.max(0, ((at / size) * n - 0.5) / (n - 1)));
      const right = share(event.clientX - box.left, box.width);
      const up = 1 - share(event.clientY - box.top, box.height);
      this.on.move(placeOn(start.z, start.plane, right, up));
    };
    plot.addEventListener("pointerdown", (event) => {
      if (event.button > 0 || !this.plane) return;
      plot.setPointerCapture(event.pointerId);
      start = { z: this.on.place(), plane: this.plane };
      // A finger may be about to scroll the page
      if (event.pointerType !== "touch" || plot.matches(":focus")) move(event);
    }, { signal });
    plot.addEventListener("pointermove", move, { signal });
    plot.addEventListener("pointerup", (event) => {
      move(event);
      if (start) this.on.drop();
      start = null;
    }, { signal });
    plot.addEventListener("pointercancel", () => {
      if (start) this.on.move(start.z); // it did
      start = null;
    }, { signal });
  }
}

/** The planes to choose from: value and text. @type {(space: Space) => [string, string][]} */
function offered({ latent, linear, slice }) {
  /** @type {[string, string][]} */
  const options = slice.planes.map(([a, b]) => [`${a}-${b}`, `z${a + 1} × z${b + 1}`]);
  if (linear && latent > 2) options.push([SCREEN, "the plane facing you"]);
  return options;
}
