// What the model sees and what it makes of it, and the code that is marked in a cloud.
import { context2d, drawPicture } from "../browser/pixels.js";
import { makeCodec } from "./codec.js";
/** @import { BrowserModel } from "../network/model.js" */
/** @import { Code, Codec } from "./codec.js" */
/** @import { PadPage } from "./dom.js" */
/** @import { PadData } from "./pad.js" */

/**
 * @typedef {{stamp: number, picture: string, point: number[]}} Answer of the server to a drawing
 */

const NOTHING = "Nothing is drawn";

export class Results {
  /** @param {Pick<PadPage, "prepared" | "reconstruction" | "results">} page */
  constructor({ prepared, reconstruction, results }) {
    this.canvases = { prepared, reconstruction };
    this.box = results;
    /** @type {Codec | null} */
    this.codec = null; // of the browser
    /** @type {Pick<Code, "point" | "posterior"> | null} */
    this.code = null; // as drawn
    /** @type {Answer | null} */
    this.shown = null; // which answer of the server is on the canvas
  }

  /** Take a model, or with null lose it. @type {(model: BrowserModel | null) => void} */
  setModel(model) {
    this.codec = model && makeCodec(model);
  }

  /**
   * Show bytes (side * side), or with null nothing.
   * @type {(pixels: Uint8Array | null, stamp: number | null, data: PadData) => void}
   */
  show(pixels, stamp, data) {
    const { prepared, reconstruction } = this.canvases;
    const { side } = data.standard;
    this.box.dataset.by = data.by;
    this.box.classList.toggle("none", !pixels);
    paint(prepared, pixels, side, 1);
    const size = `${side} × ${side} pixels`;
    const words = pixels ? [`The drawing in ${size}`, "Its reconstruction"] : [NOTHING, NOTHING];
    prepared.setAttribute("aria-label", words[0]);
    if (!pixels) this.empty(side);
    else if (data.by === "browser") this.reconstruct(pixels, data.label, side);
    else if (data.by === "server") this.fetch(stamp, data.answer ?? null);
    reconstruction.setAttribute("aria-label", words[1]);
  }

  /** @param {number} side */
  empty(side) {
    this.code = this.shown = null;
    paint(this.canvases.reconstruction, null, side);
  }

  /** @type {(pixels: Uint8Array, label: number, side: number) => void} */
  reconstruct(pixels, label, side) {
    if (!this.codec) return;
    const code = this.codec(Float32Array.from(pixels, (value) => value / 255), label);
    this.code = code;
    paint(this.canvases.reconstruction, code.picture, side, 255);
  }

  /**
   * Show the server's answer where it is about what is drawn; older ones stay, but paler.
   * @type {(stamp: number | null, answer: Answer | null) => void}
   */
  fetch(stamp, answer) {
    const { reconstruction } = this.canvases;
    const current = answer?.stamp === stamp;
    reconstruction.classList.toggle("old", !current);
    if (!answer || !current || this.shown === answer) return;
    this.shown = answer;
    this.code = { point: answer.point, posterior: null };
    const image = new Image();
    image.onload = () => {
      if (this.shown === answer) context2d(reconstruction).drawImage(image, 0, 0);
    };
    image.src = answer.picture;
  }
}

/**
 * Grey values on a canvas; null empties it.
 * @type {(canvas: HTMLCanvasElement, values: ArrayLike<number> | null, side: number,
 *   scale?: number) => void}
 */
function paint(canvas, values, side, scale = 1) {
  if (values) drawPicture(canvas, values, [1, side, side], scale);
  else canvas.width = canvas.height = side;
  canvas.dataset.filled = String(Boolean(values));
}
