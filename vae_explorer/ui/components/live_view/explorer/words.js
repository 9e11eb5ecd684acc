// What the explorer says about a place, in words.
import { figure } from "../geometry/decimals.js";
/** @import { Space } from "./space.js" */

/** @type {(z: ArrayLike<number>, step?: number) => string} */
const shorten = (z, step) => {
  const values = Array.from(z).slice(0, 6).map((value) => figure(value, step));
  return `(${values.join(", ")}${z.length > 6 ? ", …" : ""})`;
};

/**
 * What the decoded picture is called for those who do not see it.
 * @type {(z: ArrayLike<number>, step?: number) => string}
 */
export function pictureWords(z, step) {
  return `decoded picture at z = ${shorten(z, step).replaceAll("−", "-")}`;
}

/** What stands over the picture. @type {(space: Pick<Space, "structures" | "codesAlone">) => string} */
export function shownTitle({ structures, codesAlone }) {
  if (structures) return "Molecule at z, decoded";
  return codesAlone ? "Nearest picture" : "Picture at z, decoded";
}

/**
 * Python's words with `{name}` for each value.
 * @type {(words: string, values: {[name: string]: string}) => string}
 */
export function filled(words, values) {
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/**
 * How far the place is from all data, with the figure behind it.
 * @param {{index: number, distance: number}} nearest code
 * @param {string} name what a picture of its class is called
 * @param {Pick<Space, "typical" | "words"> & {step?: number}} space
 * @returns {{text: string, far: boolean}}
 */
export function remoteness({ index, distance }, name, { typical, words, step }) {
  if (index < 0) return { text: "", far: false };
  const far = distance > typical;
  const values = { distance: figure(distance, step), typical: figure(typical, step) };
  return { text: filled(far ? words.far : words.close, { picture: name, ...values }), far };
}

/**
 * Where one is, in a line for eyes and ears.
 * @type {(z: ArrayLike<number>, about: string, step?: number) => string}
 */
export function placeWords(z, about, step) {
  return `z = ${shorten(z, step)}. ${about}`;
}

/**
 * How to move, for this many drawn dimensions; shorter where the cursor cannot be moved.
 * @type {(dims: number, movable: boolean, fingers?: boolean) => string}
 */
export function howTo(dims, movable, fingers = false) {
  const turn = dims === 3 ? "turn" : "shift";
  if (fingers) return howToTouch(turn, movable);
  const camera = `Drag elsewhere, or W A S D, to ${turn}; wheel to zoom; double-click to reset.`;
  if (!movable) return `Click a point to go there. ${camera}`;
  const keys = dims === 3 ? "Arrow and page keys walk." : "Arrow keys walk.";
  const mouse =
    "Drag the cursor or one of its arrows; click a point, or empty space, to go there.";
  return `${mouse} ${keys} ${camera}`;
}

/** @type {(turn: string, movable: boolean) => string} */
function howToTouch(turn, movable) {
  const go = movable
    ? "Drag the cursor or one of its arrows; tap a point, or empty space, to go there."
    : "Tap a point to go there.";
  return (
    `${go} Swipe across the cloud to ${turn} it; up and down scrolls the page. Once tapped, the ` +
    "cloud follows every swipe, until you tap elsewhere; so does the slice. Two fingers zoom and " +
    "move; a double tap resets."
  );
}
