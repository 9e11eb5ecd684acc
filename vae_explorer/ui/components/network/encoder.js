// An encoder in the browser, from a picture to its posterior: a list of operations as decoder.js
// has it, the last of which gives mu and behind it, for a model that has one, logvar, unless its heads
// are said to be others.
import { chain } from "./chain.js";
import { checkLabel } from "./decoder.js";
import { numbersIn } from "./steps/dense.js";
import { Memory, startKernel } from "./memory.js";
import { affine, deviationOf, placesIn } from "./reading.js";
/** @import { Rows, Weights } from "./steps/dense.js" */
/** @import { Spec } from "./decoder.js" */
/** @import { Heads, Input } from "./reading.js" */

/**
 * @typedef {Spec & {logvar: [number, number] | null, input?: Input, heads?: Heads}} EncoderSpec
 *   logvar: its range, null for a plain autoencoder
 */

/** @type {[number, number]} of a log variance: as it is */
const NO_RANGE = [-Infinity, Infinity];

/**
 * An encoder with a memory of its own: `encode` takes a picture (height, width, channels) in [0, 1]
 * and a label, of no account where there are no classes, and gives mu (D) and sigma (D), or null
 * for that.
 * @param {EncoderSpec} spec
 * @param {Weights} arrays "encoder.0.weight" and on
 * @param {ReturnType<typeof startKernel>} kernel
 * @throws {Error} one sentence, where the weights do not fit the operations
 */
export function makeEncoder(spec, arrays, kernel = startKernel()) {
  const { operations, latent, classes, shape, logvar, input = {} } = spec;
  const { first, second } = spec.heads ?? { first: 0, second: logvar && "log_variance" };
  const pixels = numbersIn(shape);
  const memory = new Memory(1, kernel);
  const size = pixels + classes;
  const asPicture = !(input.flat ?? !operations[0]?.channels);
  /** @type {Rows} */
  const row = {
    ...(asPicture ? { shape, lane: shape[0], size } : { shape: [size], lane: size, size }),
    at: memory.reserve(size),
  };
  const places = placesIn(row, shape, input);
  const taken = affine(input, shape[0]);
  const made = chain(operations, arrays, "encoder", row, memory);
  const wanted = second ? 2 * latent : latent;
  const mean = second ? first * latent : 0;
  const deviation = second ? deviationOf(second, logvar ?? NO_RANGE) : null;
  if (String(made.shape) !== String([wanted])) {
    throw new Error(`The encoder gives ${made.shape.join(" x ")} numbers instead of ${wanted}.`);
  }

  /** @type {(picture: ArrayLike<number>, label: number) => void} */
  function put(picture, label) {
    const { floats } = memory;
    floats.fill(0, row.at, row.at + size);
    for (let i = 0; i < pixels; i++) {
      floats[row.at + places[i]] = taken(picture[i], i % shape[0]);
    }
    if (classes) floats[row.at + pixels + label] = 1;
  }

  /**
   * @type {(picture: ArrayLike<number>, label?: number) => {mu: Float32Array,
   *   sigma: Float32Array | null}}
   */
  function encode(picture, label = 0) {
    checkLabel(label, classes);
    put(picture, label);
    made.run(1);
    const heads = memory.floats.slice(made.at, made.at + wanted);
    const mu = heads.slice(mean, mean + latent);
    const other = latent - mean; // where the second half begins, or the first
    return { mu, sigma: deviation && heads.slice(other, other + latent).map(deviation) };
  }

  return { latent, classes, shape, pixels, encode };
}
