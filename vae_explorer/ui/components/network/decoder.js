// A decoder in the browser: the plain list of operations that description.py describes. Knows
// nothing of the page.
import { chain, rowsFor } from "./chain.js";
import { numbersIn } from "./steps/dense.js";
import { Memory, startKernel } from "./memory.js";
import { placesIn, shownOf } from "./reading.js";
/** @import { Operation, Weights } from "./steps/dense.js" */
/** @import { Output } from "./reading.js" */
/** @import { Shape } from "../browser/pixels.js" */

/**
 * @typedef {{operations: Operation[], latent: number, classes: number, shape: Shape,
 *   cost: number, output?: Output}} Spec cost: multiplications of one decode; output: how its raw
 *   numbers are a picture, as logits unless said
 * @typedef {ReturnType<typeof makeDecoder>} Decoder
 */

/**
 * The weights of one part of a model, "decoder" or "encoder", among the arrays of a blob.
 * @type {(arrays: object, part: string) => Weights}
 */
export function weightsOf(arrays, part) {
  return Object.fromEntries(
    Object.entries(arrays).filter(([name]) => name.startsWith(`${part}.`)),
  );
}

/**
 * Throws where a model of so many classes has none of that number.
 * @type {(label: number, classes: number) => void}
 */
export function checkLabel(label, classes) {
  if (classes === 0 || (Number.isInteger(label) && label >= 0 && label < classes)) return;
  throw new Error(`The label should be one of 0 to ${classes - 1}, got ${label}.`);
}

/**
 * A decoder with a memory of its own. Its `decode` takes a place (latent) and `decodeMany` places
 * (count, latent), with one label for all (of no account where there are no classes), and give
 * pictures (count, height, width, channels) in [0, 1], into `out` where it is given. It decodes
 * `rows` places at once.
 * @param {Spec} spec
 * @param {Weights} arrays
 * @param {ReturnType<typeof startKernel>} kernel
 * @throws {Error} one sentence, where the weights do not fit the operations
 */
export function makeDecoder(spec, arrays, kernel = startKernel()) {
  const { operations, latent, classes, shape, output = {} } = spec;
  const pixels = numbersIn(shape);
  const memory = new Memory(rowsFor(operations), kernel);
  const width = latent + classes;
  const at = memory.reserve(memory.rows * width);
  const given = { shape: [width], lane: width, size: width, at };
  const made = chain(operations, arrays, "decoder", given, memory);
  if (![String(pixels), String(shape)].includes(String(made.shape))) {
    throw new Error(`The decoder gives ${made.shape.join(" x ")} pixels instead of ${pixels}.`);
  }
  const [channels] = shape;
  const [places, shown] = [placesIn(made, shape, output), shownOf(output, channels)];

  /** Put places `first` and on into the memory, a one-hot label behind each. */
  /** @type {(from: ArrayLike<number>, first: number, many: number, label: number) => void} */
  function put(from, first, many, label) {
    memory.floats.fill(0, at, at + many * width);
    for (let row = 0; row < many; row++) {
      const to = at + row * width;
      for (let i = 0; i < latent; i++) memory.floats[to + i] = from[(first + row) * latent + i];
      if (classes) memory.floats[to + latent + label] = 1;
    }
  }

  /**
   * @type {(places: ArrayLike<number>, count: number, label?: number, out?: Float32Array) =>
   *   Float32Array}
   */
  function decodeMany(from, count, label = 0, out = new Float32Array(count * pixels)) {
    checkLabel(label, classes);
    for (let first = 0; first < count; first += memory.rows) {
      const many = Math.min(memory.rows, count - first);
      put(from, first, many, label);
      made.run(many);
      const { floats } = memory;
      for (let row = 0; row < many; row++) {
        const [raw, to] = [made.at + row * made.size, (first + row) * pixels];
        for (let i = 0; i < pixels; i++) {
          out[to + i] = shown(floats[raw + places[i]], i % channels);
        }
      }
    }
    return out;
  }

  /** @type {(z: ArrayLike<number>, label?: number, out?: Float32Array) => Float32Array} */
  const decode = (z, label = 0, out = new Float32Array(pixels)) => decodeMany(z, 1, label, out);
  return { latent, classes, shape, pixels, rows: memory.rows, decode, decodeMany };
}
