import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn, setTimeout as rest } from "node:timers/promises";
import { makeDecoder } from "../../../vae_explorer/ui/components/network/decoder.js";
import { cellsFor, pageWorker, SliceEngine } from "../../../vae_explorer/ui/components/live_view/slice/slice_engine.js";
import * as plan from "../../../vae_explorer/ui/components/live_view/slice/slice_plan.js";
import { serveSlices } from "../../../vae_explorer/ui/components/live_view/slice/slice_worker.js";

const RANGES = [[-3, 3], [-1, 2], [0, 4]];
const PLANE = plan.axisPlane([0, 2], RANGES);
const Z = Float32Array.of(1, 0.5, 2);

/** The 2 x 2 picture of z is sigmoid(z1, 2 z2; 3 z3, 4 z1). */
const SPEC = {
  operations: [{ kind: "linear", inputs: 3, outputs: 4 }],
  latent: 3,
  classes: 0,
  shape: [1, 2, 2],
  cost: 12,
};
const ARRAYS = {
  "decoder.0.weight": Float32Array.of(1, 0, 0, 0, 2, 0, 0, 0, 3, 4, 0, 0),
  "decoder.0.bias": new Float32Array(4),
};
const MODEL = { spec: SPEC, arrays: ARRAYS };
const SHEETS = { cells: 15, moving: 40, resting: 800 };

const grey = (value) => Math.round(255 / (1 + Math.exp(-value)));

test("the plane of two coordinates is that of latent.slice_plane", () => {
  const places = plan.planePlaces(Z, PLANE, 3);
  const rows = [];
  for (const up of [4, 2, 0]) for (const right of [-3, 0, 3]) rows.push(right, 0.5, up);
  assert.deepEqual([...places], rows);
  assert.equal(plan.planePlaces(Z, PLANE, 1).length, 3);
});

test("a move within the plane shows the same cells, any other shows others", () => {
  const key = plan.cellsKey(Z, PLANE, 0);
  assert.equal(plan.cellsKey(Float32Array.of(-1, 0.5, 3), PLANE, 0), key);
  assert.notEqual(plan.cellsKey(Float32Array.of(1, 0.6, 2), PLANE, 0), key);
  assert.notEqual(plan.cellsKey(Z, PLANE, 1), key);
  assert.notEqual(plan.cellsKey(Z, plan.axisPlane([0, 1], RANGES), 0), key);
  const screen = plan.screenPlane([1, 0, 0], [0, 0, 1], 2);
  const moved = plan.cellsKey(Float32Array.of(-1, 0.5, 2), screen, 0);
  assert.notEqual(moved, plan.cellsKey(Z, screen, 0), "the screen's plane moves with z");
});

test("the plane of the screen has z in its middle, the screen's up at the top", () => {
  const right = [0.6, 0.8, 0];
  const plane = plan.screenPlane(right, [0, 0, 1], 2);
  const places = plan.planePlaces(Z, plane, 5);
  const cell = (row, column) => [...places].slice((row * 5 + column) * 3).slice(0, 3);
  assert.deepEqual(cell(2, 2), [...Z]);
  assert.deepEqual(cell(0, 2), [1, 0.5, 4]);
  cell(2, 4).forEach((value, d) => assert.ok(Math.abs(value - Z[d] - 2 * right[d]) < 1e-6));
  assert.deepEqual(plan.cellOf(Z, plane, 5), [2, 2]);
});

test("z is in the cell nearest to it, and in none outside the plane", () => {
  assert.deepEqual(plan.cellOf(Z, PLANE, 7), [3, 4]);
  assert.deepEqual(plan.cellOf(Float32Array.of(-3, 9, 4), PLANE, 7), [0, 0]);
  assert.deepEqual(plan.cellOf(Float32Array.of(3.4, 9, -0.3), PLANE, 7), [6, 6]);
  assert.equal(plan.cellOf(Float32Array.of(3.6, 0, 0), PLANE, 7), null);
  assert.equal(plan.cellOf(Float32Array.of(NaN, 0, 0), PLANE, 7), null);
});

test("a place of the plane and its shares lead back to each other", () => {
  for (const plane of [PLANE, plan.screenPlane([0, 0.6, 0.8], [1, 0, 0], 1.5)]) {
    const place = plan.placeOn(Z, plane, 0.25, 0.75);
    if (!plane.relative) {
      const [right, up] = plan.sharesOf(place, plane);
      assert.ok(Math.abs(right - 0.25) < 1e-6 && Math.abs(up - 0.75) < 1e-6);
    }
    const [right, up] = plan.sharesOf(Z, plane);
    plan.placeOn(Z, plane, right, up).forEach((v, d) => assert.ok(Math.abs(v - Z[d]) < 1e-6));
  }
});

test("one latent coordinate makes rows that are all alike", () => {
  const plane = { u: [1], v: [0], across: [-2, 2], up: [0, 0], relative: false };
  const places = [...plan.planePlaces(Float32Array.of(1), plane, 3)];
  assert.deepEqual(places, [-2, 0, 2, -2, 0, 2, -2, 0, 2]);
  assert.deepEqual(plan.cellOf(Float32Array.of(-2), plane, 3), [1, 0]);
});

test("pictures lie in their cells, rounded, and what is not a number is black", () => {
  const sheet = new Uint8ClampedArray(16).fill(7);
  plan.layCells(sheet, [1, 0.5, 0.25, NaN, 0, 0, 0, 1], 1, 2, 2, [1, 2, 2]);
  assert.deepEqual([...sheet], [7, 7, 255, 128, 7, 7, 64, 0, 0, 0, 7, 7, 0, 255, 7, 7]);
});

test("rectangles in colour lie in their cells", () => {
  const sheet = new Uint8ClampedArray(2 * 2 * 6);
  const pictures = Float32Array.of(0, 0.2, 0.4, 0.6, 0.8, 1); // 1 x 2 pixels of three channels
  plan.layCells(sheet, pictures, 2, 1, 2, [3, 1, 2]);
  assert.deepEqual([...sheet.slice(0, 12)], new Array(12).fill(0));
  assert.deepEqual([...sheet.slice(12, 18)], [0, 51, 102, 153, 204, 255]);
  assert.deepEqual([...sheet.slice(18)], new Array(6).fill(0));
});

/** A worker's side with what it answered; `tick` decides when a pause is over. */
function served(manner) {
  const replies = [];
  const scope = { postMessage: (reply) => replies.push(reply) };
  serveSlices(scope, manner);
  scope.onmessage({ data: MODEL });
  const usual = { z: Z, plane: PLANE, label: 0 };
  return { replies, tell: (data) => scope.onmessage({ data: { ...usual, ...data } }) };
}

test("a sheet is the decoded plane, and says what it took", async () => {
  let time = 0;
  const { replies, tell } = served({ batch: 4, pause: () => turn(), now: () => (time += 5) });
  tell({ id: 8, n: 3 });
  while (!replies.length) await turn();
  const [{ id, n, pixels, milliseconds }] = replies;
  assert.deepEqual([id, n, pixels.length, milliseconds], [8, 3, 36, 5]);
  const decoder = makeDecoder(SPEC, ARRAYS);
  const places = plan.planePlaces(Z, PLANE, 3);
  const expected = new Uint8ClampedArray(36);
  plan.layCells(expected, decoder.decodeMany(places, 9), 0, 9, 3, [1, 2, 2]);
  assert.deepEqual(pixels, expected);
  assert.deepEqual([pixels[0], pixels[4]], [grey(-3), grey(3)], "z1 grows to the right");
  assert.deepEqual([pixels[6], pixels[30]], [grey(3 * 4), grey(0)], "z3 grows upwards");
});

test("a newer request drops the one at work, and of those that wait all but the last", async () => {
  const { replies, tell } = served({ batch: 4, pause: () => turn() });
  tell({ id: 1, n: 9 });
  await turn();
  for (const id of [2, 3, 4]) tell({ id, n: 3 });
  for (let k = 0; k < 50; k++) await turn();
  assert.deepEqual(replies.map(({ id }) => id), [4]);
  tell({ id: 5, n: 3 });
  for (let k = 0; k < 50; k++) await turn();
  assert.deepEqual(replies.map(({ id }) => id), [4, 5]);
});

test("a request that fails is answered, and the next one is served", async () => {
  const { replies, tell } = served({ batch: 64 });
  tell({ id: 1, n: 3, plane: null });
  while (replies.length < 1) await turn();
  tell({ id: 2, n: 3 });
  while (replies.length < 2) await turn();
  assert.deepEqual([replies[0].id, typeof replies[0].error], [1, "string"]);
  assert.deepEqual([replies[1].id, replies[1].pixels.length], [2, 36]);
});

/** A worker that answers when it is told to. */
function idleWorker() {
  const sent = [];
  const worker = { sent, ended: false, postMessage: (data) => sent.push(data) };
  worker.terminate = () => (worker.ended = true);
  worker.answer = (milliseconds, request = sent.at(-1)) =>
    worker.onmessage({ data: { id: request.id, n: request.n, pixels: "grey", milliseconds } });
  return worker;
}

function engineWith(worker, sheets = []) {
  return new SliceEngine("text", MODEL, SHEETS, (sheet) => sheets.push(sheet), () => worker);
}

const at = (value) => Float32Array.of(value, 0, 0);

test("the worker is sent the decoder once", () => {
  const worker = idleWorker();
  const engine = new SliceEngine("text", MODEL, SHEETS, () => {}, () => worker);
  assert.deepEqual(worker.sent, [MODEL]);
  engine.ask(Z, PLANE);
  assert.deepEqual(worker.sent[1], { id: 1, z: Z, plane: PLANE, n: 7, label: 0 });
});

test("one request is at work and one waits, the latest", () => {
  const worker = idleWorker();
  const sheets = [];
  const engine = engineWith(worker, sheets);
  const z = at(1);
  engine.ask(z, PLANE);
  z[0] = 99; // the caller's own afterwards
  for (const value of [2, 3, 4]) engine.ask(at(value), PLANE, 5);
  assert.equal(worker.sent.length, 2);
  worker.answer(10);
  assert.equal(worker.sent.length, 3);
  assert.deepEqual([worker.sent[2].z[0], worker.sent[2].label], [4, 5]);
  worker.answer(10);
  assert.equal(worker.sent.length, 3);
  assert.deepEqual(sheets.map((sheet) => sheet.z[0]), [1, 4]);
});

test("rest asks for all cells, and gives way at once when the cursor moves on", () => {
  const worker = idleWorker();
  const sheets = [];
  const engine = engineWith(worker, sheets);
  engine.ask(at(1), PLANE);
  engine.settle(at(1), PLANE);
  assert.equal(worker.sent.length, 2, "a quick sheet is let finish");
  worker.answer(10);
  const full = worker.sent.at(-1);
  assert.equal(full.n, 15);
  engine.ask(at(2), PLANE);
  assert.equal(worker.sent.at(-1).z[0], 2);
  worker.answer(60, full);
  assert.equal(sheets.length, 1, "what was given up is not shown");
  worker.answer(10);
  engine.settle(at(2), PLANE);
  worker.answer(60);
  const shown = sheets.map(({ n, resting }) => [n, resting]);
  assert.deepEqual(shown, [[7, false], [7, false], [15, true]]);
});

test("the number of cells follows the time that sheets take", () => {
  const worker = idleWorker();
  const engine = engineWith(worker);
  const after = (cost) => {
    for (let k = 0; k < 5; k++) {
      engine.ask(Z, PLANE);
      worker.answer(cost * worker.sent.at(-1).n ** 2);
    }
    return engine.cells;
  };
  const costs = [0.1, 0.3, 0.5, 1, 2, 3, 6, 100, 0.01];
  assert.deepEqual(costs.map(after), [15, 11, 7, 7, 7, 5, 3, 3, 15]);
});

test("a model whose decodes take long begins with few cells, at rest with what time allows", () => {
  const worker = idleWorker();
  const slow = { ...MODEL, spec: { ...SPEC, cost: 100e6 } };
  const engine = new SliceEngine("text", slow, SHEETS, () => {}, () => worker);
  engine.ask(Z, PLANE);
  assert.equal(worker.sent.at(-1).n, 3);
  engine.settle(Z, PLANE);
  worker.answer(9 * 9);
  assert.equal(worker.sent.at(-1).n, 9, "81 cells of 9 milliseconds");
  worker.answer(81);
  assert.equal(worker.sent.at(-1).n, 15, "they took but one");
  const { length } = worker.sent;
  worker.answer(225);
  assert.equal(worker.sent.length, length, "there are no more");
});

test("a request that waited is sent with the cells that there is time for by then", () => {
  const worker = idleWorker();
  const engine = engineWith(worker);
  for (let k = 0; k < 4; k++) engine.ask(at(k), PLANE);
  for (const n of [7, 7, 15]) {
    worker.answer(1);
    engine.ask(Z, PLANE);
    engine.ask(Z, PLANE);
    assert.equal(worker.sent.at(-1).n, n);
  }
});

test("sizes do not flicker, and one slow sheet changes nothing", () => {
  assert.equal(cellsFor(40 / 81, 9, 15, 40), 9, "kept while it fits");
  assert.equal(cellsFor(40 / 81, 7, 15, 40), 7, "reached only with room to spare");
  assert.equal(cellsFor(31 / 81, 7, 15, 40), 9);
  assert.equal(cellsFor(NaN, 9, 15, 40), 3);
  const worker = idleWorker();
  const engine = engineWith(worker);
  for (const milliseconds of [10, 10, 10, 900, 10]) {
    engine.ask(Z, PLANE);
    worker.answer(milliseconds);
  }
  assert.ok(engine.cells >= 9);
});

test("where no worker can be made the page draws the same sheets", async () => {
  const sheets = [];
  const forbid = () => {
    throw new Error("blocked by the page's policy");
  };
  const engine = new SliceEngine("text", MODEL, SHEETS, (sheet) => sheets.push(sheet), forbid);
  engine.ask(Z, PLANE);
  while (!sheets.length) await rest(1);
  assert.deepEqual([sheets[0].n, sheets[0].pixels.length], [7, 49 * 4]);
});

test("a worker that fails later is replaced, and what was asked is answered", async () => {
  const [worker, sheets] = [idleWorker(), []];
  const engine = engineWith(worker, sheets);
  engine.ask(Z, PLANE);
  worker.onerror({});
  assert.ok(worker.ended);
  while (!sheets.length) await rest(1);
  assert.equal(sheets[0].pixels.length, 49 * 4);
});

test("after its end an engine tells nothing", async () => {
  const [worker, sheets] = [idleWorker(), []];
  const engine = engineWith(worker, sheets);
  engine.ask(Z, PLANE);
  engine.destroy();
  worker.answer(1);
  assert.deepEqual([worker.ended, sheets.length], [true, 0]);
  const page = pageWorker();
  page.onmessage = () => assert.fail("it has ended");
  page.postMessage(MODEL);
  page.postMessage({ id: 1, z: Z, plane: PLANE, n: 15, label: 0 });
  page.terminate();
  await rest(20);
});

test("a reply that tells of an error does not stop the next request", () => {
  const worker = idleWorker();
  const engine = engineWith(worker);
  engine.ask(at(1), PLANE);
  engine.ask(at(2), PLANE);
  const fail = () => worker.onmessage({ data: { id: worker.sent[1].id, error: "no such label" } });
  assert.throws(fail, /no such label/);
  assert.equal(worker.sent.at(-1).z[0], 2);
});
