// What is shown over the cloud of a space: overlays that ask where the place is, and the cursor.
import { Cursor } from "../overlays/cursor.js";
import { DensityMap } from "../overlays/density.js";
import { makePosterior } from "../overlays/ellipsoid.js";
import { makeShells } from "../overlays/shells.js";
import { projectPoint } from "../geometry/geometry.js";

const WALK_STEPS = 60; // key presses from one end of the data to the other

/** The longest extent of the data, in latent units. */
export function longestExtent({ core }) {
  return Math.max(...core.map(([low, high]) => high - low));
}

/**
 * The overlays of a space, the lowest first (see overlays.js).
 * @param {object} space the unpacked blob; @param {Codes} codes
 * @param {object} on isOn(key) a switch; at() where the cursor is drawn or nothing; nearest() index
 *   of the nearest code or -1; plane() the chosen one; move(change), drop() of the cursor, drawn
 *   coordinates; the trail; the canvas that hears the pointer
 */
export function makeOverlays(space, codes, on) {
  const when = (key, get) => () => (on.isOn(key) ? get() : null);
  const { at, plane, trail } = on;
  const density = space.density && { ...space.density, values: space.arrays.density };
  const centre = space.linear ? codes.drawn(new Float32Array(space.latent)) : null;
  return [
    new DensityMap({ density: when("density", () => density), at, plane }),
    makeShells(when("shells", () => centre && { centre, shells: space.shells })),
    makePosterior(when("posterior", () => posteriorOf(space, codes, on.nearest()))),
    { over: (...args) => on.isOn("trail") && trail.over(...args) },
    makeCursor(space, on),
    { over: (_, view) => reportCursor(on.canvas, view, at()) },
  ];
}

/** A posterior in the colour of its class. */
function posteriorOf({ colours, arrays }, codes, index) {
  const posterior = codes.posterior(index);
  return posterior && { ...posterior, colour: colours[arrays.labels[index]] };
}

/** Without a linear map a place has no place of its own in the picture: nothing to drag. */
function makeCursor({ axes, linear, core }, { at, plane, move, drop }) {
  const to = (point) => move(point.map((value, k) => value - at()[k]));
  const step = longestExtent({ core }) / WALK_STEPS;
  const cursor = new Cursor({ at, plane, move: to, drop, axes, step });
  return linear ? cursor : { over: (...args) => cursor.over(...args) };
}

/** Leave on the canvas, for tests and measurements, where the cursor is drawn. */
function reportCursor(canvas, view, point) {
  const [x, y] = point ? projectPoint(view, point) : [];
  canvas.dataset.cursor = point ? JSON.stringify({ x, y }) : "";
}
