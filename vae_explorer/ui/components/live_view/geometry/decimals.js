// How many decimals tell places of a space apart: those of its sliders' steps, which Python chooses
// by how far its codes spread.

/** Of steps of this size, two at least. @type {(step?: number) => number} */
export function decimalsOf(step = 0.01) {
  return Math.max(2, Math.round(-Math.log10(step)));
}

/** As people read it, with a true minus. @type {(value: number, step?: number) => string} */
export function figure(value, step) {
  return value.toFixed(decimalsOf(step)).replace("-", "−");
}
