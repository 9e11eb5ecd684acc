// Operations that take each channel for itself: scales and normalisation; and the way from lists of
// numbers to pictures and back.
import { batchScale } from "./convolution.js";
import { numbersIn, room, stored } from "./dense.js";
/** @import { Maker, Rows, Step } from "./dense.js" */
/** @import { Memory } from "../memory.js" */

/**
 * Where each number of a picture lies, channels slowest as PyTorch has them.
 * @type {(rows: Pick<Rows, "shape" | "lane">) => Int32Array}
 */
function placesOf({ shape: [channels, height, width], lane }) {
  const pixels = height * width;
  return Int32Array.from(
    { length: channels * pixels },
    (_, i) => (i % pixels) * lane + Math.floor(i / pixels),
  );
}

/** Whether these are sizes of a picture, not of a list. @type {(shape: number[]) => boolean} */
const isPicture = (shape) => shape.length > 1;

/** A picture becomes a list, or a list a picture. @type {Maker} */
export function reshapeStep({ operations, at, path }, rows, memory) {
  const { shape } = operations[at];
  const flat = isPicture(rows.shape);
  if (numbersIn(shape) !== numbersIn(rows.shape) || flat === isPicture(shape)) {
    const given = rows.shape.join(" x ");
    throw new Error(`${path}.${at} has ${given} numbers to lay out, not ${shape.join(" x ")}.`);
  }
  const out = room(shape, memory);
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

/**
 * Each channel, or value of a list, times a factor and shifted.
 * @type {(scale: ArrayLike<number>, shift: ArrayLike<number>, rows: Rows, memory: Memory) => Step}
 */
function scaled(scale, shift, rows, memory) {
  const [channels] = rows.shape;
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

/** Of running averages, where it stands behind no convolution. @type {Maker} */
export function batchStep(site, rows, memory) {
  const { scale, shift } = batchScale(site, rows.shape[0]);
  return scaled(scale, shift, rows, memory);
}

/** By fixed numbers. @type {Maker} */
export function scaleStep({ operations, at, path }, rows, memory) {
  const [channels] = rows.shape;
  const [scale, shift] = [operations[at].factors, operations[at].shifts].map((numbers) => {
    if (numbers.length === 1) return Array(channels).fill(numbers[0]);
    if (numbers.length === channels) return numbers;
    throw new Error(`${path}.${at} should have 1 or ${channels} numbers, got ${numbers.length}.`);
  });
  return scaled(scale, shift, rows, memory);
}

/** Over groups of channels of each picture (Wu & He 2018), or over all of a list. @type {Maker} */
export function groupStep(site, rows, memory) {
  const { groups = 1, epsilon } = site.operations[site.at];
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
