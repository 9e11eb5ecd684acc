// The place z in the latent space: one owner for all that show it. It jumps where a hand holds it
// and travels where it is sent, within the ranges of the data.
/** @import { Range } from "../slice/slice_plan.js" */

const HOP = 420; // milliseconds to a new place
const STRIDE = 160; // milliseconds between two places of a path

/** @type {(share: number) => number} */
const smooth = (share) => share * share * (3 - 2 * share);
/** @type {(value: number, range: Range) => number} */
const within = (value, [low, high]) => Math.min(high, Math.max(low, value));

export class Place {
  /**
   * @param {Range[]} ranges of each coordinate
   * @param {() => void} onChange z is another one now, or will be on the next frame
   */
  constructor(ranges, onChange) {
    this.ranges = ranges;
    this.onChange = onChange;
    this.z = new Float32Array(ranges.length);
    /** @type {{stops: ArrayLike<number>[], start: number, milliseconds: number} | null} */
    this.journey = null;
  }

  /** Whether z is on its way somewhere. */
  get travelling() {
    return this.journey !== null;
  }

  /** Where z is or is on its way to. @returns {ArrayLike<number>} */
  get goal() {
    return this.journey?.stops.at(-1) ?? this.z;
  }

  /**
   * Be at `z` (D numbers) now; a journey ends. Numbers that are not finite are not taken.
   * @type {(z: ArrayLike<number>) => void}
   */
  set(z) {
    this.journey = null;
    this.put(z);
  }

  /** @type {(z: ArrayLike<number>) => void} */
  put(z) {
    for (let d = 0; d < this.z.length; d++) {
      if (Number.isFinite(z[d])) this.z[d] = within(z[d], this.ranges[d]);
    }
    this.onChange();
  }

  /** Be at z moved by `change` (D numbers). @type {(change: ArrayLike<number>) => void} */
  shift(change) {
    this.set(this.z.map((value, d) => value + change[d]));
  }

  /**
   * Set out for the last of `stops` (each D numbers) by way of the others.
   * @type {(stops: ArrayLike<number>[], now: number) => void}
   */
  travel(stops, now) {
    const goal = stops[stops.length - 1];
    if (this.z.every((value, d) => Math.abs(value - goal[d]) < 1e-6)) return;
    const milliseconds = stops.length > 1 ? STRIDE * stops.length : HOP;
    this.journey = { stops: [this.z.slice(), ...stops], start: now, milliseconds };
    this.onChange();
  }

  /**
   * Go on with the journey, once a frame. Returns whether it has come to its end just now.
   * @type {(now: number) => boolean}
   */
  step(now) {
    if (!this.journey) return false;
    const { stops, start, milliseconds } = this.journey;
    const share = Math.min(1, Math.max(0, (now - start) / milliseconds));
    const at = smooth(share) * (stops.length - 1);
    const leg = Math.min(stops.length - 2, Math.floor(at));
    const [from, to] = [stops[leg], stops[leg + 1]];
    if (share === 1) this.journey = null;
    this.put(Float32Array.from(from, (value, d) => value + (to[d] - value) * (at - leg)));
    return share === 1;
  }
}
