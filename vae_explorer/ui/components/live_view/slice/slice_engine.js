// Keeps a living slice up to date: sends the newest place to a worker, one sheet at a time, with as
// many cells as the machine has time for while the cursor moves, and all of them at rest.
import { serveSlices } from "./slice_worker.js";

const SIZES = [5, 7, 9, 11, 13, 15]; // cells along a side; odd, so that one holds z
const USUAL = 7; // cells at first, and at least where one such sheet takes no longer than SLOW
const GOAL = 40; // milliseconds for a sheet while the cursor moves
const SLOW = 120;
const GROWTH = 0.8; // share of GOAL that a larger sheet must fit in, so that sizes do not flicker
const MEMORY = 5; // sheets whose times count
const ENOUGH = 3; // sheets before their times count: the first ones run code not yet compiled

/**
 * How many cells along a side to draw while moving.
 * @param {number} cost milliseconds a cell
 * @param {number} current the number so far
 */
export function cellsFor(cost, current) {
  const fits = (n) => n * n * cost <= (n > current ? GOAL * GROWTH : GOAL);
  const least = USUAL * USUAL * cost > SLOW ? SIZES[0] : USUAL;
  return Math.max(least, SIZES.findLast(fits) ?? 0);
}

/** A worker that runs a script's text. */
function scriptWorker(text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = new Worker(address);
  worker.addEventListener("message", () => URL.revokeObjectURL(address), { once: true });
  return worker;
}

/** What stands in for a worker where the page may not have one: small pieces on the page itself. */
export function pageWorker() {
  let ended = false;
  const worker = { onmessage: null, terminate: () => (ended = true) };
  const pause = () => new Promise((resolve) => !ended && setTimeout(resolve));
  const scope = { postMessage: (data) => !ended && worker.onmessage({ data }) };
  serveSlices(scope, { batch: 16, pause });
  worker.postMessage = (data) => scope.onmessage({ data });
  return worker;
}

/**
 * @typedef {object} Sheet
 * @property {Uint8ClampedArray} pixels (n * side) x (n * side) grey, 255 for 1
 * @property {number} n cells along a side
 * @property {Float32Array} z the place it was drawn for
 * @property {object} plane
 * @property {number} label
 * @property {boolean} resting whether it was asked for at rest
 * @property {number} milliseconds what it took
 */

export class SliceEngine {
  /**
   * @param {string} workerText a classic script that ends in slice_worker.js
   * @param {object} spec as makeDecoder takes it
   * @param {Object<string, Float32Array>} arrays weights, others are left out
   * @param {(sheet: Sheet) => void} onSheet told of each sheet that is still wanted
   * @param {(text: string) => Worker} makeWorker
   */
  constructor(workerText, spec, arrays, onSheet, makeWorker = scriptWorker) {
    const weights = Object.entries(arrays).filter(([name]) => name.startsWith("decoder."));
    this.model = { spec, arrays: Object.fromEntries(weights) };
    this.onSheet = onSheet;
    this.cells = USUAL; // along a side, while moving
    this.costs = []; // milliseconds a cell of the last sheets
    this.requests = 0;
    this.flight = null; // the request that the worker is at
    this.waiting = null; // the newest one behind it
    try {
      this.employ(makeWorker(workerText));
    } catch {
      this.employ(pageWorker()); // the page's policy forbids workers
    }
  }

  /** The cursor moves: a sheet of as many cells as there is time for. */
  ask(z, plane, label = 0) {
    this.want({ z: Float32Array.from(z), plane, label, resting: false });
  }

  /** The cursor rests: the full sheet. */
  settle(z, plane, label = 0) {
    this.want({ z: Float32Array.from(z), plane, label, resting: true });
  }

  destroy() {
    this.onSheet = () => {};
    this.worker.terminate();
  }

  employ(worker) {
    this.worker = worker;
    worker.onmessage = ({ data }) => this.receive(data);
    worker.onerror = () => this.replace();
    worker.postMessage(this.model);
  }

  /** The worker cannot run (a policy may say so late): go on upon the page, with what was asked. */
  replace() {
    this.worker.terminate();
    this.employ(pageWorker());
    if (this.flight) this.send(this.flight);
  }

  /** A full sheet gives way at once, as nobody rests any more; a quick one is let finish. */
  want(request) {
    this.waiting = { ...request, id: ++this.requests };
    if (!this.flight || this.flight.resting) this.sendWaiting();
  }

  sendWaiting() {
    this.flight = this.waiting;
    this.waiting = null;
    if (!this.flight) return;
    this.flight.n = this.flight.resting ? SIZES.at(-1) : this.cells;
    this.send(this.flight);
  }

  send({ id, z, plane, n, label }) {
    this.worker.postMessage({ id, z, plane, n, label });
  }

  receive(reply) {
    if (reply.id !== this.flight?.id) return; // another has taken its place
    const request = this.flight;
    if (!reply.error) this.learn(reply);
    this.sendWaiting();
    if (reply.error) throw new Error(reply.error);
    this.onSheet({ ...request, ...reply });
  }

  learn({ n, milliseconds }) {
    this.costs = [...this.costs, milliseconds / n ** 2].slice(-MEMORY);
    if (this.costs.length < ENOUGH) return;
    const middle = this.costs.toSorted((a, b) => a - b)[this.costs.length >> 1];
    this.cells = cellsFor(middle, this.cells);
  }
}
