// What Python marks in the picture, and the way of the current point to a new place.

const TRAVEL = 150; // milliseconds the marker takes to a new point

export class Marks {
  constructor() {
    this.held = new Map(); // source -> {point, paths, dots, target, posterior}
    this.shown = null; // where the marker is drawn
    this.travel = null; // {from, to, start} while it moves
  }

  /** Hold, or with null drop, the mark that `source` announced. */
  set(source, mark) {
    this.held.delete(source);
    if (mark) this.held.set(source, mark); // behind the others: the latest counts
    const goal = this.all.point;
    const still = !this.shown || !goal || matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.travel = still ? null : { from: this.shown, to: goal, start: performance.now() };
    if (still) this.shown = goal;
  }

  /** All marks in one; of several points, posteriors, sets of paths or dots the latest counts. */
  get all() {
    const marks = [...this.held.values()];
    const latest = (name) => marks.map((mark) => mark[name]).findLast(Boolean) ?? null;
    const target = marks.flatMap((mark) => mark.target ?? []);
    const posterior = latest("posterior");
    const [paths, dots] = [latest("paths"), latest("dots")];
    return { point: latest("point"), paths, dots, target, posterior };
  }

  /** Move the marker a little further on its way; is there more to go? */
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
