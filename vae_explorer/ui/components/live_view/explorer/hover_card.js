// What the tip of a point shows: the picture as decoded, and the original where that is at hand.
import { drawDecoded } from "./decoded.js";
import { make } from "../../browser/dom.js";
/** @import { Decoder } from "../../network/decoder.js" */
/** @import { RemoteDecoder } from "../notebook/remote_decoder.js" */
/** @import { Codes } from "./codes.js" */
/** @import { Space } from "./space.js" */

export class HoverCard {
  /**
   * @param {Space} space
   * @param {Codes} codes
   * @param {Decoder | RemoteDecoder} decoder
   */
  constructor({ originals, arrays, codesAlone }, codes, decoder) {
    this.decodes = !codesAlone;
    this.originals = originals;
    this.codes = codes;
    this.decoder = decoder;
    this.labels = arrays.labels;
  }

  /** The card of an encoded picture, an element. @type {(index: number) => HTMLElement | null} */
  of(index) {
    const figures = [...this.original(index), ...(this.decodes ? [this.decoded(index)] : [])];
    return figures.length ? make("div", "card", {}, figures) : null;
  }

  /** @type {(index: number) => HTMLElement} */
  decoded(index) {
    const canvas = make("canvas", "small", { role: "img", "aria-label": "decoded" });
    const { classes } = this.decoder;
    const label = classes ? Math.min(this.labels[index], classes - 1) : 0;
    drawDecoded(canvas, this.decoder, this.codes.at(index), label);
    return captioned(canvas, "decoded");
  }

  /** One, or none where it is not at hand. @type {(index: number) => HTMLElement[]} */
  original(index) {
    if (!this.originals) return [];
    const src = `${this.originals}/${index}.png`;
    const image = make("img", "small", { src, alt: "original" });
    const figure = captioned(image, this.decodes ? "original" : "");
    image.addEventListener("error", () => figure.remove());
    return [figure];
  }
}

/** @type {(picture: HTMLElement, caption: string) => HTMLElement} */
function captioned(picture, caption) {
  return make("figure", "", {}, [picture, make("figcaption", "", {}, [caption])]);
}
