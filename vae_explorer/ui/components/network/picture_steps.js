// Operations on pictures that multiply nothing by weights: repeated pixels, normalisation, crops,
// and the way from lists of numbers to pictures and back.
import { batchScale } from "./convolution.js";
import { numbersIn, stored } from "./dense.js";
/** @import { Maker, Rows, Step } from "./dense.js" */
/** @import { Memory } from "./memory.js" */

/**
 * Room for what comes out, its pixels as far apart as its channels are many.
 * @type {(shape: number[], memory: Memory) => Rows}
 */
function room(shape, memory) {
  const size = numbersIn(shape);
  const lane = shape.length > 1 ? shape[0] : size;
  return { shape, lane, size, at: memory.reserve(memory.rows * size) };
}

/**
 * Where each number of a picture lies, channels slowest as PyTorch has them.
 * @type {(rows: Pick<Rows, "shape" | "lane">) => Int32Array}
 */
export function placesOf({ shape: [channels, height, width], lane }) {
  const pixels = height * width;
  return Int32Array.from(
    { length: channels * pixels },
    (_, i) => (i % pixels) * lane + Math.floor(i / pixels),
  );
}

/** A picture becomes a list, or a list the picture that the operations behind it take. */
/** @type {Maker} */
export function reshapeStep({ operations, at, path }, rows, memory) {
  const flat = rows.shape.length > 1;
  const next = operations.slice(at + 1).find(({ channels }) => channels);
  const shape = next ? [next.channels, next.height, next.width] : [];
  const wanted = flat ? [numbersIn(rows.shape)] : shape;
  if (numbersIn(wanted) !== numbersIn(rows.shape) || !wanted.length) {
    const given = rows.shape.join(" x ");
    throw new Error(`${path}.${at} has ${given} numbers to lay out, not ${wanted.join(" x ")}.`);
  }
  const out = room(wanted, memory);
  const places = placesOf(flat ? rows : out);
  /** @type {Step["run"]} */
  const run = (count) => {
    const { floats } = memory;
    for (let row = 0; row < count; row++) {
      const [from, to] = [rows.at + row * rows.size, out.at + row * out.size];
      if (flat) for (let i = 0; i < places.length; i++) floats[to + i] = floats[from + places[i]];
      else for (let i = 0; i < places.length; i++) floats[to + places[i]] = floats[from + i];
    }
  };
  return { ...out, run };
}

/** The first rows and columns. @type {Maker} */
export function cropStep({ operations, at }, { shape, lane, size, at: before }, memory) {
  const { rows, columns } = operations[at];
  const [channels, , width] = shape;
  const out = { shape: [channels, rows, columns], lane, size: rows * columns * lane };
  const kept = memory.reserve(memory.rows * out.size);
  /** @type {Step["run"]} */
  const run = (count) => {
    for (let y = 0; y < count * rows; y++) {
      const from = before + Math.floor(y / rows) * size + (y % rows) * width * lane;
      memory.floats.copyWithin(kept + y * columns * lane, from, from + columns * lane);
    }
  };
  return { ...out, at: kept, run };
}

/** Each pixel repeated. @type {Maker} */
export function upsampleStep({ operations, at }, { shape, lane, size, at: before }, memory) {
  const { factor } = operations[at];
  const [channels, height, width] = shape;
  const larger = [channels, factor * height, factor * width];
  const out = { shape: larger, lane, size: factor ** 2 * size };
  const made = memory.reserve(memory.rows * out.size);
  /** @type {Step["run"]} */
  const run = (count) => {
    let to = made;
    for (let y = 0; y < count * larger[1]; y++) {
      const line = before + Math.floor(y / factor) * width * lane; // pictures follow each other
      for (let x = 0; x < larger[2]; x++, to += lane) {
        const from = line + Math.floor(x / factor) * lane;
        memory.floats.copyWithin(to, from, from + lane);
      }
    }
  };
  return { ...out, at: made, run };
}

/** Of running averages, where it stands behind no convolution. @type {Maker} */
export function batchStep(site, rows, memory) {
  const [channels] = rows.shape;
  const { scale, shift } = batchScale(site, channels);
  const out = memory.reserve(memory.rows * rows.size);
  /** @type {Step["run"]} */
  const run = (count) => {
    const { floats } = memory;
    for (let at = 0; at < count * rows.size; at += rows.lane) {
      for (let c = 0; c < channels; c++) {
        floats[out + at + c] = floats[rows.at + at + c] * scale[c] + shift[c];
      }
    }
  };
  return { ...rows, at: out, run };
}

/** Over groups of channels of each picture (Wu & He 2018). @type {Maker} */
export function groupStep(site, rows, memory) {
  const { groups, epsilon } = site.operations[site.at];
  const { lane, size } = rows;
  const [channels] = rows.shape;
  const weight = stored(site, "weight", channels);
  const bias = stored(site, "bias", channels);
  const many = channels / groups; // channels of a group
  const out = memory.reserve(memory.rows * size);
  /** @type {(from: number, to: number, first: number) => void} */
  const normalize = (from, to, first) => {
    const { floats } = memory;
    const last = first + many;
    const { mean, variance } = moments(floats, from, rows, first, last);
    const deviation = Math.sqrt(variance + epsilon);
    for (let at = 0; at < size; at += lane) {
      for (let c = first; c < last; c++) {
        floats[to + at + c] = ((floats[from + at + c] - mean) / deviation) * weight[c] + bias[c];
      }
    }
  };
  /** @type {Step["run"]} */
  const run = (count) => {
    for (let at = 0; at < count * size; at += size) {
      for (let g = 0; g < groups; g++) normalize(rows.at + at, out + at, g * many);
    }
  };
  return { ...rows, at: out, run };
}

/**
 * Mean and variance of some channels of the picture at `from`.
 * @type {(floats: Float32Array, from: number, rows: Rows, first: number, last: number) =>
 *   {mean: number, variance: number}}
 */
function moments(floats, from, { size, lane }, first, last) {
  const count = ((last - first) * size) / lane;
  let sum = 0;
  for (let at = from; at < from + size; at += lane) {
    for (let c = first; c < last; c++) sum += floats[at + c];
  }
  const mean = sum / count;
  let squares = 0;
  for (let at = from; at < from + size; at += lane) {
    for (let c = first; c < last; c++) squares += (floats[at + c] - mean) ** 2;
  }
  return { mean, variance: squares / count };
}
