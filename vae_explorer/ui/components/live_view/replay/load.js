// One epoch from the server, checked against what the page knows of the run.
import { frameOf, countUnplaced } from "../geometry/geometry.js";
import { unpack } from "../../browser/unpack.js";
/** @import { Shape } from "../../browser/pixels.js" */
/** @import { Frame } from "../geometry/geometry.js" */

/**
 * @typedef {object} Epoch
 * @property {Float32Array} points (count * dims)
 * @property {number} dims
 * @property {Frame} frame
 * @property {boolean} whole whether all points are finite
 * @property {Uint8Array} pictures (pictures, height, width, channels) reconstructions
 * @property {boolean} turns whether another `onto` would draw it otherwise
 */

/**
 * Raises where the epoch does not come, or is of other pictures.
 * @param {{address: string, onto: number, count: number, pictures: number, shape: Shape}} run
 * @param {number} epoch
 * @param {AbortSignal} signal
 * @returns {Promise<Epoch>}
 */
export async function loadEpoch({ address, onto, count, pictures, shape }, epoch, signal) {
  const answer = await fetch(`${address}/${onto}/${epoch}.bin`, { signal });
  if (!answer.ok) throw new Error(`epoch ${epoch}: ${answer.status}`);
  const { arrays, dims, onto: axes } = unpack(new Uint8Array(await answer.arrayBuffer()));
  const { points, reconstructions } = arrays;
  const numbers = pictures * shape[0] * shape[1] * shape[2];
  const fits = points.length === count * dims && reconstructions.length === numbers;
  if (!fits) throw new Error(`epoch ${epoch} is of other pictures than these`);
  const whole = countUnplaced({ points, dims, count }) === 0;
  const frame = frameOf(points, dims);
  return { points, dims, frame, whole, pictures: reconstructions, turns: axes !== null };
}
