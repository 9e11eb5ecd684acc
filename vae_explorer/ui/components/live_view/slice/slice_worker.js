// Draws the sheets of the living slice, in a worker where the page can have one. It is told the
// decoder once, {spec, arrays}, then {id, z, plane, n, label} for each sheet wanted, and answers
// {id, n, pixels, milliseconds}. Only the newest request counts: older ones are dropped unanswered.
import { makeDecoder } from "../../network/decoder.js";
import { layCells, planePlaces } from "./slice_plan.js";
/** @import { Decoder, Spec } from "../../network/decoder.js" */
/** @import { Weights } from "../../network/steps/dense.js" */
/** @import { Plane } from "./slice_plan.js" */

/**
 * @typedef {{spec: Spec, arrays: Weights}} Model
 * @typedef {{id: number, z: Float32Array, plane: Plane, n: number, label: number}} Request
 * @typedef {{id: number, n: number, pixels: Uint8ClampedArray, milliseconds: number} |
 *   {id: number, error: string}} Reply
 * @typedef {object} Scope a worker's global scope, or alike
 * @property {(reply: Reply, transfer: Transferable[]) => void} postMessage
 * @property {((event: {data: Model | Request}) => void) | null} onmessage
 */

/** Resolves once the messages that wait have been heard. @type {() => Promise<void>} */
function nextTask() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/**
 * The sheet of one request, or null when it went stale on the way.
 * @param {Decoder} decoder
 * @param {Omit<Request, "id">} request
 * @param {{batch: number, pause: () => Promise<void>, stale: () => boolean}} manner
 */
async function drawSheet(decoder, { z, plane, n, label }, { batch: most, pause, stale }) {
  const batch = Math.min(most, decoder.rows);
  const places = planePlaces(z, plane, n);
  const sheet = new Uint8ClampedArray(n * n * decoder.pixels);
  const pictures = new Float32Array(batch * decoder.pixels);
  for (let first = 0; first < n * n; first += batch) {
    if (first > 0) await pause();
    if (stale()) return null;
    const count = Math.min(batch, n * n - first);
    decoder.decodeMany(places.subarray(first * z.length), count, label, pictures);
    layCells(sheet, pictures, first, count, n, decoder.shape);
  }
  return sheet;
}

/**
 * Answer the requests that `scope` gets.
 * @param {Scope} scope
 * @param {object} manner
 * @param {number} [manner.batch] pictures decoded, at most, between two looks for a newer request
 * @param {() => Promise<void>} [manner.pause] lets newer messages in
 * @param {() => number} [manner.now] milliseconds
 */
export function serveSlices(scope, { batch = 32, pause = nextTask, now } = {}) {
  const clock = now ?? (() => performance.now());
  /** @type {Decoder | null} */
  let decoder = null;
  /** @type {Request | null} */
  let newest = null;
  let busy = false;

  /** @type {(decoder: Decoder, request: Request) => Promise<void>} */
  async function answer(decoder, request) {
    const { id, n } = request;
    const start = clock();
    const stale = () => newest !== null;
    try {
      const pixels = await drawSheet(decoder, request, { batch, pause, stale });
      if (!pixels) return;
      scope.postMessage({ id, n, pixels, milliseconds: clock() - start }, [pixels.buffer]);
    } catch (error) {
      scope.postMessage({ id, error: error instanceof Error ? error.message : String(error) }, []);
    }
  }

  async function work() {
    busy = true;
    while (newest && decoder) {
      const request = newest;
      newest = null;
      await answer(decoder, request);
    }
    busy = false;
  }

  scope.onmessage = ({ data }) => {
    if ("spec" in data) {
      decoder = makeDecoder(data.spec, data.arrays);
      return;
    }
    newest = data;
    if (!busy) work();
  };
}

if ("WorkerGlobalScope" in globalThis) {
  /** @type {Scope} */
  const scope = {
    onmessage: null,
    postMessage: (reply, transfer) => self.postMessage(reply, { transfer }),
  };
  serveSlices(scope);
  self.onmessage = (event) => scope.onmessage?.(event);
}
