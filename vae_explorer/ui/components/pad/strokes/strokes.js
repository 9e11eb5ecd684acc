// Strokes as they are kept: coordinates in shares of the pad's side, so that no size matters.

const NEAR = 0.003; // points nearer to the one before tell nothing
const BEND = 0.012; // a curve becomes stretches about so long
const LONGEST = 2000; // points of one stroke

/**
 * @typedef {{width: number, points: number[]}} Stroke x, y and a factor of the width by point
 */

/**
 * A stroke that begins at a place.
 * @type {(width: number, x: number, y: number, factor?: number) => Stroke}
 */
export const newStroke = (width, x, y, factor = 1) => ({ width, points: rounded(x, y, factor) });

/**
 * Lead a stroke on; was it far enough to count?
 * @type {(stroke: Stroke, x: number, y: number, factor?: number) => boolean}
 */
export function extend(stroke, x, y, factor = 1) {
  const { points } = stroke;
  const last = points.length - 3;
  const far = Math.hypot(x - points[last], y - points[last + 1]) >= NEAR;
  if (far && points.length < 3 * LONGEST) points.push(...rounded(x, y, factor));
  return far;
}

/** @type {(...values: number[]) => number[]} */
const rounded = (...values) => values.map((value) => Math.round(value * 1e4) / 1e4);

/**
 * The curve through the middles between points, bent towards the points, as capsules: 6 numbers
 * each, x, y and radius of either end. A point is a capsule of no length.
 * @param {Stroke} stroke
 * @returns {number[]}
 */
export function capsulesOf({ width, points }) {
  const node = (/** @type {number} */ i) => {
    const [x, y, factor] = points.slice(3 * i, 3 * i + 3);
    return [x, y, (factor * width) / 2];
  };
  const count = points.length / 3;
  /** @type {number[]} */
  const capsules = [];
  let at = node(0);
  const go = (/** @type {number[]} */ to) => {
    capsules.push(...at, ...to);
    at = to;
  };
  for (let i = 1; i < count - 1; i++) bend(at, node(i), middle(node(i), node(i + 1)), go);
  go(node(count - 1));
  return capsules;
}

/** @type {(a: number[], b: number[]) => number[]} */
const middle = (a, b) => a.map((value, k) => (value + b[k]) / 2);

/**
 * A quadratic curve in short stretches.
 * @type {(from: number[], control: number[], to: number[], go: (to: number[]) => void) => void}
 */
function bend(from, control, to, go) {
  const length = Math.hypot(control[0] - from[0], control[1] - from[1]) +
    Math.hypot(to[0] - control[0], to[1] - control[1]);
  const steps = Math.max(1, Math.ceil(length / BEND));
  for (let step = 1; step <= steps; step++) {
    const t = step / steps;
    const [a, b, c] = [(1 - t) ** 2, 2 * t * (1 - t), t * t];
    go(from.map((value, k) => a * value + b * control[k] + c * to[k]));
  }
}

/** What was drawn, with the way back. */
export class Sheet {
  constructor() {
    /** @type {Stroke[]} */
    this.strokes = [];
    /** @type {Stroke[][]} */
    this.past = []; // what it was before each change
    this.stamp = 0; // another number after each change, 0 while nothing was ever drawn
  }

  /** What is worth keeping through reloads, and taking it back. */
  get saved() {
    return { strokes: this.strokes, stamp: this.stamp };
  }

  /** @type {(saved: any) => void} */
  restore(saved) {
    this.strokes = (saved?.strokes ?? []).filter(isStroke);
    this.stamp = this.strokes.length && Number.isSafeInteger(saved.stamp) ? saved.stamp : 0;
  }

  get empty() {
    return this.strokes.length === 0;
  }

  /** @type {(stroke: Stroke) => void} */
  add(stroke) {
    this.change([...this.strokes, stroke]);
  }

  clear() {
    if (!this.empty) this.change([]);
  }

  /** Take the last change back; without one that is known, the last stroke. */
  undo() {
    const { past } = this;
    this.change(past.pop() ?? this.strokes.slice(0, -1));
    past.pop();
  }

  get canUndo() {
    return this.past.length > 0 || !this.empty;
  }

  /** @type {(strokes: Stroke[]) => void} */
  change(strokes) {
    this.past.push(this.strokes);
    this.strokes = strokes;
    this.touch();
  }

  /** What is drawn has changed. */
  touch() {
    this.stamp = Math.max(Date.now(), this.stamp + 1);
  }
}

/** @type {(stroke: any) => boolean} */
function isStroke(stroke) {
  const points = stroke?.points;
  const whole = Array.isArray(points) && points.length > 0 && points.length % 3 === 0;
  return whole && stroke.width > 0 && points.every(Number.isFinite);
}
