// A picture of its own, decoded here or, later, in Python.
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
