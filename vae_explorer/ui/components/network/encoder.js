// An encoder in the browser, from a picture to its posterior: a list of operations as decoder.js
// has it, the last of which gives mu and behind it, for a model that has one, logvar.
import { chain, checkLabel } from "./decoder.js";
/** @import { Spec, Weights } from "./decoder.js" */

/**
 * An encoder with buffers of its own: `encode` takes a picture (side * side) in [0, 1] and a label,
 * of no account where there are no classes, and gives mu (D) and sigma (D), or null for that.
 * @param {Spec & {logvar: [number, number] | null}} spec
 * @param {Weights} arrays "encoder.0.weight" and on
 * @throws {Error} one sentence, where the weights do not fit the operations
 */
export function makeEncoder(spec, arrays) {
  const { latent, classes, side, logvar } = spec;
  const pixels = side * side;
  const { run, width } = chain(spec.operations, arrays, "encoder", pixels + classes);
  const wanted = logvar ? 2 * latent : latent;
  if (width !== wanted) throw new Error(`The encoder gives ${width} numbers instead of ${wanted}.`);
  const row = new Float32Array(pixels + classes);

  /**
   * @type {(picture: ArrayLike<number>, label?: number) => {mu: Float32Array,
   *   sigma: Float32Array | null}}
   */
  function encode(picture, label = 0) {
    checkLabel(label, classes);
    row.fill(0);
    row.set(picture);
    if (classes) row[pixels + label] = 1;
    const heads = run(row, 1);
    const [low, high] = logvar ?? [0, 0];
    const deviation = (/** @type {number} */ v) => Math.exp(Math.min(Math.max(v, low), high) / 2);
    const sigma = logvar && heads.slice(latent, 2 * latent).map(deviation);
    return { mu: heads.slice(0, latent), sigma };
  }

  return { latent, classes, side, pixels, encode };
}
