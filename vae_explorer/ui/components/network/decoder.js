// A decoder in the browser: the plain list of operations that operations.py describes, over
// Float32Arrays. Knows nothing of the page.
import { multiplyRows } from "./matmul.js";

const BLOCK = 32; // places decoded at once: what passes between two layers stays in the cache

/**
 * @typedef {{width: number, run: (v: Float32Array, count: number) => Float32Array}} Step
 * takes rows and gives rows of `width` numbers, in a buffer of its own
 * @typedef {{kind: string,
 *   [setting: string]: any}} Operation as `describe` in operations.py says it
 * @typedef {{operations: Operation[], latent: number, classes: number, side: number}} Spec
 * @typedef {{[name: string]: Float32Array}} Weights by name, "decoder.1.weight"
 * @typedef {(operation: Operation, arrays: Weights, path: string, width: number) => Step} Maker
 * @typedef {ReturnType<typeof makeDecoder>} Decoder
 */

/** The error function to 1.5e-7: Abramowitz & Stegun 1964, 7.1.26. @type {(v: number) => number} */
export function erf(v) {
  const size = Math.abs(v);
  const t = 1 / (1 + 0.3275911 * size);
  const inner = -0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429));
  const value = 1 - t * (0.254829592 + t * inner) * Math.exp(-size * size);
  return v < 0 ? -value : value;
}

/** @type {{[name: string]: (slope: number) => (v: number) => number}} */
const CURVES = {
  gelu: () => (v) => 0.5 * v * (1 + erf(v * Math.SQRT1_2)),
  relu: () => (v) => Math.max(0, v),
  leaky_relu: (slope) => (v) => (v < 0 ? v * slope : v),
};

/** @type {{[kind: string]: Maker}} */
const MAKERS = {
  linear: linearStep,
  activate: curveStep,
  fourier: fourierStep,
  residual: residualStep,
};

/** @type {(arrays: Weights, name: string, length: number) => Float32Array} */
function stored(arrays, name, length) {
  const array = arrays[name];
  if (array?.length === length) return array;
  throw new Error(`${name} should hold ${length} numbers, got ${array?.length ?? "none"}.`);
}

/** @type {Maker} */
function linearStep({ inputs, outputs }, arrays, path, width) {
  if (inputs !== width) throw new Error(`${path} should take ${width} numbers, not ${inputs}.`);
  const weight = stored(arrays, `${path}.weight`, inputs * outputs);
  const layer = { weight, bias: stored(arrays, `${path}.bias`, outputs), inputs, outputs };
  const out = new Float32Array(BLOCK * outputs);
  /** @type {Step["run"]} */
  const run = (v, count) => {
    multiplyRows(out, v, layer, count);
    return out;
  };
  return { width: outputs, run };
}

/** @type {Maker} */
function curveStep({ name, slope }, arrays, path, width) {
  if (!Object.hasOwn(CURVES, name)) throw new Error(`${path} is of an unknown kind: ${name}.`);
  const curve = CURVES[name](slope);
  const out = new Float32Array(BLOCK * width);
  /** @type {Step["run"]} */
  const run = (v, count) => {
    for (let i = 0; i < count * width; i++) out[i] = curve(v[i]);
    return out;
  };
  return { width, run };
}

/**
 * v, sin(z F), cos(z F), with z the first `inputs` of v and F stored (inputs, features).
 * @type {Maker}
 */
function fourierStep({ inputs, features }, arrays, path, width) {
  if (inputs > width) throw new Error(`${path} should take at most ${width} numbers.`);
  const frequencies = stored(arrays, `${path}.frequencies`, inputs * features);
  const widened = width + 2 * features;
  const out = new Float32Array(BLOCK * widened);
  /** @type {Step["run"]} */
  const run = (v, count) => {
    for (let row = 0; row < count; row++) {
      const [from, to] = [row * width, row * widened];
      for (let i = 0; i < width; i++) out[to + i] = v[from + i];
      for (let k = 0; k < features; k++) {
        let phase = 0;
        for (let i = 0; i < inputs; i++) phase += v[from + i] * frequencies[i * features + k];
        out[to + width + k] = Math.sin(phase);
        out[to + width + features + k] = Math.cos(phase);
      }
    }
    return out;
  };
  return { width: widened, run };
}

/** @type {Maker} */
function residualStep({ operations }, arrays, path, width) {
  const inner = chain(operations, arrays, `${path}.inner`, width);
  if (inner.width !== width) throw new Error(`${path} should give back ${width} numbers.`);
  const out = new Float32Array(BLOCK * width);
  /** @type {Step["run"]} */
  const run = (v, count) => {
    const change = inner.run(v, count);
    for (let i = 0; i < count * width; i++) out[i] = v[i] + change[i];
    return out;
  };
  return { width, run };
}

/**
 * One step for all operations, on rows of `width` numbers, at most 32 of them.
 * @type {(operations: Operation[], arrays: Weights, path: string, width: number) => Step}
 */
export function chain(operations, arrays, path, width) {
  /** @type {Step[]} */
  const steps = [];
  for (const [i, operation] of operations.entries()) {
    const isKnown = Object.hasOwn(MAKERS, operation.kind);
    if (!isKnown) throw new Error(`${path}.${i} is of an unknown kind: ${operation.kind}.`);
    const step = MAKERS[operation.kind](operation, arrays, `${path}.${i}`, width);
    steps.push(step);
    width = step.width;
  }
  const run = /** @type {Step["run"]} */ (v, count) =>
    steps.reduce((rows, step) => step.run(rows, count), v);
  return { width, run };
}

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
 * Write places `first` and on, a one-hot label behind each, into the first `many` rows.
 * @type {(rows: Float32Array, places: ArrayLike<number>, first: number, many: number, spec: Spec,
 *   label: number) => void}
 */
function fillRows(rows, places, first, many, { latent, classes }, label) {
  rows.fill(0);
  for (let row = 0; row < many; row++) {
    const [from, to] = [(first + row) * latent, row * (latent + classes)];
    for (let i = 0; i < latent; i++) rows[to + i] = places[from + i];
    if (classes) rows[to + latent + label] = 1;
  }
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
 * A decoder with buffers of its own; the weights are shared, not copied. Its `decode` takes a place
 * (latent) and `decodeMany` places (count, latent), with one label for all (of no account where
 * there are no classes), and give pictures (count, pixels) in [0, 1], into `out` where it is given.
 * @param {Spec} spec
 * @param {Weights} arrays
 * @throws {Error} one sentence, where the weights do not fit the operations
 */
export function makeDecoder(spec, arrays) {
  const { latent, classes, side } = spec;
  const pixels = side * side;
  const { run, width } = chain(spec.operations, arrays, "decoder", latent + classes);
  if (width !== pixels) throw new Error(`The decoder gives ${width} pixels instead of ${pixels}.`);
  const rows = new Float32Array(BLOCK * (latent + classes));

  /**
   * @type {(places: ArrayLike<number>, count: number, label?: number, out?: Float32Array) =>
   *   Float32Array}
   */
  function decodeMany(places, count, label = 0, out = new Float32Array(count * pixels)) {
    checkLabel(label, classes);
    for (let first = 0; first < count; first += BLOCK) {
      const many = Math.min(BLOCK, count - first);
      fillRows(rows, places, first, many, spec, label);
      const logits = run(rows, many);
      const at = first * pixels;
      for (let i = 0; i < many * pixels; i++) out[at + i] = 1 / (1 + Math.exp(-logits[i]));
    }
    return out;
  }

  /** @type {(z: ArrayLike<number>, label?: number, out?: Float32Array) => Float32Array} */
  const decode = (z, label = 0, out = new Float32Array(pixels)) => decodeMany(z, 1, label, out);
  return { latent, classes, side, pixels, decode, decodeMany };
}
