// Convolutions of pictures: plain, transposed and behind repeated pixels (see phases.js), and those
// in groups. A batch normalisation behind is part of the weights.
import { room, stored } from "./dense.js";
import { phaseOf, phases, planned } from "./phases.js";
/** @import { Maker, Rows, Site, Step } from "./dense.js" */
/** @import { Memory } from "../memory.js" */
/** @import { Phase, Plan } from "./phases.js" */

/** @typedef {Pick<Plan, "weight" | "bias" | "used">} Weighing */

/** @type {{scale: number[], shift: number[]}} */
const NO_SCALE = { scale: [], shift: [] };

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
 * Weights and biases with what stands behind them; `inputs` is what one output sees.
 * @type {(site: Site, beyond: number, inputs: number, transposed: boolean) => Weighing}
 */
function weightsOf(site, beyond, inputs, transposed) {
  const { outputs, kernel, bias: biased = true } = site.operations[site.at + beyond];
  const weight = stored(site, "weight", inputs * outputs * kernel ** 2, beyond);
  const bias = biased ? stored(site, "bias", outputs, beyond) : null;
  const follows = site.operations[site.at + beyond + 1]?.kind === "batch_normalize";
  const { scale, shift } = follows ? batchScale(site, outputs, beyond + 1) : NO_SCALE;
  return {
    weight: (o, c, ky, kx) => {
      const pair = transposed ? c * outputs + o : o * inputs + c;
      return weight[(pair * kernel + ky) * kernel + kx] * (scale[o] ?? 1);
    },
    bias: (o) => (bias?.[o] ?? 0) * (scale[o] ?? 1) + (shift[o] ?? 0),
    used: beyond + (follows ? 2 : 1),
  };
}

/** What a convolution makes of a side. @type {(site: Site, side: number, beyond?: number) => number} */
function convolvedSide({ operations, at }, side, beyond = 0) {
  const { kernel, stride, padding, dilation = 1 } = operations[at + beyond];
  return Math.floor((side + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
}

/** @type {Maker} */
export function convolveStep(site, rows, memory) {
  const { outputs, kernel, stride, padding, groups = 1, dilation = 1 } = site.operations[site.at];
  const [channels, ...sides] = rows.shape;
  const shape = [outputs, ...sides.map((side) => convolvedSide(site, side))];
  const weighing = weightsOf(site, 0, channels / groups, false);
  if (groups > 1) return groupedStep(site, weighing, rows, room(shape, memory), memory);
  const phase = phaseOf(kernel, (k) => k * dilation - padding);
  return planned({ phases: [phase], stride, shape, ...weighing }, rows, memory);
}

/** @type {Maker} */
export function transposedStep(site, rows, memory) {
  const { outputs, kernel, stride, padding, output_padding: added = 0 } = site.operations[site.at];
  const [channels, ...sides] = rows.shape;
  /** @type {(a: number) => Phase} */
  const phase = (a) =>
    phaseOf(kernel, (k) => ((a + padding - k) % stride ? null : (a + padding - k) / stride));
  const plan = {
    ...{ phases: phases(stride, phase), stride: 1 },
    shape: [outputs, ...sides.map((side) => (side - 1) * stride - 2 * padding + kernel + added)],
    ...weightsOf(site, 0, channels, true),
  };
  return planned(plan, rows, memory);
}

/** Whether repeated pixels and what follows them are one step. @type {(site: Site) => boolean} */
export function isDoubled({ operations, at }) {
  const { kind, stride, groups = 1, dilation = 1 } = operations[at + 1] ?? {};
  return kind === "convolve" && stride * groups * dilation === 1;
}

/** Repeated pixels and the convolution behind them. @type {Maker} */
export function doubledStep(site, rows, memory) {
  const { factor } = site.operations[site.at];
  const { outputs, kernel, padding } = site.operations[site.at + 1];
  const [channels, ...sides] = rows.shape;
  /** @type {(a: number) => Phase} */
  const phase = (a) => phaseOf(kernel, (k) => Math.floor((a + k - padding) / factor));
  const plan = {
    ...{ phases: phases(factor, phase), stride: 1 },
    shape: [outputs, ...sides.map((side) => convolvedSide(site, factor * side, 1))],
    ...weightsOf(site, 1, channels, false),
  };
  return planned(plan, rows, memory);
}

/**
 * A convolution in groups, one sum after the other: sums are short, and seen by few outputs.
 * @type {(site: Site, weighing: Weighing, rows: Rows, out: Rows, memory: Memory) => Step}
 */
function groupedStep(site, weighing, rows, out, memory) {
  const { outputs, kernel, stride, padding, groups, dilation = 1 } = site.operations[site.at];
  const [[channels, height, width], [, high, wide]] = [rows.shape, out.shape];
  const weights = byEntry(weighing, outputs, channels / groups, kernel);
  const biases = Float32Array.from({ length: outputs }, (_, o) => weighing.bias(o));
  const add = adder(weights, outputs, channels / groups, groups);
  /** @type {(from: number, to: number, top: number, left: number) => void} */
  const convolve = (from, to, top, left) => {
    for (let k = 0; k < kernel ** 2; k++) {
      const y = top + Math.floor(k / kernel) * dilation;
      const x = left + (k % kernel) * dilation;
      if (y < 0 || x < 0 || y >= height || x >= width) continue;
      add(memory.floats, from + (y * width + x) * rows.lane, to, k);
    }
  };
  /** @type {Step["run"]} */
  const run = (count) => {
    for (let pixel = 0; pixel < count * high * wide; pixel++) {
      const from = rows.at + Math.floor(pixel / high / wide) * rows.size;
      const to = out.at + pixel * out.lane;
      const [y, x] = [Math.floor(pixel / wide) % high, pixel % wide];
      memory.floats.set(biases, to);
      convolve(from, to, y * stride - padding, x * stride - padding);
    }
  };
  return { ...out, run, used: weighing.used };
}

/** Weights (entries of the kernel, outputs, inputs). */
/** @type {(weighing: Weighing, outputs: number, inputs: number, kernel: number) => Float32Array} */
function byEntry({ weight }, outputs, inputs, kernel) {
  return Float32Array.from({ length: kernel ** 2 * outputs * inputs }, (_, i) => {
    const [k, o] = [Math.floor(i / outputs / inputs), Math.floor(i / inputs) % outputs];
    return weight(o, i % inputs, Math.floor(k / kernel), k % kernel);
  });
}

/**
 * Adds what the input pixel at `from` gives to the output pixel at `to`, by entry k of the kernel.
 * @type {(weights: Float32Array, outputs: number, inputs: number, groups: number) =>
 *   (floats: Float32Array, from: number, to: number, k: number) => void}
 */
function adder(weights, outputs, inputs, groups) {
  const firsts = Int32Array.from(
    { length: outputs },
    (_, o) => Math.floor((o * groups) / outputs) * inputs,
  );
  return (floats, from, to, k) => {
    let w = k * outputs * inputs;
    for (let o = 0; o < outputs; o++) {
      const first = from + firsts[o];
      let sum = 0;
      for (let c = 0; c < inputs; c++, w++) sum += floats[first + c] * weights[w];
      floats[to + o] += sum;
    }
  };
}
