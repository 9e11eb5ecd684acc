// Convolutions of pictures, plain, transposed and behind repeated pixels: of the last two, each
// output pixel sees but a few input pixels, so they are computed as one small convolution for each
// of the places that an output pixel can have in its input pixel ("phases"). A batch normalisation
// behind is part of the weights.
import { OUTPUTS, padded } from "./matmul.js";
import { numbersIn, stored } from "./dense.js";
/** @import { Maker, Operation, Rows, Site, Step } from "./dense.js" */
/** @import { Memory } from "./memory.js" */
/** @import { Product } from "./matmul.js" */

/**
 * Along one direction: at input pixel i, the output sees pixels i + low and on, each through the
 * sum of the kernel's entries of these numbers.
 * @typedef {{low: number, taps: number[][]}} Phase
 */

/**
 * @typedef {object} Plan of a convolution of any kind
 * @property {Phase[]} phases in the order of the output pixels that they make
 * @property {number} stride from input pixel to input pixel
 * @property {number[]} shape of the output
 * @property {(o: number, c: number, ky: number, kx: number) => number} weight
 * @property {(o: number) => number} bias
 * @property {number} used operations that it stands for
 */

/** @type {{scale: number[], shift: number[]}} */
const NO_SCALE = { scale: [], shift: [] };

/**
 * The entries of a kernel by the input pixel that they meet; null: none.
 * @type {(kernel: number, meets: (k: number) => number | null) => Phase}
 */
function phaseOf(kernel, meets) {
  const met = Array.from({ length: kernel }, (_, k) => meets(k));
  const low = Math.min(...met.filter((offset) => offset !== null));
  /** @type {number[][]} */
  const taps = [];
  met.forEach((offset, k) => offset !== null && (taps[offset - low] ??= []).push(k));
  return { low, taps: Array.from(taps, (ks) => ks ?? []) };
}

/** @type {(count: number, make: (a: number) => Phase) => Phase[]} */
const phases = (count, make) => Array.from({ length: count }, (_, a) => make(a));

/**
 * Scale and shift of each channel by a batch normalisation, `beyond` the operation of this site.
 * @type {(site: Site, channels: number, beyond?: number) => {scale: number[], shift: number[]}}
 */
export function batchScale(site, channels, beyond = 0) {
  const { epsilon } = site.operations[site.at + beyond];
  const of = (/** @type {string} */ name) => stored(site, name, channels, beyond);
  const [variance, mean, weight, bias] = ["running_var", "running_mean", "weight", "bias"].map(of);
  const scale = Array.from(weight, (value, c) => value / Math.sqrt(variance[c] + epsilon));
  return { scale, shift: Array.from(bias, (value, c) => value - mean[c] * scale[c]) };
}

/**
 * Weights and biases with what stands behind them.
 * @type {(site: Site, beyond: number, inputs: number, transposed: boolean) =>
 *   Pick<Plan, "weight" | "bias" | "used">}
 */
function weightsOf(site, beyond, inputs, transposed) {
  const { outputs, kernel } = site.operations[site.at + beyond];
  const weight = stored(site, "weight", inputs * outputs * kernel ** 2, beyond);
  const bias = stored(site, "bias", outputs, beyond);
  const follows = site.operations[site.at + beyond + 1]?.kind === "batch_normalize";
  const { scale, shift } = follows ? batchScale(site, outputs, beyond + 1) : NO_SCALE;
  return {
    weight: (o, c, ky, kx) => {
      const pair = transposed ? c * outputs + o : o * inputs + c;
      return weight[(pair * kernel + ky) * kernel + kx] * (scale[o] ?? 1);
    },
    bias: (o) => bias[o] * (scale[o] ?? 1) + (shift[o] ?? 0),
    used: beyond + (follows ? 2 : 1),
  };
}

/** @type {Maker} */
export function convolveStep(site, rows, memory) {
  const { outputs, kernel, stride } = site.operations[site.at];
  const [channels, ...sides] = rows.shape;
  const half = kernel >> 1;
  const lengths = sides.map((side) => Math.floor((side + 2 * half - kernel) / stride) + 1);
  const plan = {
    ...{ phases: [phaseOf(kernel, (k) => k - half)], stride, shape: [outputs, ...lengths] },
    ...weightsOf(site, 0, channels, false),
  };
  return planned(plan, rows, memory);
}

/** @type {Maker} */
export function transposedStep(site, rows, memory) {
  const { outputs, kernel, stride } = site.operations[site.at];
  const [channels, height, width] = rows.shape;
  const padding = (kernel - stride) / 2;
  if (padding < 0 || padding % 1) throw new Error(`${site.path}.${site.at} has an odd kernel.`);
  /** @type {(a: number) => Phase} */
  const phase = (a) =>
    phaseOf(kernel, (k) => ((a + padding - k) % stride ? null : (a + padding - k) / stride));
  const plan = {
    ...{ phases: phases(stride, phase), stride: 1 },
    shape: [outputs, stride * height, stride * width],
    ...weightsOf(site, 0, channels, true),
  };
  return planned(plan, rows, memory);
}

/** Whether repeated pixels and what follows them are one step. @type {(site: Site) => boolean} */
export function isDoubled({ operations, at }) {
  const next = operations[at + 1];
  return next?.kind === "convolve" && next.stride === 1 && next.kernel % 2 === 1;
}

/** Repeated pixels and the convolution behind them. @type {Maker} */
export function doubledStep(site, rows, memory) {
  const { factor } = site.operations[site.at];
  const { outputs, kernel } = site.operations[site.at + 1];
  const [channels, height, width] = rows.shape;
  /** @type {(a: number) => Phase} */
  const phase = (a) => phaseOf(kernel, (k) => Math.floor((a + k - (kernel >> 1)) / factor));
  const plan = {
    ...{ phases: phases(factor, phase), stride: 1 },
    shape: [outputs, factor * height, factor * width],
    ...weightsOf(site, 1, channels, false),
  };
  return planned(plan, rows, memory);
}

/**
 * The weights of one pair of phases as `Product` has them.
 * @type {(plan: Plan, vertical: Phase, horizontal: Phase, rows: Rows) => Float32Array}
 */
function packed({ weight, shape: [outputs] }, vertical, horizontal, { shape: [channels], lane }) {
  const length = horizontal.taps.length * lane;
  const all = new Float32Array(padded(outputs) * vertical.taps.length * length);
  vertical.taps.forEach((kys, dy) =>
    horizontal.taps.forEach((kxs, dx) => {
      for (let o = 0; o < outputs; o++) {
        const block = (o - (o % OUTPUTS)) * vertical.taps.length * length + (o % OUTPUTS);
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (const ky of kys) for (const kx of kxs) sum += weight(o, c, ky, kx);
          all[block + (dy * length + dx * lane + c) * OUTPUTS] = sum;
        }
      }
    }),
  );
  return all;
}

/**
 * How far a convolution sees beyond the picture: before its first pixels and behind its last ones.
 * @type {(plan: Plan, side: number, outputs: number) => [number, number]}
 */
function border({ phases, stride }, side, outputs) {
  const before = Math.max(0, ...phases.map(({ low }) => -low));
  const last = (outputs / phases.length - 1) * stride;
  const seen = Math.max(...phases.map(({ low, taps }) => last + low + taps.length));
  return [before, Math.max(0, seen - side)];
}

/** The step of a plan: the picture is laid within a border of zeros. */
/** @type {(plan: Plan, rows: Rows, memory: Memory) => Step} */
function planned(plan, rows, memory) {
  const { shape, phases, stride, used } = plan;
  const [, height, width] = rows.shape;
  const [top, bottom] = border(plan, height, shape[1]);
  const [left, right] = border(plan, width, shape[2]);
  const line = (left + width + right) * rows.lane;
  const framed = memory.reserve((top + height + bottom) * line);
  const lane = padded(shape[0]);
  const size = numbersIn([lane, ...shape.slice(1)]);
  const out = { shape, lane, size, at: memory.reserve(memory.rows * size) };
  const biasOf = (/** @type {number} */ o) => (o < shape[0] ? plan.bias(o) : 0);
  const bias = memory.put(Array.from({ length: lane }, (_, o) => biasOf(o)));
  const products = phases.flatMap((vertical, a) =>
    phases.map((horizontal, b) => ({
      y: (a * shape[2] + b) * lane,
      x: framed + (top + vertical.low) * line + (left + horizontal.low) * rows.lane,
      ...{ weight: memory.put(packed(plan, vertical, horizontal, rows)), bias, outputs: lane },
      ...{ rows: shape[1] / phases.length, columns: shape[2] / phases.length },
      ...{ runs: vertical.taps.length, length: horizontal.taps.length * rows.lane, xRun: line },
      ...{ xRow: stride * line, xStep: stride * rows.lane },
      ...{ yRow: phases.length * shape[2] * lane, yStep: phases.length * lane },
    })),
  );
  const inner = framed + top * line + left * rows.lane;
  return { ...out, run: runner(memory, rows, { inner, line }, out, products), used };
}

/**
 * Each picture laid within its border at `inner`, lines `line` apart, and multiplied.
 * @type {(memory: Memory, rows: Rows, frame: {inner: number, line: number}, out: Rows,
 *   products: Product[]) => Step["run"]}
 */
function runner(memory, { at, size, lane, shape }, { inner, line }, out, products) {
  const [, height, width] = shape;
  const length = width * lane;
  return (count) => {
    for (let picture = 0; picture < count; picture++) {
      const from = at + picture * size;
      for (let y = 0; y < height; y++) {
        memory.floats.copyWithin(inner + y * line, from + y * length, from + (y + 1) * length);
      }
      const to = out.at + picture * out.size;
      for (const product of products) memory.multiply({ ...product, y: to + product.y });
    }
  };
}
