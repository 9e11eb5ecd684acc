// Strokes -> pixels as MNIST's makers would have made them, which mnist_format.py does to pictures:
// pens of MNIST's width, all that is drawn fitted into a box, its mass centred to whole pixels.
import { capsulesOf } from "./strokes.js";
/** @import { Stroke } from "./strokes.js" */

/** @typedef {{left: number, top: number, width: number, height: number}} Box */

const CELLS = 128; // along the longer side, on which the pen's width is measured
const FINE = 6; // along the side of one of the pixels
const FAR = -1e9;

/**
 * @typedef {{side: number, box: number, stroke: [number, number]}} Standard pixels of the picture
 *   and of the square around the ink, and the band of stroke widths in pixels
 */

/**
 * @param {Stroke[]} strokes
 * @param {Standard} standard
 * @returns {Uint8Array | null} side * side, row by row, ink bright; null where nothing is drawn
 */
export function prepare(strokes, { side, box, stroke }) {
  const capsules = strokes.flatMap(capsulesOf);
  if (capsules.length === 0) return null;
  const grow = growth(capsules, [stroke[0] / box, stroke[1] / box]);
  for (let i = 2; i < capsules.length; i += 3) {
    capsules[i] = Math.max(capsules[i] + grow, capsules[i] / 10);
  }
  const frame = frameOf(capsules);
  const scale = box / Math.max(frame.width, frame.height);
  const pixels = (/** @type {number} */ length) => Math.max(1, Math.round(length * scale));
  const [columns, rows] = [pixels(frame.width), pixels(frame.height)];
  const ink = covered(depths(capsules, frame, columns * FINE, rows * FINE), columns, rows, scale);
  return centred(ink, columns, rows, side);
}

/** The rectangle that holds all capsules. @type {(capsules: number[]) => Box} */
function frameOf(capsules) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < capsules.length; i += 3) {
    const [x, y, r] = [capsules[i], capsules[i + 1], capsules[i + 2]];
    [left, top] = [Math.min(left, x - r), Math.min(top, y - r)];
    [right, bottom] = [Math.max(right, x + r), Math.max(bottom, y + r)];
  }
  return { left, top, width: right - left, height: bottom - top };
}

/**
 * How far inside the ink the middles of columns x rows cells lie, (rows, columns): negative
 * outside, and there only near the ink.
 * @type {(capsules: number[], frame: Box, columns: number, rows: number) => Float32Array}
 */
function depths(capsules, frame, columns, rows) {
  const depth = new Float32Array(columns * rows).fill(FAR);
  const [dx, dy] = [frame.width / columns, frame.height / rows];
  for (let i = 0; i < capsules.length; i += 6) {
    const [ax, ay, bx, by] = [capsules[i], capsules[i + 1], capsules[i + 3], capsules[i + 4]];
    const [ra, rb] = [capsules[i + 2], capsules[i + 5]];
    const radius = Math.max(ra, rb);
    const [left, right] = cells(ax, bx, radius, frame.left, dx, columns);
    const [top, bottom] = cells(ay, by, radius, frame.top, dy, rows);
    const [ex, ey] = [bx - ax, by - ay];
    const square = ex * ex + ey * ey || 1;
    for (let row = top; row <= bottom; row++) {
      const py = frame.top + (row + 0.5) * dy - ay;
      for (let column = left; column <= right; column++) {
        const px = frame.left + (column + 0.5) * dx - ax;
        const t = Math.min(1, Math.max(0, (px * ex + py * ey) / square));
        const qx = px - t * ex;
        const qy = py - t * ey;
        const inside = ra + t * (rb - ra) - Math.sqrt(qx * qx + qy * qy);
        const at = row * columns + column;
        if (inside > depth[at]) depth[at] = inside;
      }
    }
  }
  return depth;
}

/**
 * The first and the last cell that a capsule between a and b touches along one axis.
 * @type {(a: number, b: number, radius: number, low: number, step: number, count: number) =>
 *   [number, number]}
 */
function cells(a, b, radius, low, step, count) {
  const reach = radius + step;
  const first = Math.floor((Math.min(a, b) - reach - low) / step);
  const last = Math.ceil((Math.max(a, b) + reach - low) / step);
  return [Math.max(0, first), Math.min(count - 1, last)];
}

/**
 * How far the outline has to move for pens of MNIST's width: `normalise_stroke_width` in
 *   mnist_format.py, on strokes.
 * `band` is what shares of the longer side a width may be.
 * @type {(capsules: number[], band: [number, number]) => number}
 */
function growth(capsules, band) {
  const frame = frameOf(capsules);
  const longer = Math.max(frame.width, frame.height);
  const [columns, rows] = [frame.width, frame.height].map((n) => Math.ceil((n / longer) * CELLS));
  let [sum, count, most] = [0, 0, 0];
  for (const depth of depths(capsules, frame, columns, rows)) {
    if (depth <= 0) continue;
    sum += depth;
    count++;
    most = Math.max(most, depth);
  }
  const width = count ? (4 * sum) / count : longer / CELLS;
  const share = width / longer;
  const wanted = Math.max(Math.min(Math.max(share, band[0]), band[1]), share / 2);
  return Math.max((wanted * longer - width) / (2 * (1 - wanted)), -0.9 * most);
}

/**
 * The share of each pixel that is ink, (rows, columns).
 * @type {(depth: Float32Array, columns: number, rows: number, scale: number) => Float32Array}
 */
function covered(depth, columns, rows, scale) {
  const ink = new Float32Array(columns * rows);
  const steep = scale * FINE; // the edge is one fine cell wide
  for (let y = 0; y < rows * FINE; y++) {
    const row = Math.floor(y / FINE) * columns;
    for (let x = 0; x < columns * FINE; x++) {
      const share = Math.min(1, Math.max(0, depth[y * columns * FINE + x] * steep + 0.5));
      ink[row + Math.floor(x / FINE)] += share / FINE ** 2;
    }
  }
  return ink;
}

/**
 * Ink placed in the picture, moved by whole pixels, so that its mass lies in the middle.
 * @type {(ink: Float32Array, columns: number, rows: number, side: number) => Uint8Array}
 */
function centred(ink, columns, rows, side) {
  let [sum, sumX, sumY] = [0, 0, 0];
  ink.forEach((value, at) => {
    sum += value;
    sumX += value * (at % columns);
    sumY += value * Math.floor(at / columns);
  });
  /** @type {(mass: number, n: number) => number} */
  const corner = (mass, n) => Math.min(Math.max(Math.ceil(side / 2 - 0.5 - mass), 0), side - n);
  const [left, top] = [corner(sumX / sum, columns), corner(sumY / sum, rows)];
  const picture = new Uint8Array(side * side);
  ink.forEach((value, at) => {
    const [x, y] = [at % columns, Math.floor(at / columns)];
    picture[(top + y) * side + left + x] = Math.round(Math.min(1, value) * 255);
  });
  return picture;
}
