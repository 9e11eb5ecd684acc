// Mouse, pen and finger on the canvas -> strokes.

const PRESSURE = 0.4; // of a pen that weighs nothing, as a factor of the width; 1.6 at the most

/** The factor of the width: pens feel pressure, mice and fingers do not. */
export function weightOf({ pointerType, pressure }) {
  if (pointerType !== "pen" || !(pressure > 0)) return 1;
  return PRESSURE + 2 * (1 - PRESSURE) * Math.min(pressure, 1);
}

/**
 * Listen to `canvas` until `signal` aborts.
 * @param {object} on begin(x, y, weight), lead(points) with points [x, y, weight], end(),
 *   cancel(): the stroke was none; x and y are shares of the canvas
 */
export function attachPen(canvas, on, signal) {
  let active = null; // {id, type} of the pointer that draws: others do nothing meanwhile

  const point = (event, box) => {
    const held = (value) => Math.min(Math.max(value, 0), 1);
    const x = held((event.clientX - box.left) / box.width);
    return [x, held((event.clientY - box.top) / box.height), weightOf(event)];
  };

  function down(event) {
    const hand = active?.type === "touch" && event.pointerType === "pen"; // the palm came first
    if (event.button !== 0 || (active && !hand)) return;
    if (hand) on.cancel();
    active = { id: event.pointerId, type: event.pointerType };
    canvas.setPointerCapture(event.pointerId);
    on.begin(...point(event, canvas.getBoundingClientRect()));
  }

  function move(event) {
    if (event.pointerId !== active?.id) return;
    const box = canvas.getBoundingClientRect();
    const all = event.getCoalescedEvents?.() ?? [];
    on.lead((all.length ? all : [event]).map((one) => point(one, box)));
  }

  function end(event) {
    if (event.pointerId !== active?.id) return;
    active = null;
    on.end();
  }

  const listen = (type, handler) => canvas.addEventListener(type, handler, { signal });
  listen("pointerdown", down);
  listen("pointermove", move);
  listen("pointerup", end);
  listen("pointercancel", end);
  listen("lostpointercapture", end);
  listen("contextmenu", (event) => active && event.preventDefault()); // a finger held still
}
