// Points that stand back, so that others stand out: they have a label of their own behind those of
// all classes, a colour near the background, and are drawn first or farther away.
import { mix, parseColour } from "./raster.js";
/** @import { Gl, Sample } from "./gl_dots.js" */

export const FADED = 0.8; // how far they fade into the background

/**
 * Labels, higher by the number of classes where a point does not stand out.
 * @type {(labels: Uint16Array, classes: number, standsOut: (index: number) => number) =>
 *   Uint16Array}
 */
export function fadedLabels(labels, classes, standsOut) {
  return labels.map((label, i) => (standsOut(i) ? label : label + classes));
}

/**
 * Colours of classes, and behind them the same faded into the background.
 * @type {(colours: string[], background: string) => string[]}
 */
export function withFaded(colours, background) {
  const to = parseColour(background);
  const faded = colours.map((colour) => `rgb(${mix(parseColour(colour), to, FADED).join(", ")})`);
  return [...colours, ...faded];
}

/**
 * An order of points with those first that do not stand out.
 * @type {(order: Uint32Array, mask: Uint8Array | null) => Uint32Array}
 */
export function fadedFirst(order, mask) {
  const faded = order.filter((index) => !mask?.[index]);
  const others = order.filter((index) => mask?.[index]);
  const both = new Uint32Array(order.length);
  both.set(faded);
  both.set(others, faded.length);
  return both;
}

/**
 * Let the points of a mask stand out; with null all are alike. `classes`: how many there are.
 * @type {(sample: Sample, mask: Uint8Array | null, classes: number) => void}
 */
export function fadeSample(sample, mask, classes) {
  const { labels, order } = sample;
  sample.looks = mask ? fadedLabels(labels, classes, (k) => mask[order[k]]) : labels;
}

/** Send changed looks to the device. @type {(gl: Gl, buffers: WebGLBuffer[], sample: Sample) =>
 *   void} */
export function uploadLooks(gl, [, buffer], { looks }) {
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferSubData(gl.ARRAY_BUFFER, 0, looks);
}
