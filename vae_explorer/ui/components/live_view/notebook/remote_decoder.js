// A decoder that Python runs, where the browser cannot: one question at a time, that for the newest
// place before all others. Stands where a decoder of decoder.js stands.
import { numbersIn } from "../../network/steps/dense.js";
/** @import { Shape } from "../../browser/pixels.js" */

const MAX_WAITING = 48; // pictures beside the place's own: the oldest are given up

/** @typedef {{id: number, z: number[], label: number}} Question */
/** @typedef {{z: number[], label: number, draw: (picture: Float32Array) => void}} Wish */

export class RemoteDecoder {
  /**
   * @param {{latent: number, classes: number, shape: Shape}} spec
   * @param {(question: Question) => void} ask
   * @param {() => void} onPicture the picture of the place has come
   */
  constructor({ latent, classes, shape }, ask, onPicture) {
    this.latent = latent;
    this.classes = classes;
    this.shape = shape;
    this.pixels = numbersIn(shape);
    this.ask = ask;
    this.onPicture = onPicture;
    /** @type {Float32Array} */
    this.picture = new Float32Array(this.pixels); // the latest of the place
    this.place = ""; // that was asked for last
    /** @type {Wish | null} */
    this.newest = null;
    /** @type {Wish[]} */
    this.others = [];
    /** @type {(Wish & {id: number}) | null} */
    this.flight = null; // the question that Python is at
    this.questions = 0;
  }

  /**
   * The latest picture that has come of a place, which now is z; that of z will be told of.
   * @type {(z: ArrayLike<number>, label?: number, out?: Float32Array) => Float32Array}
   */
  decode(z, label = 0, out = new Float32Array(this.pixels)) {
    const place = `${label} ${Array.from(z).join()}`;
    if (place !== this.place) {
      this.place = place;
      this.newest = { z: Array.from(z), label, draw: (picture) => this.take(picture) };
      this.askNext();
    }
    out.set(this.picture);
    return out;
  }

  /**
   * Another picture, when there is time for it.
   * @type {(z: ArrayLike<number>, label: number, draw: (picture: Float32Array) => void) => void}
   */
  later(z, label, draw) {
    this.others.push({ z: Array.from(z), label, draw });
    if (this.others.length > MAX_WAITING) this.others.shift();
    this.askNext();
  }

  /**
   * Python has answered a question: bytes (height, width, channels).
   * @type {(id: number, bytes: Uint8Array) => void}
   */
  receive(id, bytes) {
    if (id !== this.flight?.id) return;
    const { draw } = this.flight;
    this.flight = null;
    this.askNext();
    draw(Float32Array.from(bytes, (value) => value / 255));
  }

  /** Python could not answer a question: the next one is asked. @param {number} id */
  giveUp(id) {
    if (id !== this.flight?.id) return;
    this.flight = null;
    this.askNext();
  }

  /** @param {Float32Array} picture */
  take(picture) {
    this.picture = picture;
    this.onPicture();
  }

  askNext() {
    if (this.flight) return;
    const wish = this.newest ?? this.others.shift();
    if (!wish) return;
    if (wish === this.newest) this.newest = null;
    this.flight = { ...wish, id: ++this.questions };
    this.ask({ id: this.flight.id, z: wish.z, label: wish.label });
  }
}
