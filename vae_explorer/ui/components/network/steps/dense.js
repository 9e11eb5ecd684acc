// Operations on rows of numbers: linear layers, activations, Fourier features.
import { CURVES } from "./curves.js";
import { OUTPUTS, padded } from "../matmul.js";
/** @import { Memory } from "../memory.js" */

/**
 * What lies between two operations: as many inputs as there are, `size` numbers apart. Those of a
 * picture have channels last, `lane` numbers from pixel to pixel; what is beyond the channels, or
 * beyond the `shape` of a list, is 0.
 * @typedef {{shape: number[], lane: number, size: number, at: number}} Rows
 * @typedef {Rows & {run: (count: number) => void, used?: number}} Step what it makes of the rows
 *   before it, and how many operations it stands for, 1 unless said
 * @typedef {{kind: string,
 *   [setting: string]: any}} Operation as `describe` in description.py says it
 * @typedef {{[name: string]: Float32Array}} Weights by name, "decoder.1.weight"
 * @typedef {{operations: Operation[], at: number, arrays: Weights, path: string}} Site where an
 *   operation stands: `operations[at]`, whose weights are named `${path}.${at}.weight`
 * @typedef {(site: Site, rows: Rows, memory: Memory) => Step} Maker
 */

/**
 * The stored weights of an operation, `beyond` this one.
 * @type {(site: Site, name: string, length: number, beyond?: number) => Float32Array}
 */
export function stored({ arrays, path, at }, name, length, beyond = 0) {
  const whole = `${path}.${at + beyond}.${name}`;
  const array = arrays[whole];
  if (array?.length === length) return array;
  throw new Error(`${whole} should hold ${length} numbers, got ${array?.length ?? "none"}.`);
}

/** How many numbers there are. @type {(shape: number[]) => number} */
export const numbersIn = (shape) => shape.reduce((product, length) => product * length, 1);

/**
 * Room for what comes out, its pixels as far apart as its channels are many.
 * @type {(shape: number[], memory: Memory) => Rows}
 */
export function room(shape, memory) {
  const size = numbersIn(shape);
  const lane = shape.length > 1 ? shape[0] : size;
  return { shape, lane, size, at: memory.reserve(memory.rows * size) };
}

/** @type {Maker} */
export function linearStep(site, { shape, size, at }, memory) {
  const { inputs, outputs, bias: biased = true } = site.operations[site.at];
  const where = `${site.path}.${site.at}`;
  if (shape.length > 1 || inputs !== shape[0]) {
    throw new Error(`${where} should take ${shape.join(" x ")} numbers, not ${inputs}.`);
  }
  const weight = stored(site, "weight", inputs * outputs);
  const bias = biased ? stored(site, "bias", outputs) : [];
  const width = padded(outputs);
  const packed = new Float32Array(width * inputs);
  for (let o = 0; o < outputs; o++) {
    const first = (o - (o % OUTPUTS)) * inputs + (o % OUTPUTS);
    for (let i = 0; i < inputs; i++) packed[first + i * OUTPUTS] = weight[o * inputs + i];
  }
  const room = memory.reserve(memory.rows * width);
  const out = { shape: [outputs], lane: width, size: width, at: room };
  const product = {
    ...{ y: out.at, x: at, weight: memory.put(packed), bias: memory.reserve(width) },
    ...{ outputs: width, rows: 1, columns: 0, runs: 1, length: inputs, xRun: 0 },
    ...{ xRow: 0, xStep: size, yRow: 0, yStep: width },
  };
  memory.floats.set(bias, product.bias);
  /** @type {Step["run"]} */
  const run = (count) => {
    product.columns = count;
    memory.multiply(product);
  };
  return { ...out, run };
}

/** @type {Maker} */
export function curveStep({ operations, at, path }, rows, memory) {
  const { name, slope } = operations[at];
  const isKnown = Object.hasOwn(CURVES, name);
  if (!isKnown) throw new Error(`${path}.${at} is of an unknown kind: ${name}.`);
  const curve = CURVES[name](slope);
  const out = memory.reserve(memory.rows * rows.size);
  /** @type {Step["run"]} */
  const run = (count) => {
    const { floats } = memory;
    const end = count * rows.size;
    for (let i = 0; i < end; i++) floats[out + i] = curve(floats[rows.at + i]);
  };
  return { ...rows, at: out, run };
}

/**
 * v, sin(z F), cos(z F), with z the first `inputs` of v and F stored (inputs, features).
 * @type {Maker}
 */
export function fourierStep(site, { shape, size, at }, memory) {
  const { inputs, features } = site.operations[site.at];
  const [width] = shape;
  if (shape.length > 1 || inputs > width) {
    throw new Error(`${site.path}.${site.at} should take at most ${width} numbers.`);
  }
  const frequencies = stored(site, "frequencies", inputs * features);
  const widened = width + 2 * features;
  const out = memory.reserve(memory.rows * widened);
  /** @type {Step["run"]} */
  const run = (count) => {
    const { floats } = memory;
    for (let row = 0; row < count; row++) {
      const [from, to] = [at + row * size, out + row * widened];
      floats.copyWithin(to, from, from + width);
      for (let k = 0; k < features; k++) {
        let phase = 0;
        for (let i = 0; i < inputs; i++) phase += floats[from + i] * frequencies[i * features + k];
        floats[to + width + k] = Math.sin(phase);
        floats[to + width + features + k] = Math.cos(phase);
      }
    }
  };
  return { shape: [widened], lane: widened, size: widened, at: out, run };
}
