// What Python marks in the picture, and the way of the current point to a new place.
/** @import { Place } from "../geometry/close_up.js" */
/** @import { Posterior } from "../overlays/ellipsoid.js" */

/**
 * What a source marks, in drawn coordinates; all of it optional.
 * @typedef {object} Mark
 * @property {number[] | null} [point]
 * @property {Path[] | null} [paths]
 * @property {{point: number[], colour: string}[] | null} [dots] where a player is on each path
 * @property {Target[]} [target]
 * @property {Posterior | null} [posterior]
 * @property {number[][] | null} [mass] draws from a posterior of any shape
 * @property {Look | null} [look]
 * @property {Way[] | null} [ways] which an explorer offers, in this order
 * @typedef {{name: string, colour: string, points: number[][]}} Path colour "" is that of text
 * @typedef {{label: string, point: number[]}} Target
 * @typedef {{name: string, z: number[] | null}} Way to a place (D,), or, null, to see `look`
 * @typedef {Place & {count: number}} Look a place to be seen from near when the count has changed
 */

const TRAVEL = 150; // milliseconds the marker takes to a new point

export class Marks {
  constructor() {
    /** @type {Map<string, Mark>} */
    this.bySource = new Map();
    /** @type {Map<string, number>} */
    this.looks = new Map(); // by source, the count last heard
    /** @type {number[] | null} */
    this.shown = null; // where the marker is drawn
    /** @type {{from: number[], to: number[], start: number} | null} */
    this.travel = null; // while it moves
  }

  /**
   * Hold, or with null drop, the mark that `source` announced.
   * @type {(source: string, mark: Mark | null) => void}
   */
  set(source, mark) {
    this.bySource.delete(source);
    if (mark) this.bySource.set(source, mark); // behind the others: the latest counts
    const goal = this.all.point;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.shown && goal && !calm) {
      this.travel = { from: this.shown, to: goal, start: performance.now() };
    } else {
      this.travel = null;
      this.shown = goal;
    }
  }

  /**
   * The place that `source` asks to see from near: once, and not when it is first heard.
   * @type {(source: string, mark: Mark | null) => Place | null}
   */
  wanted(source, mark) {
    if (!mark?.look) return null;
    const { count } = mark.look;
    const before = this.looks.get(source) ?? count;
    this.looks.set(source, count);
    return count === before ? null : mark.look;
  }

  /** All marks in one; of points, posteriors, draws, sets of paths or dots the latest counts. */
  get all() {
    const marks = [...this.bySource.values()];
    /**
     * @type {<K extends "point" | "paths" | "dots" | "posterior" | "mass" | "look" |
     *   "ways">(name: K) =>
     *   NonNullable<Mark[K]> | null}
     */
    const latest = (name) => marks.map((mark) => mark[name]).findLast(Boolean) ?? null;
    const target = marks.flatMap((mark) => mark.target ?? []);
    const [posterior, mass] = [latest("posterior"), latest("mass")];
    const [look, ways] = [latest("look"), latest("ways")];
    const [paths, dots] = [latest("paths"), latest("dots")];
    return { point: latest("point"), paths, dots, target, posterior, mass, look, ways };
  }

  /**
   * Move the marker a little further on its way; is there more to go?
   * @type {(now: number) => boolean}
   */
  step(now) {
    if (!this.travel) return false;
    const { from, to, start } = this.travel;
    const share = Math.min(1, Math.max(0, (now - start) / TRAVEL));
    const eased = 1 - (1 - share) ** 3;
    this.shown = to.map((value, d) => from[d] + (value - from[d]) * eased);
    if (share === 1) this.travel = null;
    return share < 1;
  }
}
