import assert from "node:assert/strict";
import { test } from "node:test";
import { attachInput, grip, isClick, isDouble, keyAction } from "../../../vae_explorer/ui/components/live_view/scene/input.js";
import { ask, paintOverlays } from "../../../vae_explorer/ui/components/live_view/overlays/overlays.js";

/** A canvas that hears events, and a list of what was asked for. */
function stage(answers = {}) {
  const canvas = new EventTarget();
  canvas.matches = () => canvas.focused ?? false;
  canvas.setPointerCapture = () => {};
  canvas.getBoundingClientRect = () => ({ left: 10, top: 20 });
  const calls = [];
  const note = (name) => (...values) => {
    calls.push([name, ...values]);
    return answers[name]?.(...values) ?? null;
  };
  const names = "turn pan zoom click hover leave reset grab key".split(" ");
  const controller = new AbortController();
  const on = Object.fromEntries(names.map((name) => [name, note(name)]));
  attachInput(canvas, on, controller.signal);
  let time = 0;
  const send = (type, x, y, more = {}) => {
    const event = new Event(type, { cancelable: true });
    time += 20;
    const pointer = { pointerId: 1, pointerType: "mouse", button: 0 };
    const values = { clientX: x + 10, clientY: y + 20, timeStamp: time, ...pointer, ...more };
    const fixed = Object.entries(values).map(([name, value]) => [name, { value }]);
    Object.defineProperties(event, Object.fromEntries(fixed));
    canvas.dispatchEvent(event);
    return event;
  };
  const named = (name) => calls.filter(([called]) => called === name);
  return { canvas, send, named, calls, controller };
}

test("a press that stays is a click; one that moved is not, wherever it ends", () => {
  const { send, named } = stage();
  send("pointerdown", 50, 60);
  send("pointermove", 52, 61);
  send("pointerup", 52, 61);
  assert.deepEqual(named("click"), [["click", 52, 61]]);
  send("pointerdown", 50, 60, { timeStamp: 5000 });
  send("pointermove", 90, 60);
  send("pointermove", 50, 60);
  send("pointerup", 50, 60);
  assert.equal(named("click").length, 1);
  assert.equal(named("turn").length, 2);
});

test("what is grabbed is dragged; the camera stands still and nothing is clicked", () => {
  const dragged = [];
  const held = { move: (x, y) => dragged.push([x, y]), drop: () => dragged.push("drop") };
  const { send, named } = stage({ grab: () => held });
  const touch = { pointerType: "touch" };
  send("pointerdown", 50, 60, touch);
  assert.deepEqual(named("grab"), [["grab", 50, 60, true]]);
  send("pointermove", 51, 60, touch);
  send("pointerdown", 200, 200, { ...touch, pointerId: 2 });
  send("pointermove", 90, 200, { ...touch, pointerId: 2 });
  send("pointerup", 90, 200, { ...touch, pointerId: 2 });
  send("pointermove", 80, 60, touch);
  send("pointercancel", 80, 60, touch);
  assert.deepEqual(dragged, [[51, 60], [80, 60], "drop"]);
  for (const name of ["turn", "pan", "zoom", "click"]) assert.deepEqual(named(name), []);
  send("pointerdown", 50, 60);
  assert.equal(named("grab").length, 2);
  assert.equal(named("grab")[1][3], false);
});

test("a finger along the page leaves the cloud alone until it was tapped; across it turns it", () => {
  const { canvas, send, named } = stage();
  const touch = { pointerType: "touch" };
  const swipe = (x, y) => {
    send("pointerdown", 50, 60, touch);
    send("pointermove", 50 + x, 60 + y, touch);
    send("pointermove", 50 + x, 60 + 2 * y, touch);
    send("pointercancel", 50 + x, 60 + 2 * y, touch);
    return named("turn").length;
  };
  assert.equal(swipe(10, 30), 0);
  assert.equal(swipe(30, 10), 2);
  canvas.focused = true;
  assert.equal(swipe(10, 30), 4);
});

test("a finger that drags something does not scroll the page", () => {
  const { send } = stage({ grab: (x) => x < 100 && { move: () => {}, drop: () => {} } });
  for (const [x, scrolls] of [[50, false], [150, true]]) {
    send("pointerdown", x, 60, { pointerType: "touch" });
    assert.equal(!send("touchstart", x, 60).defaultPrevented, scrolls);
    send("pointerup", x, 60, { pointerType: "touch" });
  }
});

test("a press with shift, another button or a second finger grabs nothing", () => {
  const { send, named } = stage();
  send("pointerdown", 50, 60, { shiftKey: true });
  send("pointerup", 50, 60);
  send("pointerdown", 50, 60, { button: 2 });
  send("pointerup", 50, 60);
  assert.equal(named("grab").length, 0);
  send("pointerdown", 50, 60);
  send("pointerdown", 90, 60, { pointerId: 2 });
  assert.equal(named("grab").length, 1);
  send("pointermove", 120, 60, { pointerId: 2 });
  assert.ok(named("zoom")[0][1] > 1);
});

test("a key that is used does not reach the camera; others do", () => {
  const { send, named } = stage({ key: (key) => key === "ArrowLeft" });
  assert.ok(send("keydown", 0, 0, { key: "ArrowLeft", shiftKey: false }).defaultPrevented);
  assert.equal(named("turn").length, 0);
  assert.ok(send("keydown", 0, 0, { key: "ArrowRight", shiftKey: false }).defaultPrevented);
  assert.equal(named("turn").length, 1);
  assert.ok(!send("keydown", 0, 0, { key: "x", shiftKey: false }).defaultPrevented);
});

test("overlays are asked from the last to the first until one answers", () => {
  const asked = [];
  const overlay = (name, answer) => ({
    name,
    press: (...at) => (asked.push([name, ...at]), answer),
  });
  const list = [overlay("low", true), {}, overlay("middle", true), overlay("high", false)];
  const { answer, overlay: used } = ask(list, (overlay) => overlay.press?.("view", 3, 4));
  assert.equal(answer, true);
  assert.equal(used.name, "middle");
  assert.deepEqual(asked, [["high", "view", 3, 4], ["middle", "view", 3, 4]]);
  assert.deepEqual(ask([], (overlay) => overlay.press?.()), { answer: null, overlay: null });
});

test("overlays are painted from the first to the last, each with a clean context", () => {
  const painted = [];
  const ctx = { save: () => painted.push("save"), restore: () => painted.push("restore") };
  const over = (name) => ({ over: () => painted.push(name) });
  paintOverlays([over("a"), { under() {} }, over("b")], "over", ctx, null, null);
  assert.deepEqual(painted, ["save", "a", "restore", "save", "b", "restore"]);
});

test("a click neither moves nor lasts", () => {
  assert.ok(isClick(4, 400));
  assert.ok(!isClick(4.1, 100));
  assert.ok(!isClick(0, 401));
});

test("two clicks in the same place in short time are a double click", () => {
  const first = { x: 10, y: 10, time: 0 };
  assert.ok(isDouble(first, { x: 12, y: 10, time: 300 }));
  assert.ok(!isDouble(first, { x: 12, y: 10, time: 400 }));
  assert.ok(!isDouble(first, { x: 60, y: 10, time: 100 }));
  assert.ok(!isDouble(null, first));
});

test("two fingers have a middle and a spread", () => {
  assert.deepEqual(grip([{ x: 0, y: 0 }, { x: 10, y: 0 }]), { x: 5, y: 0, spread: 5 });
});

test("keys turn, pan with shift, zoom and reset; others are left to the page", () => {
  assert.equal(keyAction("ArrowLeft", false)[0], "turn");
  assert.equal(keyAction("ArrowLeft", true)[0], "pan");
  assert.ok(keyAction("+", true)[1] > 1 && keyAction("-", false)[1] < 1);
  assert.deepEqual(keyAction("0", false), ["reset"]);
  assert.equal(keyAction("Tab", false), null);
  assert.deepEqual(keyAction("w", false), keyAction("ArrowUp", false));
  assert.deepEqual(keyAction("D", true), keyAction("ArrowRight", true));
});
