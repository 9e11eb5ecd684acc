// One epoch from the server, checked against what the page knows of the run.
import { frameOf, countUnplaced } from "../geometry/geometry.js";
import { unpack } from "../../browser/unpack.js";

/**
 * @param {{address: string, onto: number, count: number, pictures: number, side: number}} run
 * @returns {Promise<object>} points (count * dims), dims, frame, whole (all are finite), pictures
 *   (pictures * side * side) bytes, turns (whether another `onto` would draw it otherwise)
 */
export async function loadEpoch({ address, onto, count, pictures, side }, epoch, signal) {
  const answer = await fetch(`${address}/${onto}/${epoch}.bin`, { signal });
  if (!answer.ok) throw new Error(`epoch ${epoch}: ${answer.status}`);
  const { arrays, dims, onto: axes } = unpack(new Uint8Array(await answer.arrayBuffer()));
  const { points, reconstructions } = arrays;
  const fits = points.length === count * dims && reconstructions.length === pictures * side * side;
  if (!fits) throw new Error(`epoch ${epoch} is of other pictures than these`);
  const whole = countUnplaced({ points, dims, count }) === 0;
  const frame = frameOf(points, dims);
  return { points, dims, frame, whole, pictures: reconstructions, turns: axes !== null };
}
