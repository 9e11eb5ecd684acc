// The keyboard on the canvas: arrows move a pen, space puts it down or lifts it.

const STEP = 0.04; // of the side
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Listen to `canvas` until `signal` aborts; two arrows held together lead along a diagonal.
 * @param {object} on step(dx, dy) in shares of the side, toggle(), lift(), undo(), clear()
 */
export function attachKeys(canvas, on, signal) {
  const held = new Set();

  function step(key, fine) {
    held.add(key);
    const [dx, dy] = [0, 1].map((axis) => [...held].reduce((sum, k) => sum + ARROWS[k][axis], 0));
    const length = fine ? STEP / 4 : STEP;
    if (dx || dy) on.step(dx * length, dy * length);
  }

  const others = { " ": on.toggle, Escape: on.lift, Backspace: on.undo, Delete: on.clear };

  function down(event) {
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    const back = (ctrlKey || metaKey) && key.toLowerCase() === "z";
    if (back) on.undo();
    else if (ctrlKey || metaKey || altKey) return;
    else if (Object.hasOwn(ARROWS, key)) step(key, shiftKey);
    else if (Object.hasOwn(others, key)) event.repeat || others[key]();
    else return;
    event.preventDefault();
  }

  const listen = (type, handler) => canvas.addEventListener(type, handler, { signal });
  listen("keydown", down);
  listen("keyup", ({ key }) => held.delete(key));
  listen("blur", () => {
    held.clear();
    on.lift();
  });
}
