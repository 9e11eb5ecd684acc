// The living slice: decodes over a plane through the place, in which a pointer can move it.
import { drawGrey, saveCanvas } from "../../browser/pixels.js";
import { fillSelect, placeFrame } from "./dom.js";
import { SliceEngine } from "../slice/slice_engine.js";
import { axisPlane, cellOf, cellsKey, placeOn, screenPlane } from "../slice/slice_plan.js";

const AXES_OFFERED = 8; // coordinates, the most spread first
const SETTLED = 110; // milliseconds without a move, after which the full slice is decoded
const SCREEN = "view"; // the plane's name in the select box

export class SlicePanel {
  /**
   * @param {object} page as makeExplorerPage made it
   * @param {object} space the unpacked blob: latent, core, decoder, arrays
   * @param {{screen: () => number[][] | null, move: (z) => void, drop: () => void,
   *   choose: () => void}} on screen: the latent directions of the screen's right and up
   */
  constructor(page, space, workerText, on, chosen) {
    Object.assign(this, { page, space, on });
    this.plane = null;
    this.asked = ""; // the cells that were asked for last
    page.slice.hidden = space.latent < 2;
    if (page.slice.hidden) return;
    const { decoder, arrays } = space;
    this.engine = new SliceEngine(workerText, decoder, arrays, (sheet) => this.draw(sheet));
    this.options = offered(space);
    this.choice = this.options.some(([value]) => value === chosen) ? chosen : this.options[0][0];
    fillSelect(page.plane, this.options, this.choice, (value) => {
      this.choice = value;
      on.choose();
    });
    page.save.onclick = () => saveCanvas(page.sheet, "slice.png", 2);
    this.controller = new AbortController();
    this.listen();
  }

  destroy() {
    clearTimeout(this.timer);
    this.controller?.abort();
    this.engine?.destroy();
  }

  /** The chosen plane by its drawn axes, or "view"; what the cursor and the density go by. */
  get drawnPlane() {
    if (!this.choice || this.choice === SCREEN) return SCREEN;
    return this.space.latent <= 3 ? this.choice.split("-").map(Number) : SCREEN;
  }

  /** Follow the place: a quick sheet now where the plane is another one, the full one at rest. */
  follow(z, label) {
    if (!this.engine) return;
    this.plane = this.planeNow();
    const cells = cellsKey(z, this.plane, label);
    this.frame(z);
    if (cells === this.asked) return;
    this.asked = cells;
    this.engine.ask(z, this.plane, label);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.engine.settle(z, this.plane, label), SETTLED);
  }

  planeNow() {
    const { core } = this.space;
    if (this.choice !== SCREEN) return axisPlane(this.choice.split("-").map(Number), core);
    const [right, up] = this.on.screen();
    const half = Math.max(...core.map(([low, high]) => high - low)) / 2;
    return screenPlane(right, up, half);
  }

  draw({ pixels, n, z }) {
    const side = n * this.space.decoder.side;
    drawGrey(this.page.sheet, pixels, side, side, 1);
    this.cells = n;
    this.page.sheet.dataset.cells = n;
    this.page.sheet.dataset.drawn = performance.now().toFixed(1);
    this.page.sheet.setAttribute("aria-label", `${n} × ${n} decodes along ${this.name}`);
    this.frame(z);
  }

  get name() {
    return this.options.find(([value]) => value === this.choice)[1];
  }

  frame(z) {
    if (this.cells) placeFrame(this.page.frame, cellOf(z, this.plane, this.cells), this.cells);
  }

  /** Pressing and dragging in the slice moves the place within the plane. */
  listen() {
    const { signal } = this.controller;
    const { pad } = this.page;
    let start = null; // the place and the plane at the press: a plane of the screen moves along
    const move = (event) => {
      if (!start) return;
      const box = pad.getBoundingClientRect();
      const n = this.cells ?? 15;
      // The middles of the outermost cells are the ends of the ranges
      const share = (at, size) => Math.min(1, Math.max(0, ((at / size) * n - 0.5) / (n - 1)));
      const right = share(event.clientX - box.left, box.width);
      const up = 1 - share(event.clientY - box.top, box.height);
      this.on.move(placeOn(start.z, start.plane, right, up));
    };
    pad.addEventListener("pointerdown", (event) => {
      if (event.button > 0 || !this.plane) return;
      pad.setPointerCapture(event.pointerId);
      start = { z: this.on.place(), plane: this.plane };
      move(event);
    }, { signal });
    pad.addEventListener("pointermove", move, { signal });
    for (const type of ["pointerup", "pointercancel"]) {
      pad.addEventListener(type, () => {
        if (start) this.on.drop();
        start = null;
      }, { signal });
    }
  }
}

/** The planes to choose from: [value, text]. */
function offered({ latent, core, linear }) {
  const spread = ([low, high]) => high - low;
  const dims = Array.from({ length: latent }, (_, d) => d);
  if (latent > AXES_OFFERED) dims.sort((a, b) => spread(core[b]) - spread(core[a]));
  const some = dims.slice(0, AXES_OFFERED);
  const pairs = some.flatMap((a, i) => some.slice(i + 1).map((b) => [a, b].sort((p, q) => p - q)));
  const options = pairs.map(([a, b]) => [`${a}-${b}`, `z${a + 1} × z${b + 1}`]);
  if (linear && latent > 2) options.push([SCREEN, "the screen"]);
  return options;
}
