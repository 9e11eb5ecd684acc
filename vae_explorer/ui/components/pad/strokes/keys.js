// The keyboard on the canvas: arrows move a pen, space puts it down or lifts it.

const STEP = 0.04; // of the side
/**
 * @typedef {object} Keyboard
 * @property {(dx: number, dy: number) => void} step in shares of the side
 * @property {() => void} toggle
 * @property {() => void} lift
 * @property {() => void} undo
 * @property {() => void} clear
 */

/** @type {{[key: string]: [number, number]}} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Listen to `canvas` until `signal` aborts; two arrows held together lead along a diagonal.
 * @type {(canvas: HTMLElement, on: Keyboard, signal: AbortSignal) => void}
 */
export function attachKeys(canvas, on, signal) {
  /** @type {Set<string>} */
  const pressed = new Set();

  /** @type {(key: string, fine: boolean) => void} */
  function step(key, fine) {
    pressed.add(key);
    const [dx, dy] = [0, 1].map((axis) =>
      [...pressed].reduce((sum, k) => sum + ARROWS[k][axis], 0),
    );
    const length = fine ? STEP / 4 : STEP;
    if (dx || dy) on.step(dx * length, dy * length);
  }

  /** @type {{[key: string]: () => void}} */
  const others = { " ": on.toggle, Escape: on.lift, Backspace: on.undo, Delete: on.clear };

  /** @type {(event: KeyboardEvent) => void} */
  function down(event) {
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    const back = (ctrlKey || metaKey) && key.toLowerCase() === "z";
    if (back) on.undo();
    else if (ctrlKey || metaKey || altKey) return;
    else if (Object.hasOwn(ARROWS, key)) step(key, shiftKey);
    else if (Object.hasOwn(others, key)) {
      if (!event.repeat) others[key]();
    }
    else return;
    event.preventDefault();
  }

  canvas.addEventListener("keydown", down, { signal });
  canvas.addEventListener("keyup", ({ key }) => pressed.delete(key), { signal });
  canvas.addEventListener("blur", () => {
    pressed.clear();
    on.lift();
  }, { signal });
}
