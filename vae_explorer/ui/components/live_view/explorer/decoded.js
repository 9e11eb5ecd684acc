// Pictures decoded here or, later, in Python: one of its own, and the digit at the place.
import { drawPicture } from "../../browser/pixels.js";
/** @import { Decoder } from "../../network/decoder.js" */
/** @import { RemoteDecoder } from "../notebook/remote_decoder.js" */

/**
 * Draw what a decoder makes of z; one in Python draws when it has answered.
 * @type {(canvas: HTMLCanvasElement, decoder: Decoder | RemoteDecoder, z: ArrayLike<number>,
 *   label: number) => void}
 */
export function drawDecoded(canvas, decoder, z, label) {
  if ("later" in decoder) {
    decoder.later(z, label, (picture) => drawPicture(canvas, picture, decoder.shape));
  } else {
    drawPicture(canvas, decoder.decode(z, label), decoder.shape);
  }
}

/** The digit at the place, drawn into the same numbers each time. */
export class Digit {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Decoder | RemoteDecoder} decoder
   */
  constructor(canvas, decoder) {
    this.canvas = canvas;
    this.decoder = decoder;
    this.stale = true; // whether it is that of another place
    /** @type {Float32Array} */
    this.picture = new Float32Array(decoder.pixels);
  }

  /** Unless nobody sees it. @type {(z: ArrayLike<number>, label: number) => void} */
  draw(z, label) {
    this.stale = false;
    if (this.canvas.hidden) return; // there is nothing to decode with
    this.picture = this.decoder.decode(z, label, this.picture);
    drawPicture(this.canvas, this.picture, this.decoder.shape);
  }
}
