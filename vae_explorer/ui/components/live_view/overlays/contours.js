// Contours of a square field by marching squares, as closed loops, without allocating.

// For each case (bit 0: corner (i, j), then counter-clockwise) the edges that stretches of contour
// join, from and to, with the inside on their left. Edges: 0 below, 1 right, 2 above, 3 left.
/** @type {number[][]} */
const STRETCHES = [
  [], [0, 3], [1, 0], [1, 3], [2, 1], [0, 3, 2, 1], [2, 0], [2, 3],
  [3, 2], [0, 2], [1, 0, 3, 2], [1, 2], [3, 1], [0, 1], [3, 0], [],
];
/** @type {{[corners: number]: number[]}} */
const JOINED = { 5: [0, 1, 2, 3], 10: [3, 0, 1, 2] }; // saddles whose middle is inside

/** Room that `traceContours` needs for a field of side n. @type {(n: number) => Int32Array} */
export function makeLinks(n) {
  return new Int32Array(2 * n * n).fill(-1);
}

/**
 * Set the rim of a field of side n to zero, so that every contour closes.
 * @type {(field: Float32Array, n: number) => void}
 */
export function clearRim(field, n) {
  field.fill(0, 0, n);
  field.fill(0, n * n - n);
  for (let j = 1; j < n; j++) field[j * n - 1] = field[j * n] = 0;
}

/**
 * Which of a cell's corners, the first at index `at`, are above `level`: four bits.
 * @type {(field: ArrayLike<number>, n: number, at: number, level: number) => number}
 */
function caseOf(field, n, at, level) {
  const low = (field[at] > level ? 1 : 0) | (field[at + 1] > level ? 2 : 0);
  return low | (field[at + n + 1] > level ? 4 : 0) | (field[at + n] > level ? 8 : 0);
}

/**
 * Edge 2 at: from corner `at` to the right; 2 at + 1: from corner `at` upwards.
 * @type {(n: number, at: number, local: number) => number}
 */
function edgeOf(n, at, local) {
  if (local === 0) return 2 * at;
  if (local === 1) return 2 * (at + 1) + 1;
  return local === 2 ? 2 * (at + n) : 2 * at + 1;
}

/** @type {(field: ArrayLike<number>, n: number, level: number, links: Int32Array) => void} */
function linkCells(field, n, level, links) {
  for (let j = 0; j < n - 1; j++) {
    for (let at = j * n; at < j * n + n - 1; at++) {
      const corners = caseOf(field, n, at, level);
      if (corners === 0 || corners === 15) continue;
      let stretches = STRETCHES[corners];
      if (corners === 5 || corners === 10) {
        const middle = (field[at] + field[at + 1] + field[at + n] + field[at + n + 1]) / 4;
        if (middle > level) stretches = JOINED[corners];
      }
      for (let k = 0; k < stretches.length; k += 2) {
        links[edgeOf(n, at, stretches[k])] = edgeOf(n, at, stretches[k + 1]);
      }
    }
  }
}

/**
 * Visit the corners of all contours at `level`, loop by loop, the higher side on the left.
 * @param {ArrayLike<number>} field n * n, row by row; its rim must not lie above the level
 * @param {number} n
 * @param {number} level
 * @param {Int32Array} links of `makeLinks(n)`; left as it was found
 * @param {(i: number, j: number, first: boolean) => void} visit place in cells, 0 to n - 1 each;
 *   `first` at the start of each loop
 */
export function traceContours(field, n, level, links, visit) {
  linkCells(field, n, level, links);
  for (let start = 0; start < links.length; start++) {
    for (let edge = start, first = true; links[edge] >= 0; first = false) {
      const at = edge >> 1;
      const up = edge & 1;
      const share = (level - field[at]) / (field[at + (up ? n : 1)] - field[at]);
      const j = (at / n) | 0;
      visit(at - j * n + (up ? 0 : share), j + (up ? share : 0), first);
      const next = links[edge];
      links[edge] = -1;
      edge = next;
    }
  }
}
