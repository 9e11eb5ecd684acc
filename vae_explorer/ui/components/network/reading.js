// How the numbers that a network takes and gives are read: as pictures (height, width, channels) in
// [0, 1], as the browser has them, and as the spread of a posterior.
import { sigmoid, softplus } from "./steps/curves.js";
/** @import { Rows } from "./steps/dense.js" */
/** @import { Shape } from "../browser/pixels.js" */

/**
 * Of a network's pictures. Factors and shifts are one for all or one a channel, red first. A list
 * has channels slowest ("image", the default) or fastest; `colours` says which is first in it.
 * @typedef {object} Reading
 * @property {number | number[]} [factor] 1 unless said
 * @property {number | number[]} [shift] 0 unless said
 * @property {"image" | "channels_last"} [order]
 * @property {"rgb" | "bgr"} [colours]
 */

/** @typedef {Reading & {flat?: boolean}} Input a picture's value times factor plus shift is what
 *   the network takes; flat: as a list, which is what its first operation says unless said here */

/** @typedef {Reading & {kind?: "sigmoid" | "affine"}} Output affine: a raw number times factor plus
 *   shift is what is shown, cut to [0, 1]; otherwise its sigmoid is */

/**
 * What the two halves of an encoder's numbers are: which of them is the mean, 0 or 1, and what the
 * other one says; null: there is no other one.
 * @typedef {object} Heads
 * @property {0 | 1} first
 * @property {"log_variance" | "variance" | "standard_deviation" | "log_standard_deviation" |
 *   "softplus_standard_deviation" | null} second
 */

const TINY = 1e-12; // of a variance: a logarithm is taken of it

/** @type {{[second: string]: (v: number) => number}} log variance of what the head says */
const LOG_VARIANCES = {
  log_variance: (v) => v,
  variance: (v) => Math.log(Math.max(v, TINY)),
  standard_deviation: (v) => 2 * Math.log(Math.max(Math.abs(v), TINY)),
  log_standard_deviation: (v) => 2 * v,
  softplus_standard_deviation: (v) => 2 * Math.log(Math.max(softplus(v), TINY)),
};

/** One number a channel. @type {(numbers: number | number[], channels: number) => number[]} */
function perChannel(numbers, channels) {
  const all = typeof numbers === "number" ? [numbers] : numbers;
  if (all.length === channels) return all;
  if (all.length === 1) return Array(channels).fill(all[0]);
  throw new Error(`There should be 1 or ${channels} numbers for channels, got ${all.length}.`);
}

/**
 * Where the network has each number of a picture (height, width, channels).
 * @type {(rows: Pick<Rows, "shape" | "lane">, shape: Shape, reading: Reading) => Int32Array}
 */
export function placesIn(rows, [channels, height, width], { order, colours }) {
  const pixels = height * width;
  const lane = rows.shape.length > 1 ? rows.lane : order === "channels_last" ? channels : 0;
  return Int32Array.from({ length: channels * pixels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    const channel = colours === "bgr" ? channels - 1 - (i % channels) : i % channels;
    return lane ? pixel * lane + channel : channel * pixels + pixel;
  });
}

/**
 * What of a picture's channel the network takes, or shows.
 * @type {(reading: Reading, channels: number) => (value: number, channel: number) => number}
 */
export function affine({ factor = 1, shift = 0 }, channels) {
  const [factors, shifts] = [perChannel(factor, channels), perChannel(shift, channels)];
  return (value, channel) => value * factors[channel] + shifts[channel];
}

/** @type {(output: Output, channels: number) => (raw: number, channel: number) => number} */
export function shownOf({ kind = "sigmoid", ...reading }, channels) {
  if (kind === "sigmoid") return sigmoid;
  const value = affine(reading, channels);
  return (raw, channel) => Math.min(Math.max(value(raw, channel), 0), 1);
}

/**
 * The standard deviation of what the second head says, its log variance kept within a range.
 * @type {(second: string, range: [number, number]) => (v: number) => number}
 */
export function deviationOf(second, [low, high]) {
  const isKnown = Object.hasOwn(LOG_VARIANCES, second);
  if (!isKnown) throw new Error(`The encoder's second head is of an unknown kind: ${second}.`);
  const logVariance = LOG_VARIANCES[second];
  return (v) => Math.exp(Math.min(Math.max(logVariance(v), low), high) / 2);
}
