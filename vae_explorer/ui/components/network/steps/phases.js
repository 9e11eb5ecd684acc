// Convolutions as products with the kernel's weights. Of transposed ones, and those behind repeated
// pixels, each output pixel sees but a few input pixels: they are computed as one small convolution
// for each of the places that an output pixel can have in its input pixel ("phases").
import { OUTPUTS, padded } from "../matmul.js";
import { numbersIn } from "./dense.js";
/** @import { Rows, Step } from "./dense.js" */
/** @import { Memory } from "../memory.js" */
/** @import { Product } from "../matmul.js" */

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

/**
 * The entries of a kernel by the input pixel that they meet; null: none.
 * @type {(kernel: number, meets: (k: number) => number | null) => Phase}
 */
export function phaseOf(kernel, meets) {
  const met = Array.from({ length: kernel }, (_, k) => meets(k));
  const offsets = met.filter((offset) => offset !== null);
  if (!offsets.length) return { low: 0, taps: [[]] }; // a gap: one pixel of weight 0
  const low = Math.min(...offsets);
  /** @type {number[][]} */
  const taps = [];
  met.forEach((offset, k) => offset !== null && (taps[offset - low] ??= []).push(k));
  return { low, taps: Array.from(taps, (ks) => ks ?? []) };
}

/** @type {(count: number, make: (a: number) => Phase) => Phase[]} */
export const phases = (count, make) => Array.from({ length: count }, (_, a) => make(a));

/** How many of `side` output pixels are of phase `a` of `count`. */
/** @type {(side: number, a: number, count: number) => number} */
const ofPhase = (side, a, count) => Math.ceil((side - a) / count);

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
  const ends = phases.map(({ low, taps }, a) => {
    const last = ofPhase(outputs, a, phases.length) - 1;
    return last < 0 ? 0 : last * stride + low + taps.length;
  });
  return [before, Math.max(0, Math.max(...ends) - side)];
}

/** The step of a plan: the picture is laid within a border of zeros. */
/** @type {(plan: Plan, rows: Rows, memory: Memory) => Step} */
export function planned(plan, rows, memory) {
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
  const all = phases.flatMap((vertical, a) =>
    phases.map((horizontal, b) => ({
      y: (a * shape[2] + b) * lane,
      x: framed + (top + vertical.low) * line + (left + horizontal.low) * rows.lane,
      ...{ weight: memory.put(packed(plan, vertical, horizontal, rows)), bias, outputs: lane },
      rows: ofPhase(shape[1], a, phases.length),
      columns: ofPhase(shape[2], b, phases.length),
      ...{ runs: vertical.taps.length, length: horizontal.taps.length * rows.lane, xRun: line },
      ...{ xRow: stride * line, xStep: stride * rows.lane },
      ...{ yRow: phases.length * shape[2] * lane, yStep: phases.length * lane },
    })),
  );
  const products = all.filter(({ rows: high, columns: wide }) => high > 0 && wide > 0);
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
