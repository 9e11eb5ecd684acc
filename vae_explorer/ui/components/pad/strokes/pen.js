// Mouse, pen and finger on the canvas -> strokes.

/**
 * Shares of the canvas: where a stroke goes, and how wide the pen is as a factor.
 * @typedef {[x: number, y: number, weight: number]} Touch
 */

/**
 * @typedef {object} Hand
 * @property {(x: number, y: number, weight: number) => void} begin
 * @property {(points: Touch[]) => void} lead
 * @property {() => void} end
 * @property {() => void} cancel the stroke was none
 */

const PRESSURE = 0.4; // of a pen that weighs nothing, as a factor of the width; 1.6 at the most

/**
 * The factor of the width: pens feel pressure, mice and fingers do not.
 * @type {(event: Pick<PointerEvent, "pointerType" | "pressure">) => number}
 */
export function weightOf({ pointerType, pressure }) {
  if (pointerType !== "pen" || !(pressure > 0)) return 1;
  return PRESSURE + 2 * (1 - PRESSURE) * Math.min(pressure, 1);
}

/**
 * Listen to `canvas` until `signal` aborts.
 * @type {(canvas: HTMLElement, on: Hand, signal: AbortSignal) => void}
 */
export function attachPen(canvas, on, signal) {
  /** @type {{id: number, type: string} | null} */
  let active = null; // of the pointer that draws: others do nothing meanwhile

  /** @type {(event: PointerEvent, box: DOMRect) => Touch} */
  const point = (event, box) => {
    const clamp = (/** @type {number} */ value) => Math.min(Math.max(value, 0), 1);
    const x = clamp((event.clientX - box.left) / box.width);
    return [x, clamp((event.clientY - box.top) / box.height), weightOf(event)];
  };

  /** @type {(event: PointerEvent) => void} */
  function down(event) {
    const hand = active?.type === "touch" && event.pointerType === "pen"; // the palm came first
    if (event.button !== 0 || (active && !hand)) return;
    if (hand) on.cancel();
    active = { id: event.pointerId, type: event.pointerType };
    canvas.setPointerCapture(event.pointerId);
    on.begin(...point(event, canvas.getBoundingClientRect()));
  }

  /** @type {(event: PointerEvent) => void} */
  function move(event) {
    if (event.pointerId !== active?.id) return;
    const box = canvas.getBoundingClientRect();
    const all = event.getCoalescedEvents?.() ?? [];
    on.lead((all.length ? all : [event]).map((one) => point(one, box)));
  }

  /** @type {(event: PointerEvent) => void} */
  function end(event) {
    if (event.pointerId !== active?.id) return;
    active = null;
    on.end();
  }

  canvas.addEventListener("pointerdown", down, { signal });
  canvas.addEventListener("pointermove", move, { signal });
  canvas.addEventListener("pointerup", end, { signal });
  canvas.addEventListener("pointercancel", end, { signal });
  canvas.addEventListener("lostpointercapture", end, { signal });
  canvas.addEventListener("contextmenu", (event) => {
    if (active) event.preventDefault(); // a finger held still
  }, { signal });
}
