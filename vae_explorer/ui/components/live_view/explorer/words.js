// What the explorer says about a place, in words.

/** @type {(z: ArrayLike<number>) => string} */
const shorten = (z) => {
  const values = Array.from(z).slice(0, 6).map((value) => value.toFixed(2).replace("-", "−"));
  return `(${values.join(", ")}${z.length > 6 ? ", …" : ""})`;
};

/**
 * What the decoded picture is called for those who do not see it.
 * @type {(z: ArrayLike<number>) => string}
 */
export function pictureWords(z) {
  return `decoded picture at z = ${shorten(z).replaceAll("−", "-")}`;
}

/**
 * How far the place is from all data, with the figure behind it: {text, far}.
 * @param {{index: number, distance: number}} near the nearest code
 * @param {string} name of its class
 * @param {number} typical distance within which 99 % of the data have a neighbour
 * @returns {{text: string, far: boolean}}
 */
export function remoteness(near, name, typical) {
  if (near.index < 0) return { text: "", far: false };
  const [away, usual] = [near.distance.toFixed(2), typical.toFixed(2)];
  if (near.distance > typical) {
    const text =
      `Far from all data: the nearest, a ${name}, is ${away} away, where 99 % have one within ` +
      `${usual}. The decoder is guessing here.`;
    return { text, far: true };
  }
  const text =
    `The nearest encoded picture, a ${name}, is ${away} away, where 99 % have one within ${usual}.`;
  return { text, far: false };
}

/**
 * Where one is, in a line for eyes and ears.
 * @type {(z: ArrayLike<number>, about: string) => string}
 */
export function placeWords(z, about) {
  return `z = ${shorten(z)}. ${about}`;
}

/**
 * How to move, for this many drawn dimensions; shorter where the cursor cannot be moved.
 * @type {(dims: number, movable: boolean) => string}
 */
export function howTo(dims, movable) {
  const turn = dims === 3 ? "turn" : "shift";
  const camera = `Drag elsewhere, or W A S D, to ${turn}; wheel to zoom; double-click to reset.`;
  if (!movable) return `Click a point to go there. ${camera}`;
  const keys = dims === 3 ? "Arrow and page keys walk." : "Arrow keys walk.";
  const mouse =
    "Drag the cursor or one of its arrows; click a point, or the empty plane, to go there.";
  return `${mouse} ${keys} ${camera}`;
}
