// An encoder in the browser, from a picture to its posterior: a list of operations as decoder.js
// has it, the last of which gives mu and behind it, for a model that has one, logvar.
import { chain } from "./chain.js";
import { checkLabel } from "./decoder.js";
import { numbersIn } from "./dense.js";
import { Memory, startKernel } from "./memory.js";
import { placesOf } from "./picture_steps.js";
/** @import { Rows, Weights } from "./dense.js" */
/** @import { Spec } from "./decoder.js" */

/**
 * An encoder with a memory of its own: `encode` takes a picture (height, width, channels) in [0, 1]
 * and a label, of no account where there are no classes, and gives mu (D) and sigma (D), or null
 * for that.
 * @param {Spec & {logvar: [number, number] | null}} spec
 * @param {Weights} arrays "encoder.0.weight" and on
 * @param {ReturnType<typeof startKernel>} kernel
 * @throws {Error} one sentence, where the weights do not fit the operations
 */
export function makeEncoder(spec, arrays, kernel = startKernel()) {
  const { operations, latent, classes, shape, logvar } = spec;
  const pixels = numbersIn(shape);
  const memory = new Memory(1, kernel);
  const size = pixels + classes;
  const asPicture = Boolean(operations[0]?.channels);
  /** @type {Rows} */
  const row = {
    ...(asPicture ? { shape, lane: shape[0], size } : { shape: [size], lane: size, size }),
    at: memory.reserve(size),
  };
  const places = placesOf({ shape, lane: shape[0] });
  const made = chain(operations, arrays, "encoder", row, memory);
  const wanted = logvar ? 2 * latent : latent;
  if (String(made.shape) !== String([wanted])) {
    throw new Error(`The encoder gives ${made.shape.join(" x ")} numbers instead of ${wanted}.`);
  }

  /** @type {(picture: ArrayLike<number>, label: number) => void} */
  function put(picture, label) {
    const { floats } = memory;
    floats.fill(0, row.at, row.at + size);
    for (let i = 0; i < pixels; i++) floats[row.at + i] = picture[asPicture ? i : places[i]];
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
    const [low, high] = logvar ?? [0, 0];
    const deviation = (/** @type {number} */ v) => Math.exp(Math.min(Math.max(v, low), high) / 2);
    return { mu: heads.slice(0, latent), sigma: logvar && heads.slice(latent).map(deviation) };
  }

  return { latent, classes, shape, pixels, encode };
}
