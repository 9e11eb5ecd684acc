// Pointer, wheel and keyboard -> what the person meant. Knows nothing of cameras or points.

/**
 * @typedef {{x: number, y: number}} Pixel
 * @typedef {{move: (x: number, y: number) => void, drop: () => void}} Grabbed
 */

/**
 * What a person may mean, in pixels of the canvas.
 * @typedef {object} Actions
 * @property {(dx: number, dy: number) => void} turn
 * @property {(dx: number, dy: number) => void} pan
 * @property {(factor: number, x?: number, y?: number) => void} zoom
 * @property {(x: number, y: number) => void} click
 * @property {(x: number, y: number) => void} hover
 * @property {() => void} leave
 * @property {() => void} reset
 * @property {(x: number, y: number, touch: boolean) => Grabbed | null} grab what is pressed is
 *   dragged, not the picture
 * @property {(key: string, shift: boolean) => boolean} key whether it was used
 */

const CLICK = { pixels: 4, milliseconds: 400 }; // a press that moves or lasts longer is a drag
const DOUBLE = { pixels: 24, milliseconds: 320 };
const KEY_STEP = 24; // pixels of drag that one arrow key stands for

/**
 * Was this press a click? `moved`: the farthest it went from its start, in pixels.
 * @type {(moved: number, milliseconds: number) => boolean}
 */
export function isClick(moved, milliseconds) {
  return moved <= CLICK.pixels && milliseconds <= CLICK.milliseconds;
}

/**
 * Is a click at `now` the second of a double click? Clicks are {x, y, time}.
 * @type {(before: (Pixel & {time: number}) | null, now: Pixel & {time: number}) => boolean}
 */
export function isDouble(before, now) {
  if (!before || now.time - before.time > DOUBLE.milliseconds) return false;
  return Math.hypot(now.x - before.x, now.y - before.y) <= DOUBLE.pixels;
}

/**
 * Middle of the pointers and their mean distance from it.
 * @type {(pointers: Pixel[]) => Pixel & {spread: number}}
 */
export function grip(pointers) {
  const x = pointers.reduce((sum, p) => sum + p.x, 0) / pointers.length;
  const y = pointers.reduce((sum, p) => sum + p.y, 0) / pointers.length;
  const spread = pointers.reduce((sum, p) => sum + Math.hypot(p.x - x, p.y - y), 0);
  return { x, y, spread: spread / pointers.length };
}

/**
 * @typedef {["turn" | "pan", number, number] | ["zoom", number] | ["reset"] |
 *   ["leave"]} Call an action
 *   with its arguments
 */

/** What a key stands for, or null. @type {(key: string, shift: boolean) => Call | null} */
export function keyAction(key, shift) {
  /** @type {{[key: string]: number[]}} */
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  /** @type {{[key: string]: number[]}} */
  const letters = { a: arrows.ArrowLeft, d: arrows.ArrowRight };
  Object.assign(letters, { w: arrows.ArrowUp, s: arrows.ArrowDown });
  /** @type {{[key: string]: ["zoom", number] | ["reset"] | ["leave"]}} */
  const others = { "+": ["zoom", 1.2], "=": ["zoom", 1.2], "-": ["zoom", 1 / 1.2] };
  Object.assign(others, { _: ["zoom", 1 / 1.2], 0: ["reset"], Home: ["reset"], Escape: ["leave"] });
  const direction = arrows[key] ?? letters[key.toLowerCase()];
  if (!direction) return others[key] ?? null;
  return [shift ? "pan" : "turn", direction[0] * KEY_STEP, direction[1] * KEY_STEP];
}

/**
 * Listen to `canvas` until `signal` aborts.
 * @type {(canvas: HTMLElement, on: Actions, signal: AbortSignal) => void}
 */
export function attachInput(canvas, on, signal) {
  /** @type {Map<number, Pixel>} */
  const pointers = new Map(); // by pointerId
  /** @type {Pixel & {time: number, moved: number, pans: boolean, mayScroll: boolean}} */
  let press = { x: 0, y: 0, time: -Infinity, moved: 0, pans: false, mayScroll: false };
  /** @type {(Pixel & {time: number}) | null} */
  let lastClick = null;
  /** @type {Grabbed | null} */
  let grabbed = null; // what `on.grab` gave: until it is dropped other fingers do nothing

  /** @type {(event: MouseEvent) => Pixel} */
  const pixelOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  /** @type {(event: PointerEvent) => void} */
  function down(event) {
    if (grabbed) return;
    canvas.setPointerCapture(event.pointerId);
    const at = pixelOf(event);
    pointers.set(event.pointerId, at);
    const several = pointers.size > 1;
    const pans = several || event.button > 0 || event.shiftKey;
    const moved = several ? Infinity : 0;
    const mayScroll = !several && event.pointerType === "touch" && !canvas.matches(":focus");
    press = { ...at, time: event.timeStamp, moved, pans, mayScroll };
    on.leave();
    if (!pans) grabbed = on.grab(at.x, at.y, event.pointerType === "touch");
  }

  /** @type {(event: PointerEvent) => void} */
  function move(event) {
    const at = pixelOf(event);
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
    // Along the page it is about to scroll, which the browser then tells by a pointercancel
    if (press.mayScroll && Math.abs(at.y - press.y) > Math.abs(at.x - press.x)) return;
    press.mayScroll = false;
    const now = grip([...pointers.values()]);
    if (before.spread > 0) on.zoom(now.spread / before.spread, now.x, now.y);
    on[press.pans ? "pan" : "turn"](now.x - before.x, now.y - before.y);
  }

  /** @type {(at: Pixel, time: number) => void} */
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

  /** @type {(event: PointerEvent) => void} */
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
      click(pixelOf(event), event.timeStamp);
    }
  }

  /** @type {(event: WheelEvent) => void} */
  function wheel(event) {
    event.preventDefault();
    const at = pixelOf(event);
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    const speed = event.ctrlKey ? 0.01 : 0.0016; // a trackpad's pinch arrives as ctrl + wheel
    on.zoom(Math.exp(-Math.max(-300, Math.min(300, pixels)) * speed), at.x, at.y);
  }

  /** @type {(event: KeyboardEvent) => void} */
  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const used = on.key(event.key, event.shiftKey);
    const action = used ? null : keyAction(event.key, event.shiftKey);
    if (used || action) event.preventDefault();
    if (!action) return;
    if (action[0] === "zoom") on.zoom(action[1]);
    else if (action[0] === "turn" || action[0] === "pan") on[action[0]](action[1], action[2]);
    else on[action[0]]();
  }

  const options = { signal, passive: false };
  canvas.addEventListener("pointerdown", down, options);
  canvas.addEventListener("pointermove", move, options);
  canvas.addEventListener("pointerup", up, options);
  canvas.addEventListener("pointercancel", up, options);
  canvas.addEventListener("pointerleave", () => on.leave(), options);
  // What is dragged goes where the finger goes, and the page stays where it is
  canvas.addEventListener("touchstart", (event) => grabbed && event.preventDefault(), options);
  canvas.addEventListener("wheel", wheel, options);
  canvas.addEventListener("keydown", key, options);
  canvas.addEventListener("contextmenu", (event) => event.preventDefault(), options);
}
