// The place in the address behind "#", as in "#z1=0.50&z2=-1.20&label=3": a page from disk has no
// other part that may change.
import { decimalsOf } from "../geometry/decimals.js";

/** @typedef {{z: number[], label: number}} Place */

/**
 * What the address says, or null where that is no place of this space.
 * @type {(latent: number, classes: number, hash?: string) => Place | null}
 */
export function readPlace(latent, classes, hash = location.hash) {
  const parameters = new URLSearchParams(hash.slice(1));
  const z = Array.from({ length: latent }, (_, d) => Number(parameters.get(`z${d + 1}`) || NaN));
  if (!z.every(Number.isFinite)) return null;
  const label = Number(parameters.get("label") ?? 0);
  return { z, label: Number.isInteger(label) && label >= 0 && label < classes ? label : 0 };
}

/**
 * The address of a place, as exact as a slider's step.
 * @type {(place: Place, classes: number, step?: number) => string}
 */
export function placeHash({ z, label }, classes, step) {
  const parts = Array.from(z, (value, d) => `z${d + 1}=${value.toFixed(decimalsOf(step))}`);
  if (classes) parts.push(`label=${label}`);
  return `#${parts.join("&")}`;
}

/**
 * Put a place into the address, without a step in the history.
 * @type {(place: Place, classes: number, step?: number) => void}
 */
export function writePlace(place, classes, step) {
  try {
    history.replaceState(null, "", placeHash(place, classes, step));
  } catch {
    // some browsers forbid this to pages from disk, or that often: then the link stays behind
  }
}
