// The plane of a living slice: which places of the latent space its cells show, and how decoded
// pictures are laid into one sheet. Cells run row by row from the top.
/** @import { Shape } from "../../browser/pixels.js" */

/**
 * A plane through z spanned by two latent unit vectors at right angles: u grows to the right, v
 * upwards. `across` and `up` are [low, high] of the coordinates along them, or, where `relative`,
 * of what is added to those of z. A vector of zeros repeats the same cells in that direction.
 * @typedef {object} Plane
 * @property {number[]} u
 * @property {number[]} v
 * @property {Range} across
 * @property {Range} up
 * @property {boolean} relative
 */

/** @typedef {[low: number, high: number]} Range */

/** @type {(a: ArrayLike<number>, b: ArrayLike<number>) => number} */
const dot = (a, b) => Array.from(a).reduce((sum, value, d) => sum + value * b[d], 0);
/** @type {(latent: number, dim: number) => number[]} */
const unit = (latent, dim) => Array.from({ length: latent }, (_, d) => (d === dim ? 1 : 0));

/**
 * The plane along two latent coordinates, `ranges` [low, high] for each of all D.
 * @type {(axes: number[], ranges: Range[]) => Plane}
 */
export function axisPlane([right, up], ranges) {
  const { length } = ranges;
  const [u, v] = [unit(length, right), unit(length, up)];
  return { u, v, across: ranges[right], up: ranges[up], relative: false };
}

/**
 * The plane of the screen: latent directions of its right and up, z in the middle.
 * @type {(right: number[], up: number[], half: number) => Plane}
 */
export function screenPlane(right, up, half) {
  /** @type {Range} */
  const range = [-half, half];
  return { u: [...right], v: [...up], across: range, up: range, relative: true };
}

/**
 * z moved within the plane to shares 0..1 of its extent, rightwards and upwards.
 * @type {(z: ArrayLike<number>, plane: Plane, rightward: number, upward: number) => Float32Array}
 */
export function placeOn(z, { u, v, across, up, relative }, rightward, upward) {
  /** @type {(direction: number[], range: Range, share: number) => number} */
  const move = (direction, [low, high], share) =>
    low + (high - low) * share - (relative ? 0 : dot(direction, z));
  const [a, b] = [move(u, across, rightward), move(v, up, upward)];
  return Float32Array.from(z, (value, d) => value + a * u[d] + b * v[d]);
}

/**
 * Where z itself is on the plane: shares of its extent rightwards and upwards, 0..1 inside.
 * @type {(z: ArrayLike<number>, plane: Plane) => number[]}
 */
export function sharesOf(z, { u, v, across, up, relative }) {
  /** @type {(direction: number[], range: Range) => number} */
  const share = (direction, [low, high]) =>
    high === low ? 0.5 : ((relative ? 0 : dot(direction, z)) - low) / (high - low);
  return [share(u, across), share(v, up)];
}

/**
 * The n x n places of the plane through z, Float32Array(n * n * D); the ends are included.
 * @type {(z: ArrayLike<number>, plane: Plane, n: number) => Float32Array}
 */
export function planePlaces(z, plane, n) {
  const places = new Float32Array(n * n * z.length);
  const last = Math.max(1, n - 1);
  for (let cell = 0; cell < n * n; cell++) {
    const [row, column] = [Math.floor(cell / n), cell % n];
    places.set(placeOn(z, plane, column / last, 1 - row / last), cell * z.length);
  }
  return places;
}

/**
 * What the cells through z show, as text: the same for all z that differ only within the plane.
 * @type {(z: ArrayLike<number>, plane: Plane, label: number) => string}
 */
export function cellsKey(z, plane, label) {
  const { u, v, relative } = plane;
  /** The share of z that lies outside. @type {(d: number) => number} */
  const share = (d) => (relative ? 1 : 1 - u[d] ** 2 - v[d] ** 2);
  const outside = Array.from(z, (value, d) => value * share(d));
  return JSON.stringify([plane, outside, label]);
}

/**
 * Row and column of the cell nearest to z, or null where z lies outside the plane's extent.
 * @type {(z: ArrayLike<number>, plane: Plane, n: number) => [number, number] | null}
 */
export function cellOf(z, plane, n) {
  const last = Math.max(1, n - 1);
  const shares = sharesOf(z, plane);
  if (!shares.every((share) => share >= -0.5 / last && share <= 1 + 0.5 / last)) return null;
  const [column, fromBelow] = shares.map((s) => Math.min(n - 1, Math.max(0, Math.round(s * last))));
  return [n - 1 - fromBelow, column];
}

/**
 * Lay decoded pictures into the sheet's cells `first`, `first + 1`, ...
 * @param {Uint8ClampedArray} sheet (n * height, n * width, channels), 255 for 1; NaN becomes 0
 * @param {Float32Array} pictures at least (count, height, width, channels) in [0, 1]
 * @param {number} first
 * @param {number} count
 * @param {number} n cells along a side
 * @param {Shape} shape of a picture
 */
export function layCells(sheet, pictures, first, count, n, [channels, height, width]) {
  const line = width * channels;
  let from = 0;
  for (let k = 0; k < count; k++) {
    const [row, column] = [Math.floor((first + k) / n), (first + k) % n];
    for (let y = 0; y < height; y++) {
      let to = ((row * height + y) * n + column) * line;
      for (let x = 0; x < line; x++) sheet[to++] = pictures[from++] * 255;
    }
  }
}
