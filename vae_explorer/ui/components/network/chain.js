// Operations one behind the other, each of them over the numbers that the one before leaves.
import { convolveStep, doubledStep, isDoubled, transposedStep } from "./steps/convolution.js";
import { curveStep, fourierStep, linearStep, numbersIn } from "./steps/dense.js";
import { batchStep, groupStep, reshapeStep, scaleStep } from "./steps/picture_steps.js";
import { bilinearStep, cropStep, poolStep, upsampleStep } from "./steps/resampling.js";
/** @import { Maker, Operation, Rows, Step, Weights } from "./steps/dense.js" */
/** @import { Memory } from "./memory.js" */

const MOST_ROWS = 32; // inputs at once: what passes between two layers stays in the cache
const ROOM = 2 ** 18; // numbers between two operations, for all inputs together

/** @type {{[kind: string]: Maker}} */
const MAKERS = {
  linear: linearStep,
  activate: curveStep,
  fourier: fourierStep,
  residual: residualStep,
  reshape: reshapeStep,
  scale: scaleStep,
  layer_normalize: fitting(groupStep),
  batch_normalize: fitting(batchStep),
  group_normalize: fitting(groupStep),
  convolve: fitting(convolveStep),
  transposed_convolve: fitting(transposedStep),
  max_pool: fitting(poolStep),
  average_pool: fitting(poolStep),
  upsample: fitting((site, rows, memory) => {
    if (site.operations[site.at].mode === "bilinear") return bilinearStep(site, rows, memory);
    return isDoubled(site) ? doubledStep(site, rows, memory) : upsampleStep(site, rows, memory);
  }),
  crop: fitting(cropStep),
};

/**
 * Refuse what is no picture, or list, of the size that the operation takes.
 * @type {(maker: Maker) => Maker}
 */
function fitting(maker) {
  return (site, rows, memory) => {
    const { inputs, channels, height, width } = site.operations[site.at];
    const wanted = (inputs ? [inputs] : [channels, height, width]).join(" x ");
    const given = rows.shape.join(" x ");
    if (wanted === given) return maker(site, rows, memory);
    throw new Error(`${site.path}.${site.at} should take ${given} numbers, not ${wanted}.`);
  };
}

/** @type {Maker} */
function residualStep({ operations, at, arrays, path }, rows, memory) {
  const inner = chain(operations[at].operations, arrays, `${path}.${at}.inner`, rows, memory);
  if (String(inner.shape) !== String(rows.shape)) {
    throw new Error(`${path}.${at} should give back ${rows.shape.join(" x ")} numbers.`);
  }
  const out = { ...rows, lane: inner.lane, size: inner.size };
  const sum = memory.reserve(memory.rows * out.size);
  const lines = numbersIn(rows.shape.slice(1)); // pixels, or 1
  /** @type {Step["run"]} */
  const run = (count) => {
    inner.run(count);
    const { floats } = memory;
    for (let line = 0; line < count * lines; line++) {
      const [from, to] = [rows.at + line * rows.lane, line * out.lane];
      for (let c = 0; c < rows.shape[0]; c++) {
        floats[sum + to + c] = floats[from + c] + floats[inner.at + to + c];
      }
    }
  };
  return { ...out, at: sum, run };
}

/**
 * How many inputs to compute at once: fewer where pictures are large.
 * @type {(operations: Operation[]) => number}
 */
export function rowsFor(operations) {
  const taken = operations.map(({ channels = 0, height, width, factor = 1 }) =>
    channels ? channels * height * width * factor ** 2 : 1,
  );
  return Math.max(1, Math.min(MOST_ROWS, Math.floor(ROOM / Math.max(1, ...taken))));
}

/**
 * One step for all operations; `run` takes what lies in `rows`.
 * @type {(operations: Operation[], arrays: Weights, path: string, rows: Rows, memory: Memory) =>
 *   Step}
 */
export function chain(operations, arrays, path, rows, memory) {
  /** @type {Step["run"][]} */
  const runs = [];
  let last = rows;
  for (let at = 0; at < operations.length; ) {
    const { kind } = operations[at];
    const isKnown = Object.hasOwn(MAKERS, kind);
    if (!isKnown) throw new Error(`${path}.${at} is of an unknown kind: ${kind}.`);
    const { run, used = 1, ...made } = MAKERS[kind]({ operations, at, arrays, path }, last, memory);
    runs.push(run);
    last = made;
    at += used;
  }
  /** @type {Step["run"]} */
  const run = (count) => {
    for (const each of runs) each(count);
  };
  return { ...last, run };
}
