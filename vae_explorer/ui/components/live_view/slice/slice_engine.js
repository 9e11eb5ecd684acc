// Keeps a living slice up to date: sends the newest place to a worker, one sheet at a time, with as
// many cells as the machine has time for while the cursor moves, and more of them at rest.
import { serveSlices } from "./slice_worker.js";
/** @import { Plane } from "./slice_plan.js" */
/** @import { Model, Reply, Request, Scope } from "./slice_worker.js" */

/**
 * What the engine needs of a worker.
 * @typedef {object} SliceWorker
 * @property {(data: Model | Request) => void} postMessage
 * @property {() => void} terminate
 * @property {((event: {data: Reply}) => void) | null} onmessage
 * @property {(() => void) | null} onerror
 */

/** @typedef {{z: Float32Array, plane: Plane, label: number, resting: boolean}} Wish */
/** @typedef {Wish & {id: number, n: number}} Flight */

/**
 * Cells along a side of a full sheet, and the milliseconds that a sheet may take while the cursor
 * moves and when it rests.
 * @typedef {{cells: number, moving: number, resting: number}} SlicePlan
 */

const LEAST = [7, 5, 3]; // cells along a side, always odd, so that one holds z: the most of these
const SLOW = 3; // that take no longer than so many times what a sheet may take
const GUESS = 4e6; // multiplications a millisecond, until it is measured
const GROWTH = 0.8; // share of the time that a larger sheet must fit in, so that sizes stay
const MEMORY = 5; // sheets whose times count
const ENOUGH = 3; // sheets before their times count: the first ones run code not yet compiled

/**
 * How many cells along a side to draw.
 * @param {number} cost milliseconds a cell
 * @param {number} current the number so far
 * @param {number} most of a full sheet
 * @param {number} goal milliseconds for a sheet
 */
export function cellsFor(cost, current, most, goal) {
  const fits = (/** @type {number} */ n) => n * n * cost <= (n > current ? goal * GROWTH : goal);
  const least = LEAST.find((n) => n * n * cost <= goal * SLOW) ?? Math.min(...LEAST);
  let cells = most;
  while (cells > least && !fits(cells)) cells -= 2;
  return cells;
}

/** A worker that runs a script's text. @type {(text: string) => SliceWorker} */
function scriptWorker(text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const script = new Worker(address);
  /** @type {SliceWorker} */
  const worker = {
    onmessage: null,
    onerror: null,
    postMessage: (data) => script.postMessage(data),
    terminate: () => script.terminate(),
  };
  script.onmessage = (event) => worker.onmessage?.(event);
  script.onerror = () => worker.onerror?.();
  script.addEventListener("message", () => URL.revokeObjectURL(address), { once: true });
  return worker;
}

/**
 * What stands in for a worker where the page may not have one: small pieces on the page itself.
 * @type {() => SliceWorker}
 */
export function pageWorker() {
  let ended = false;
  const end = () => {
    ended = true;
  };
  /** @type {SliceWorker} */
  const worker = {
    onmessage: null,
    onerror: null,
    postMessage: (data) => scope.onmessage?.({ data }),
    terminate: end,
  };
  /** @type {() => Promise<void>} */
  const pause = () => new Promise((resolve) => !ended && setTimeout(resolve));
  /** @type {Scope} */
  const scope = { onmessage: null, postMessage: (data) => !ended && worker.onmessage?.({ data }) };
  serveSlices(scope, { batch: 16, pause });
  return worker;
}

/**
 * A worker, or what stands in for it where the page's policy forbids workers.
 * @type {(makeWorker: (text: string) => SliceWorker, text: string) => SliceWorker}
 */
function started(makeWorker, text) {
  try {
    return makeWorker(text);
  } catch {
    return pageWorker();
  }
}

/**
 * @typedef {object} Sheet
 * @property {Uint8ClampedArray} pixels (n * height, n * width, channels), 255 for 1
 * @property {number} n cells along a side
 * @property {Float32Array} z the place it was drawn for
 * @property {Plane} plane
 * @property {number} label
 * @property {boolean} resting whether it was asked for at rest
 * @property {number} milliseconds what it took
 */

export class SliceEngine {
  /**
   * @param {string} workerText a classic script that ends in slice_worker.js
   * @param {Model} model
   * @param {SlicePlan} plan
   * @param {(sheet: Sheet) => void} onSheet told of each sheet that is still wanted
   * @param {(text: string) => SliceWorker} makeWorker
   */
  constructor(workerText, model, plan, onSheet, makeWorker = scriptWorker) {
    this.model = model;
    this.plan = plan;
    this.onSheet = onSheet;
    this.guess = model.spec.cost / GUESS; // milliseconds a cell
    /** @type {number[]} */
    this.costs = []; // milliseconds a cell of the last sheets
    this.cells = cellsFor(this.guess, 0, LEAST[0], plan.moving); // along a side, while moving
    this.requests = 0;
    /** @type {Flight | null} */
    this.flight = null; // the request that the worker is at
    /** @type {(Wish & {id: number}) | null} */
    this.waiting = null; // the newest one behind it
    this.worker = this.employ(started(makeWorker, workerText));
  }

  /**
   * The cursor moves: a sheet of as many cells as there is time for.
   * @type {(z: ArrayLike<number>, plane: Plane, label?: number) => void}
   */
  ask(z, plane, label = 0) {
    this.want({ z: Float32Array.from(z), plane, label, resting: false });
  }

  /**
   * The cursor rests: the full sheet.
   * @type {(z: ArrayLike<number>, plane: Plane, label?: number) => void}
   */
  settle(z, plane, label = 0) {
    this.want({ z: Float32Array.from(z), plane, label, resting: true });
  }

  destroy() {
    this.onSheet = () => {};
    this.worker.terminate();
  }

  /**
   * Give a worker the model, and hear what it answers.
   * @type {(worker: SliceWorker) => SliceWorker}
   */
  employ(worker) {
    worker.onmessage = ({ data }) => this.receive(data);
    worker.onerror = () => this.replace();
    worker.postMessage(this.model);
    return worker;
  }

  /** The worker cannot run (a policy may say so late): go on upon the page, with what was asked. */
  replace() {
    this.worker.terminate();
    this.worker = this.employ(pageWorker());
    if (this.flight) this.send(this.flight);
  }

  /**
   * A full sheet gives way at once, as nobody rests any more; a quick one is let finish.
   * @type {(wish: Wish) => void}
   */
  want(wish) {
    this.waiting = { ...wish, id: ++this.requests };
    if (!this.flight || this.flight.resting) this.sendWaiting();
  }

  sendWaiting() {
    const { waiting } = this;
    this.waiting = null;
    this.flight = waiting && { ...waiting, n: waiting.resting ? this.restingCells : this.cells };
    if (this.flight) this.send(this.flight);
  }

  /** Along a side, at rest. */
  get restingCells() {
    const { cells, resting } = this.plan;
    return cellsFor(this.cost, cells, cells, resting);
  }

  /** Milliseconds a cell, as far as that is known. */
  get cost() {
    return this.costs.toSorted((a, b) => a - b)[(this.costs.length - 1) >> 1] ?? this.guess;
  }

  /** @type {(flight: Flight) => void} */
  send({ id, z, plane, n, label }) {
    this.worker.postMessage({ id, z, plane, n, label });
  }

  /** @type {(reply: Reply) => void} */
  receive(reply) {
    if (!this.flight || reply.id !== this.flight.id) return; // another has taken its place
    const { flight } = this;
    if (!("error" in reply)) {
      this.learn(reply);
      this.refine(flight);
    }
    this.sendWaiting();
    if ("error" in reply) throw new Error(reply.error);
    this.onSheet({ ...flight, ...reply });
  }

  /**
   * At rest, where more cells fit into the time than was thought.
   * @type {(flight: Flight) => void}
   */
  refine({ n, ...wish }) {
    if (!wish.resting || this.waiting || this.restingCells <= n) return;
    this.waiting = { ...wish, id: ++this.requests };
  }

  /** @type {(sheet: {n: number, milliseconds: number}) => void} */
  learn({ n, milliseconds }) {
    this.costs = [...this.costs, milliseconds / n ** 2].slice(-MEMORY);
    if (this.costs.length < ENOUGH) return;
    this.cells = cellsFor(this.cost, this.cells, this.plan.cells, this.plan.moving);
  }
}
