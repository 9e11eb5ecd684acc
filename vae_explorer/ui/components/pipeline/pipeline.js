// From a picture through encoder, code, place and decoder to a picture: the parts of a model in a
// row, each lit while it works. Knows nothing of clouds, sliders and decoding.
import { makePart, makePipelinePage } from "./dom.js";
import { figure } from "../live_view/geometry/decimals.js";
import { filled } from "../live_view/explorer/words.js";
/** @import { Parent } from "../browser/channel.js" */
/** @import { Key, PartPage, PipelineWords } from "./dom.js" */

/** @typedef {"encode" | "decode"} Half of the pipeline */
/**
 * What is at hand now: chosen: whether the picture was chosen, else it is the nearest; here: whether
 * z is at its code; name: of the picture, "" for none; mu and, but of an autoencoder, sigma: its
 * code; class: that is given
 * @typedef {{chosen: boolean, here: boolean, name: string, mu: ArrayLike<number> | null,
 *   sigma: ArrayLike<number> | null, z: ArrayLike<number>, class: string}} PipelineState
 */

/** @type {{[half in Half]: Key[]}} */
const HALVES = { encode: ["item", "encoder", "code"], decode: ["place", "decoder", "picture"] };
const LINGER = 700; // milliseconds that a part stays lit after its work

export class Pipeline {
  /** @param {Parent | HTMLElement} parent */
  constructor(parent) {
    this.page = makePipelinePage(parent);
    /** @type {Map<Key, PartPage>} */
    this.parts = new Map();
    /** @type {PipelineWords | null} */
    this.words = null;
    /** @type {{[half in Half]: number}} when it worked last, milliseconds */
    this.worked = { encode: -Infinity, decode: -Infinity };
    /** @type {Map<Half, number>} the timers that put it out */
    this.lit = new Map();
  }

  destroy() {
    this.lit.forEach((timer) => clearTimeout(timer));
  }

  /** Show the parts of a model; none without words. @param {PipelineWords | null} words */
  setWords(words) {
    this.words = words;
    const parts = words?.parts ?? [];
    const rows = words ? words.rows + (words.more ? 1 : 0) : 0;
    this.parts = new Map(parts.map((part) => [part.key, makePart(part, rows)]));
    this.page.list.replaceChildren(...[...this.parts.values()].map(({ row }) => row));
    this.page.root.hidden = !words;
    this.lit.forEach((timer) => clearTimeout(timer));
    this.lit.clear();
  }

  /**
   * A half is at work: called each frame of a drag, it changes the page only at the first one.
   * @type {(half: Half, now?: number) => void}
   */
  light(half, now = performance.now()) {
    this.worked[half] = now;
    if (this.lit.has(half)) return;
    this.show(half, true);
    this.wait(half, LINGER);
  }

  /** Put a half out once its work is over. @type {(half: Half, milliseconds: number) => void} */
  wait(half, milliseconds) {
    const look = () => {
      const rest = this.worked[half] + LINGER - performance.now();
      if (rest > 0) return this.wait(half, rest);
      this.lit.delete(half);
      this.show(half, false);
    };
    this.lit.set(half, setTimeout(look, milliseconds));
  }

  /** @type {(half: Half, lit: boolean) => void} */
  show(half, lit) {
    for (const key of HALVES[half]) {
      const row = this.parts.get(key)?.row;
      row?.classList.toggle("lit", lit && !row.classList.contains("missing"));
    }
  }

  /** Put in what is at hand, as text alone. @param {PipelineState} state */
  say(state) {
    const { words } = this;
    if (!words) return;
    this.page.root.dataset.here = String(state.here);
    const { step } = words;
    const code = (/** @type {number} */ d) => {
      if (!state.mu) return "";
      const spread = state.sigma ? ` ± ${figure(state.sigma[d], step)}` : "";
      return `${figure(state.mu[d], step)}${spread}`;
    };
    this.fill("code", code, state.mu ? words.more : "");
    this.fill("place", (d) => figure(state.z[d], step), words.more);
    for (const part of words.parts) {
      let { about } = part;
      if (part.key === "place") about = state.here ? words.here : words.moved;
      if (part.key === "item" && state.name && !state.chosen) about = words.near;
      if (part.key === "item" && !state.name && !part.missing) about = "";
      put(this.parts.get(part.key)?.about, filled(about, { picture: state.name, class: state.class }));
    }
  }

  /** @type {(key: Key, text: (d: number) => string, more: string) => void} */
  fill(key, text, more) {
    const rows = this.words?.rows ?? 0;
    this.parts.get(key)?.lines.forEach((line, d) => put(line, d < rows ? text(d) : more));
  }

  /** The picture of a part by its address. @type {(key: Key, src: string, alt: string) => void} */
  showImage(key, src, alt) {
    const part = this.parts.get(key);
    if (!part) return;
    if (part.image.getAttribute("src") !== src) part.image.src = src;
    part.image.alt = alt;
    part.image.hidden = false;
    part.canvas.hidden = true;
  }

  /** Whether the picture of a part is still to come. @type {(key: Key, waits: boolean) => void} */
  awaitPicture(key, waits) {
    const row = this.parts.get(key)?.row;
    if (row && row.classList.contains("waits") !== waits) row.classList.toggle("waits", waits);
  }

  /** The canvas of a part, to be drawn on. @type {(key: Key) => HTMLCanvasElement | null} */
  canvas(key) {
    const part = this.parts.get(key);
    if (!part || part.row.classList.contains("missing")) return null;
    part.canvas.hidden = false;
    part.image.hidden = true;
    return part.canvas;
  }
}

/** Text costs layout: only another one is put in. @type {(to: HTMLElement | undefined, text: string) => void} */
function put(to, text) {
  if (to && to.textContent !== text) to.textContent = text;
}
