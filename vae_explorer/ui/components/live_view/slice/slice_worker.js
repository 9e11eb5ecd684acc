// Draws the sheets of the living slice, in a worker where the page can have one. It is told the
// decoder once, {spec, arrays}, then {id, z, plane, n, label} for each sheet wanted, and answers
// {id, n, pixels, milliseconds}. Only the newest request counts: older ones are dropped unanswered.
import { makeDecoder } from "../../network/decoder.js";
import { layCells, planePlaces } from "./slice_plan.js";

/** Resolves once the messages that wait have been heard. */
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
 * The grey sheet of one request, or null when it went stale on the way.
 * @param {object} decoder as makeDecoder gives it
 * @param {{z: Float32Array, plane: object, n: number, label: number}} request
 * @param {{batch: number, pause: () => Promise<void>, stale: () => boolean}} manner
 */
async function drawSheet(decoder, { z, plane, n, label }, { batch, pause, stale }) {
  const places = planePlaces(z, plane, n);
  const sheet = new Uint8ClampedArray(n * n * decoder.pixels);
  const pictures = new Float32Array(batch * decoder.pixels);
  for (let first = 0; first < n * n; first += batch) {
    if (first > 0) await pause();
    if (stale()) return null;
    const count = Math.min(batch, n * n - first);
    decoder.decodeMany(places.subarray(first * z.length), count, label, pictures);
    layCells(sheet, pictures, first, count, n, decoder.side);
  }
  return sheet;
}

/**
 * Answer the requests that `scope` gets.
 * @param {{postMessage: Function, onmessage: Function}} scope a worker's global scope, or alike
 * @param {object} manner
 * @param {number} manner.batch pictures decoded between two looks for a newer request
 * @param {() => Promise<void>} manner.pause lets newer messages in
 * @param {() => number} manner.now milliseconds
 */
export function serveSlices(scope, { batch = 32, pause = nextTask, now } = {}) {
  const clock = now ?? (() => performance.now());
  let decoder = null;
  let newest = null;
  let busy = false;

  async function answer(request) {
    const { id, n } = request;
    const start = clock();
    const stale = () => newest !== null;
    try {
      const pixels = await drawSheet(decoder, request, { batch, pause, stale });
      if (!pixels) return;
      scope.postMessage({ id, n, pixels, milliseconds: clock() - start }, [pixels.buffer]);
    } catch (error) {
      scope.postMessage({ id, error: error.message });
    }
  }

  async function work() {
    busy = true;
    while (newest) {
      const request = newest;
      newest = null;
      await answer(request);
    }
    busy = false;
  }

  scope.onmessage = ({ data }) => {
    if (data.spec) {
      decoder = makeDecoder(data.spec, data.arrays);
      return;
    }
    newest = data;
    if (!busy) work();
  };
}

if (typeof WorkerGlobalScope !== "undefined") serveSlices(self);
