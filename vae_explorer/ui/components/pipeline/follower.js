// What the pipeline of a live view follows: the place, and the picture whose code it is at.
import { drawDecoded } from "../live_view/explorer/decoded.js";
import { context2d, drawPicture } from "../browser/pixels.js";
/** @import { Decoder } from "../network/decoder.js" */
/** @import { Codes } from "../live_view/explorer/codes.js" */
/** @import { Space } from "../live_view/explorer/space.js" */
/** @import { RemoteDecoder } from "../live_view/notebook/remote_decoder.js" */
/** @import { Pipeline } from "./pipeline.js" */

/**
 * A picture with its code: index among the encoded ones, or -1 and the address of a picture of the
 * visitor's own
 * @typedef {{index: number, name: string, src: string, mu: ArrayLike<number>,
 *   sigma: ArrayLike<number> | null}} Encoded
 */
/** @typedef {{name: string, src: string, mu: number[], sigma: number[] | null}} Brought by Python */

const CALM = 250; // milliseconds without words, after which the picture of the item is fetched
const NONE = { index: -2, src: "" }; // no picture
const ROUNDING = 0.51; // of a slider's step, by which Python's places are off

export class Follower {
  /** @param {Pipeline} pipeline */
  constructor(pipeline) {
    this.pipeline = pipeline;
    /** @type {{space: Space, codes: Codes, decoder: Decoder | RemoteDecoder} | null} */
    this.model = null;
    /** @type {Encoded | null} */
    this.chosen = null; // what the place was sent to, as long as it is there
    this.shown = NONE;
    this.roaming = false; // a random place was asked for: no picture is meant by it
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  destroy() {
    clearTimeout(this.timer);
    this.pipeline.destroy();
  }

  /** @type {(space: Space, codes: Codes, decoder: Decoder | RemoteDecoder) => void} */
  setSpace(space, codes, decoder) {
    clearTimeout(this.timer);
    this.model = { space, codes, decoder };
    this.chosen = null;
    this.shown = NONE;
    this.roaming = false;
    this.pipeline.setWords(space.pipeline ?? null);
  }

  /** An encoded picture was chosen. @param {number} index */
  choose(index) {
    this.chosen = this.encoded(index);
    if (this.chosen) this.pipeline.light("encode");
  }

  /**
   * Python sends the place somewhere: to a picture that it has brought, to an encoded one, or to no
   * picture at all.
   * @type {(z: ArrayLike<number>, brought?: Brought | null) => void}
   */
  send(z, brought) {
    const { roaming } = this;
    this.roaming = false;
    this.chosen = null;
    if (brought && this.isAt(z, brought.mu)) {
      this.chosen = { ...brought, index: -1 };
      return this.pipeline.light("encode");
    }
    const index = this.model?.codes.nearest(z).index ?? -1;
    const nearest = this.encoded(index);
    if (!roaming && nearest && this.isAt(z, nearest.mu)) this.choose(index);
  }

  /** A frame with the place at z, or on its way there. @param {ArrayLike<number>} goal */
  frame(goal) {
    this.pipeline.light("decode");
    if (this.chosen && !this.isAt(goal, this.chosen.mu)) this.chosen = null;
  }

  /**
   * Say what is at hand, a few times a second; `nearest`: index of a code, `picture` the decoded one.
   * @type {(nearest: number, z: ArrayLike<number>, label: number, picture: HTMLCanvasElement) => void}
   */
  say(nearest, z, label, picture) {
    if (!this.model || !this.pipeline.words) return;
    const { names } = this.model.space;
    const item = this.chosen ?? this.encoded(nearest);
    const { name = "", mu = null, sigma = null } = item ?? {};
    const chosen = this.chosen !== null;
    const here = chosen && mu !== null && this.isAt(z, mu);
    this.pipeline.say({ chosen, here, name, mu, sigma, z, class: names[label] ?? "" });
    if (!picture.hidden) copy(picture, this.pipeline.canvas("picture")); // else another shows it
    clearTimeout(this.timer);
    const waits = item !== null && !(item.index === this.shown.index && item.src === this.shown.src);
    this.pipeline.awaitPicture("item", waits);
    if (waits) this.timer = setTimeout(() => this.showItem(item), CALM);
  }

  /** The picture that was encoded: as it was, else decoded again. @param {Encoded} item */
  showItem({ index, name, src, mu }) {
    if (!this.model) return;
    this.shown = { index, src };
    this.pipeline.awaitPicture("item", false);
    const { space, decoder } = this.model;
    if (src) return this.pipeline.showImage("item", src, name);
    const canvas = this.pipeline.canvas("item");
    if (!canvas) return;
    const label = space.arrays.labels[index];
    if (space.codesAlone) return drawPicture(canvas, channels(space.colours[label]), [3, 1, 1], 1);
    const { classes } = decoder;
    drawDecoded(canvas, decoder, mu, classes ? Math.min(label, classes - 1) : 0);
  }

  /** @type {(index: number) => Encoded | null} */
  encoded(index) {
    if (!this.model || index < 0) return null;
    const { space, codes } = this.model;
    const { latent, sigma } = codes;
    const at = (/** @type {Float32Array} */ of) => of.subarray(index * latent, (index + 1) * latent);
    const src = space.originals && `${space.originals}/${index}.png`;
    const words = space.pipeline;
    const original = Boolean(src) || Boolean(space.codesAlone);
    const called = words?.items[space.arrays.labels[index]] ?? "";
    const name = original ? called : `${called}${words?.decoded ?? ""}`;
    return { index, name, src, mu: codes.at(index), sigma: sigma && at(sigma) };
  }

  /** @type {(z: ArrayLike<number>, code: ArrayLike<number>) => boolean} */
  isAt(z, code) {
    const slack = ROUNDING * (this.model?.space.step ?? 0);
    for (let d = 0; d < z.length; d++) if (Math.abs(z[d] - code[d]) > slack) return false;
    return z.length === code.length;
  }
}

/** @type {(from: HTMLCanvasElement, to: HTMLCanvasElement | null) => void} */
function copy(from, to) {
  if (!to || from.hidden || !from.width) return;
  if (to.width !== from.width || to.height !== from.height) {
    to.width = from.width;
    to.height = from.height;
  }
  context2d(to).drawImage(from, 0, 0);
}

/** Red, green and blue of "#rrggbb". @type {(colour: string) => number[]} */
function channels(colour) {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}
