// What is shown over the cloud of a space: overlays that ask where the place is, and the cursor.
import { Cursor } from "../overlays/cursor.js";
import { DensityMap } from "../overlays/density.js";
import { makePosterior } from "../overlays/ellipsoid.js";
import { makeMass } from "../overlays/mass.js";
import { makeShells } from "../overlays/shells.js";
import { projectPoint } from "../geometry/geometry.js";
/** @import { Space } from "./space.js" */
/** @import { Codes } from "./codes.js" */
/** @import { Plane } from "../overlays/cursor.js" */
/** @import { Posterior } from "../overlays/ellipsoid.js" */
/** @import { Overlay } from "../overlays/overlays.js" */
/** @import { Trail } from "../overlays/trail.js" */
/** @import { View } from "../geometry/geometry.js" */

/**
 * What overlays ask of the view, and tell it.
 * @typedef {object} Surroundings
 * @property {(key: string) => boolean} isOn a switch
 * @property {() => number[] | null} at where the cursor is drawn
 * @property {() => number} nearest index of the nearest code, or -1
 * @property {() => Plane} plane the chosen one
 * @property {(change: number[]) => void} move the cursor, drawn coordinates
 * @property {() => void} drop the cursor was let go
 * @property {() => number[][] | null} mass draws that Python has marked
 * @property {Trail} trail
 * @property {HTMLElement} canvas that hears the pointer
 */

const WALK_STEPS = 60; // key presses from one end of the data to the other

/**
 * The longest extent of the data, in latent units.
 * @type {(space: Pick<Space, "core">) => number}
 */
export function longestExtent({ core }) {
  return Math.max(...core.map(([low, high]) => high - low));
}

/**
 * The overlays of a space, the lowest first (see overlays.js).
 * @type {(space: Space, codes: Codes, on: Surroundings) => Overlay[]}
 */
export function makeOverlays(space, codes, on) {
  /** @type {<T>(key: string, get: () => T) => () => T | null} */
  const when = (key, get) => () => (on.isOn(key) ? get() : null);
  const { at, plane, trail } = on;
  const values = space.arrays.density;
  const density = space.density && values ? { ...space.density, values } : null;
  const centre = space.linear ? codes.drawn(new Float32Array(space.latent)) : null;
  return [
    new DensityMap({ density: when("density", () => density), at, plane }),
    makeShells(when("shells", () => centre && { centre, shells: space.shells })),
    makeMass(on.mass),
    makePosterior(when("posterior", () => posteriorOf(space, codes, on.nearest()))),
    { over: (...given) => on.isOn("trail") && trail.over(...given) },
    makeCursor(space, on),
    { over: (_, view) => reportCursor(on.canvas, view, at()) },
  ];
}

/**
 * A posterior in the colour of its class.
 * @type {(space: Space, codes: Codes, index: number) => Posterior | null}
 */
function posteriorOf({ colours, arrays }, codes, index) {
  const posterior = codes.posterior(index);
  return posterior && { ...posterior, colour: colours[arrays.labels[index]] };
}

/**
 * Without a linear map a place has no place of its own in the picture: nothing to drag.
 * @type {(space: Space, on: Surroundings) => Overlay}
 */
function makeCursor({ axes, linear, core }, { at, plane, move, drop }) {
  /** @type {(point: number[]) => void} */
  const to = (point) => {
    const from = at();
    if (from) move(point.map((value, k) => value - from[k]));
  };
  const step = longestExtent({ core }) / WALK_STEPS;
  const cursor = new Cursor({ at, plane, move: to, drop, axes, step });
  if (linear) return cursor;
  return { over: (...given) => cursor.over(...given), covers: (view) => cursor.covers(view) };
}

/**
 * Leave on the canvas, for tests and measurements, where the cursor is drawn.
 * @type {(canvas: HTMLElement, view: View, point: number[] | null) => void}
 */
function reportCursor(canvas, view, point) {
  const [x, y] = point ? projectPoint(view, point) : [];
  canvas.dataset.cursor = point ? JSON.stringify({ x, y }) : "";
}
