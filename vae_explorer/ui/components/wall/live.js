// Tiles that the browser decodes by itself while the temperature moves.
import { makeDecoder, weightsOf } from "../network/decoder.js";
import { drawPicture } from "../browser/pixels.js";
/** @import { Decoder } from "../network/decoder.js" */
/** @import { BrowserModel } from "../network/model.js" */

/**
 * What Python says of tiles that follow a temperature.
 * @typedef {object} LiveData
 * @property {string} key of the model's blob and of the mark
 * @property {string} sha of the model
 * @property {string} view key of the cloud in which the tiles are marked
 * @property {number[][]} z (n, D), which way each tile goes from the origin, by temperature
 * @property {number[]} origin (D,), where all are at temperature 0
 * @property {number[][]} points where they are drawn now, (n, dims)
 * @property {number} label class number for a conditional model
 * @property {number} temperature
 * @property {number} hottest the highest one
 * @property {number} step from one temperature to the next
 * @property {string} title
 * @property {string} about what it is
 */

export class LiveTiles {
  /** @param {(points: number[][]) => void} moved told where the tiles lie now, as drawn */
  constructor(moved) {
    this.moved = moved;
    /** @type {BrowserModel | null} */
    this.model = null;
    /** @type {Decoder | null} */
    this.decoder = null;
    /** @type {HTMLCanvasElement[]} */
    this.canvases = [];
    /** @type {LiveData | null} */
    this.data = null;
    this.wanted = 1; // temperature of the next frame
    this.frame = 0;
  }

  /**
   * The model's blob, unpacked, or null when it has gone.
   * @type {(model: BrowserModel | null) => void}
   */
  setModel(model) {
    this.stop();
    this.model = model;
    this.decoder = model && makeDecoder(model.decoder, weightsOf(model.arrays, "decoder"));
  }

  /**
   * Python's own pictures are shown until the temperature moves.
   * @type {(canvases: HTMLCanvasElement[], data: LiveData | null) => void}
   */
  setTiles(canvases, data) {
    this.stop();
    this.data = data;
    this.canvases = canvases;
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  /**
   * Decode all tiles at a temperature, in the next frame: of several values the latest counts.
   * @param {number} temperature
   */
  draw(temperature) {
    this.wanted = temperature;
    const { model, decoder, data } = this;
    if (!model || !decoder || !data || model.sha !== data.sha || this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.now(decoder, model, data);
    });
  }

  /** @type {(decoder: Decoder, model: BrowserModel, data: LiveData) => void} */
  now(decoder, model, { z, origin, label }) {
    const { shape, pixels, latent } = decoder;
    const placed = (/** @type {number} */ value, /** @type {number} */ i) =>
      origin[i % latent] + value * this.wanted;
    const places = Float32Array.from(z.flat(), placed);
    const pictures = decoder.decodeMany(places, z.length, label);
    this.canvases.forEach((canvas, i) => {
      drawPicture(canvas, pictures.subarray(i * pixels, (i + 1) * pixels), shape);
      canvas.parentElement?.classList.add("moving");
    });
    const at = (/** @type {number} */ i) => places.subarray(i * latent, (i + 1) * latent);
    this.moved(z.map((_, i) => drawn(model, at(i))));
  }
}

/**
 * Where a place is drawn in the cloud.
 * @type {(model: BrowserModel, z: Float32Array) => number[]}
 */
function drawn({ arrays: { axes, centre } }, z) {
  const dims = axes.length / centre.length;
  return Array.from({ length: dims }, (_, d) =>
    centre.reduce((sum, middle, i) => sum + (z[i] - middle) * axes[i * dims + d], 0),
  );
}
