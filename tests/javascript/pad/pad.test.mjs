import assert from "node:assert/strict";
import { test } from "node:test";
import { Drawing } from "../../../vae_explorer/ui/components/pad/strokes/drawing.js";
import { attachKeys } from "../../../vae_explorer/ui/components/pad/strokes/keys.js";
import { pastedFile, refusal } from "../../../vae_explorer/ui/components/pad/paste.js";
import { attachPen, weightOf } from "../../../vae_explorer/ui/components/pad/strokes/pen.js";
import { prepare } from "../../../vae_explorer/ui/components/pad/strokes/prepare.js";
import { Sheet, capsulesOf, extend, newStroke } from "../../../vae_explorer/ui/components/pad/strokes/strokes.js";

const STANDARD = { side: 28, box: 20, stroke: [2.5, 3.3] };

/** A stroke through places [x, y]. */
function through(width, ...places) {
  const stroke = newStroke(width, ...places[0]);
  for (const place of places.slice(1)) extend(stroke, ...place);
  return stroke;
}

/** Rows and columns of a 28 x 28 picture that hold ink. */
function extent(picture) {
  const [rows, columns] = [new Set(), new Set()];
  picture.forEach((value, at) => {
    if (value < 26) return;
    rows.add(Math.floor(at / 28));
    columns.add(at % 28);
  });
  const range = (values) => [Math.min(...values), Math.max(...values)];
  return { rows: range(rows), columns: range(columns) };
}

/** What listens as a canvas does. */
function fakeCanvas() {
  const canvas = new EventTarget();
  canvas.getBoundingClientRect = () => ({ left: 10, top: 20, width: 200, height: 200 });
  canvas.setPointerCapture = () => {};
  canvas.say = (type, fields) => {
    const event = new Event(type, { cancelable: true });
    canvas.dispatchEvent(Object.assign(event, { button: 0, pressure: 0.5 }, fields));
    return event;
  };
  return canvas;
}

/** An object whose functions note their calls. */
function noted(names) {
  const calls = [];
  const on = Object.fromEntries(names.map((name) => [name, (...of) => calls.push([name, ...of])]));
  return { calls, on };
}

function penned() {
  const canvas = fakeCanvas();
  const { calls, on } = noted(["begin", "lead", "end", "cancel"]);
  const controller = new AbortController();
  attachPen(canvas, on, controller.signal);
  return { canvas, calls, controller };
}

test("an upright bar fills the height of the box with a stroke of MNIST's width", () => {
  for (const width of [0.02, 0.05, 0.1]) {
    const picture = prepare([through(width, [0.5, 0.2], [0.5, 0.8])], STANDARD);
    const { rows, columns } = extent(picture);
    assert.equal(rows[1] - rows[0] + 1, 20);
    assert.ok(columns[1] - columns[0] + 1 <= 4);
    const mass = picture.reduce((sum, value) => sum + value / 255, 0);
    assert.ok(mass / 20 >= 1.9 && mass / 20 <= 3.4, `${width}: ${mass / 20} px`);
  }
});

test("where and how large a drawing is does not matter", () => {
  const places = [[0.2, 0.2], [0.6, 0.3], [0.3, 0.7], [0.7, 0.75]];
  const moved = places.map(([x, y]) => [0.2 + x / 2, 0.4 + y / 2]);
  const [one, other] = [through(0.06, ...places), through(0.03, ...moved)]
    .map((stroke) => prepare([stroke], STANDARD));
  const difference = one.reduce((sum, value, i) => sum + Math.abs(value - other[i]), 0) / 784;
  assert.ok(difference < 2, `differs by ${difference} of 255`);
});

test("the centre of mass lies in the middle to a pixel", () => {
  const picture = prepare([through(0.05, [0.1, 0.1], [0.1, 0.7], [0.5, 0.7])], STANDARD);
  let [sum, x, y] = [0, 0, 0];
  picture.forEach((value, at) => {
    sum += value;
    x += value * (at % 28);
    y += value * Math.floor(at / 28);
  });
  for (const mean of [x / sum, y / sum]) assert.ok(mean >= 13.4 && mean <= 14.6, `${mean}`);
});

test("a dot is a picture, and nothing is none", () => {
  assert.equal(prepare([], STANDARD), null);
  const picture = prepare([newStroke(0.05, 0.9, 0.9)], STANDARD);
  const { rows, columns } = extent(picture);
  assert.deepEqual([rows[1] - rows[0], columns[1] - columns[0]], [19, 19]);
});

test("a curve stays near its points and begins and ends at them", () => {
  const stroke = through(0.04, [0.1, 0.1], [0.5, 0.1], [0.5, 0.5]);
  const capsules = capsulesOf(stroke);
  assert.deepEqual(capsules.slice(0, 3), [0.1, 0.1, 0.02]);
  assert.deepEqual(capsules.slice(-3), [0.5, 0.5, 0.02]);
  for (let i = 6; i < capsules.length; i += 6) {
    assert.deepEqual(capsules.slice(i, i + 3), capsules.slice(i - 3, i)); // no gap
  }
});

test("points too near to the last tell nothing", () => {
  const stroke = newStroke(0.05, 0.5, 0.5);
  assert.equal(extend(stroke, 0.501, 0.5), false);
  assert.equal(extend(stroke, 0.51, 0.5), true);
  assert.equal(stroke.points.length, 6);
});

test("undo takes back strokes and clearing, and each change has a stamp of its own", () => {
  const sheet = new Sheet();
  const stamps = new Set([sheet.stamp]);
  const lengths = [];
  const stroke = newStroke(0.05, 0.5, 0.5);
  const add = () => sheet.add(stroke);
  for (const act of [add, add, () => sheet.clear(), () => sheet.undo(), () => sheet.undo()]) {
    act();
    stamps.add(sheet.stamp);
    lengths.push(sheet.strokes.length);
  }
  assert.deepEqual(lengths, [1, 2, 0, 2, 1]);
  assert.equal(stamps.size, 6);
});

test("what was kept comes back, and nonsense does not", () => {
  const [sheet, other] = [new Sheet(), new Sheet()];
  sheet.add(through(0.05, [0.1, 0.2], [0.3, 0.4]));
  other.restore(JSON.parse(JSON.stringify(sheet.saved)));
  assert.deepEqual(other.strokes, sheet.strokes);
  assert.equal(other.stamp, sheet.stamp);
  other.undo();
  assert.ok(other.empty);
  for (const saved of [null, {}, { strokes: [7, {}, { width: 1, points: [1, 2] }], stamp: 5 }]) {
    other.restore(saved);
    assert.deepEqual([other.empty, other.stamp], [true, 0]);
  }
});

test("a pen's pressure counts, a mouse's and a finger's do not", () => {
  assert.equal(weightOf({ pointerType: "mouse", pressure: 0.5 }), 1);
  assert.equal(weightOf({ pointerType: "touch", pressure: 0.1 }), 1);
  assert.equal(weightOf({ pointerType: "pen", pressure: 0 }), 1); // one that feels none
  const [soft, hard] = [0.2, 0.9].map((pressure) => weightOf({ pointerType: "pen", pressure }));
  assert.ok(soft < 1 && hard > 1);
});

test("coalesced moves all count, and a second finger not at all", () => {
  const { canvas, calls, controller } = penned();
  const one = { pointerId: 1, pointerType: "touch", clientX: 110, clientY: 120 };
  canvas.say("pointerdown", one);
  canvas.say("pointerdown", { ...one, pointerId: 2 });
  canvas.say("pointermove", { ...one, pointerId: 2 });
  const between = [{ ...one, clientX: 130 }, { ...one, clientX: 150 }];
  canvas.say("pointermove", { ...one, getCoalescedEvents: () => between });
  canvas.say("pointerup", { ...one, pointerId: 2 });
  canvas.say("pointerup", one);
  canvas.say("lostpointercapture", one);
  controller.abort();
  canvas.say("pointerdown", one);
  const led = [[0.6, 0.5, 1], [0.7, 0.5, 1]];
  assert.deepEqual(calls, [["begin", 0.5, 0.5, 1], ["lead", led], ["end"]]);
});

test("a pen takes over from the palm that came first", () => {
  const { canvas, calls } = penned();
  const palm = { pointerId: 1, pointerType: "touch", clientX: 10, clientY: 20 };
  canvas.say("pointerdown", palm);
  canvas.say("pointerdown", { ...palm, pointerId: 2, pointerType: "pen" });
  canvas.say("pointerup", palm);
  assert.deepEqual(calls.map(([name]) => name), ["begin", "cancel", "begin"]);
});

test("keys move, draw and take back; others are left to the page", () => {
  const canvas = fakeCanvas();
  const { calls, on } = noted(["step", "toggle", "lift", "undo", "clear"]);
  attachKeys(canvas, on, new AbortController().signal);
  const press = (key, fields = {}) => canvas.say("keydown", { key, ...fields }).defaultPrevented;
  assert.ok(press("ArrowRight"));
  assert.ok(press("ArrowDown", { shiftKey: true })); // both held: along a diagonal
  canvas.say("keyup", { key: "ArrowRight" });
  canvas.say("keyup", { key: "ArrowDown" });
  assert.ok(press(" ") && press(" ", { repeat: true }));
  assert.ok(press("Backspace") && press("z", { ctrlKey: true }) && press("Delete"));
  assert.ok(!press("Tab") && !press("v", { ctrlKey: true }) && !press("r"));
  const expected = [["step", 0.04, 0], ["step", 0.01, 0.01], ["toggle"], ["undo"], ["undo"]];
  assert.deepEqual(calls, [...expected, ["clear"]]);
});

test("the keyboard's pen draws between down and up, within the sheet", () => {
  const { calls, on } = noted(["change", "ended", "announce"]);
  const drawing = new Drawing(on);
  drawing.width = 0.05;
  const { step, toggle } = drawing.keyboard;
  step(0.1, 0);
  assert.equal(drawing.strokes.length, 0);
  toggle();
  for (let i = 0; i < 30; i++) step(0, 0.04);
  assert.equal(drawing.sheet.strokes.length, 0);
  toggle();
  const [{ points }] = drawing.sheet.strokes;
  assert.deepEqual(points.slice(0, 3), [0.6, 0.5, 1]);
  assert.deepEqual(points.slice(-3), [0.6, 1, 1]);
  assert.equal(calls.filter(([name]) => name === "ended").length, 1);
});

test("files that are no pictures or too large are refused in one sentence", () => {
  const limits = { bytes: 20e6, empty: "Empty.", tooLarge: "Too large." };
  const picture = (size) => ({ type: "image/png", size });
  assert.equal(refusal(picture(20e6), limits), "");
  assert.equal(refusal(picture(20e6 + 1), limits), "Too large.");
  assert.equal(refusal(picture(0), limits), "Empty.");
  assert.match(refusal({ type: "text/plain", size: 1 }, limits), /no picture.*\.$/);
  assert.match(refusal(undefined, limits), /no picture/);
});

test("a paste into a text field, or of text, is not taken", () => {
  const picture = { type: "image/png" };
  const paste = (target, files) => ({ composedPath: () => [target], clipboardData: { files } });
  assert.equal(pastedFile(paste({ tagName: "BODY" }, [{ type: "text/plain" }, picture])), picture);
  assert.equal(pastedFile(paste({ tagName: "INPUT" }, [picture])), undefined);
  assert.equal(pastedFile(paste({ isContentEditable: true }, [picture])), undefined);
  assert.equal(pastedFile(paste({ tagName: "BODY" }, [])), undefined);
});
