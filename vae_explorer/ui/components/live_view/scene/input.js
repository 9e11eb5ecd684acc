// Pointer, wheel and keyboard -> what the person meant. Knows nothing of cameras or points.

const CLICK = { pixels: 4, milliseconds: 400 }; // a press that moves or lasts longer is a drag
const DOUBLE = { pixels: 24, milliseconds: 320 };
const KEY_STEP = 24; // pixels of drag that one arrow key stands for

/** Was this press a click? `moved`: the farthest it went from its start, in pixels. */
export function isClick(moved, milliseconds) {
  return moved <= CLICK.pixels && milliseconds <= CLICK.milliseconds;
}

/** Is a click at `now` the second of a double click? Clicks are {x, y, time}. */
export function isDouble(before, now) {
  if (!before || now.time - before.time > DOUBLE.milliseconds) return false;
  return Math.hypot(now.x - before.x, now.y - before.y) <= DOUBLE.pixels;
}

/** Middle of the pointers and their mean distance from it. */
export function grip(pointers) {
  const x = pointers.reduce((sum, p) => sum + p.x, 0) / pointers.length;
  const y = pointers.reduce((sum, p) => sum + p.y, 0) / pointers.length;
  const spread = pointers.reduce((sum, p) => sum + Math.hypot(p.x - x, p.y - y), 0);
  return { x, y, spread: spread / pointers.length };
}

/** What a key stands for: a call [action, ...arguments], or null. */
export function keyAction(key, shift) {
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const letters = { a: arrows.ArrowLeft, d: arrows.ArrowRight };
  Object.assign(letters, { w: arrows.ArrowUp, s: arrows.ArrowDown });
  const others = { "+": ["zoom", 1.2], "=": ["zoom", 1.2], "-": ["zoom", 1 / 1.2] };
  Object.assign(others, { _: ["zoom", 1 / 1.2], 0: ["reset"], Home: ["reset"], Escape: ["leave"] });
  const direction = arrows[key] ?? letters[key.toLowerCase()];
  if (!direction) return others[key] ?? null;
  return [shift ? "pan" : "turn", ...direction.map((step) => step * KEY_STEP)];
}

/**
 * Listen to `canvas` until `signal` aborts.
 * @param {object} on turn(dx, dy), pan(dx, dy), zoom(factor, x?, y?), click(x, y), hover(x, y),
 *   leave(), reset(); grab(x, y, touch) -> {move(x, y), drop()} or null: what is pressed is
 *   dragged, not the picture; key(key, shift) -> boolean: used; all in pixels of the canvas
 */
export function attachInput(canvas, on, signal) {
  const pointers = new Map(); // pointerId -> {x, y}
  let press = null; // {x, y, time, moved, pans}
  let lastClick = null;
  let grabbed = null; // what `on.grab` gave: until it is dropped other fingers do nothing

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  function down(event) {
    if (grabbed) return;
    canvas.setPointerCapture(event.pointerId);
    const at = place(event);
    pointers.set(event.pointerId, at);
    const several = pointers.size > 1;
    const pans = several || event.button > 0 || event.shiftKey;
    press = { ...at, time: event.timeStamp, moved: several ? Infinity : 0, pans };
    on.leave();
    if (!pans) grabbed = on.grab(at.x, at.y, event.pointerType === "touch");
  }

  function move(event) {
    const at = place(event);
    if (!pointers.has(event.pointerId)) {
      if (event.pointerType !== "touch" && !grabbed) on.hover(at.x, at.y);
      return;
    }
    if (grabbed) {
      grabbed.move(at.x, at.y);
      return;
    }
    const before = grip([...pointers.values()]);
    pointers.set(event.pointerId, at);
    press.moved = Math.max(press.moved, Math.hypot(at.x - press.x, at.y - press.y));
    if (press.moved <= CLICK.pixels) return; // the picture does not tremble under a click
    const now = grip([...pointers.values()]);
    if (before.spread > 0) on.zoom(now.spread / before.spread, now.x, now.y);
    on[press.pans ? "pan" : "turn"](now.x - before.x, now.y - before.y);
  }

  function click(at, time) {
    const now = { ...at, time };
    if (isDouble(lastClick, now)) {
      lastClick = null;
      on.reset();
    } else {
      lastClick = now;
      on.click(at.x, at.y);
    }
  }

  function up(event) {
    if (!pointers.delete(event.pointerId)) return;
    if (grabbed) {
      grabbed.drop();
      grabbed = null;
      return;
    }
    if (pointers.size > 0) return;
    const plain = event.type === "pointerup" && !press.pans;
    if (plain && isClick(press.moved, event.timeStamp - press.time)) {
      click(place(event), event.timeStamp);
    }
  }

  function wheel(event) {
    event.preventDefault();
    const at = place(event);
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    const speed = event.ctrlKey ? 0.01 : 0.0016; // a trackpad's pinch arrives as ctrl + wheel
    on.zoom(Math.exp(-Math.max(-300, Math.min(300, pixels)) * speed), at.x, at.y);
  }

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const used = on.key(event.key, event.shiftKey);
    const action = used ? null : keyAction(event.key, event.shiftKey);
    if (used || action) event.preventDefault();
    if (!action) return;
    const [name, ...values] = action;
    on[name](...values);
  }

  const options = { signal, passive: false };
  const hear = (type, handler) => canvas.addEventListener(type, handler, options);
  hear("pointerdown", down);
  hear("pointermove", move);
  hear("pointerup", up);
  hear("pointercancel", up);
  hear("pointerleave", () => on.leave());
  hear("wheel", wheel);
  hear("keydown", key);
  hear("contextmenu", (event) => event.preventDefault());
}
