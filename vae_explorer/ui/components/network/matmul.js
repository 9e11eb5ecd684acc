// Rows times weights, the one place where a decoder's time goes: in plain JavaScript, for browsers
// that may not run kernel.wat, which does the same. Tiles of two columns by four outputs: every
// number read is used at once for several products, whose sums are independent of each other.

/**
 * What is to be multiplied: all of it lies in one array, and these are places and steps in it. At
 * (row, column) of a picture or a list, x is `runs` stretches of `length` numbers, `xRun` apart,
 * and y is `outputs` numbers: the sum of x times the weights of each, and its bias.
 * @typedef {object} Product
 * @property {number} y
 * @property {number} x
 * @property {number} weight (outputs / 8, runs * length, 8)
 * @property {number} bias (outputs)
 * @property {number} outputs a multiple of 8
 * @property {number} rows
 * @property {number} columns
 * @property {number} runs
 * @property {number} length
 * @property {number} xRun
 * @property {number} xRow
 * @property {number} xStep from column to column
 * @property {number} yRow
 * @property {number} yStep
 */

export const OUTPUTS = 8; // whose weights lie together

/** The next multiple of 8. @type {(count: number) => number} */
export const padded = (count) => Math.ceil(count / OUTPUTS) * OUTPUTS;

/**
 * Four outputs of two columns.
 * @type {(all: Float32Array, product: Product, x: number[], y: number[], w: number,
 *   bias: number) => void}
 */
function tileOfTwo(all, { runs, length, xRun }, [x0, x1], [y0, y1], w, bias) {
  let [a0, a1, a2, a3] = [all[bias], all[bias + 1], all[bias + 2], all[bias + 3]];
  let [b0, b1, b2, b3] = [a0, a1, a2, a3];
  for (let run = 0; run < runs; run++) {
    for (let i = 0; i < length; i++) {
      const a = all[x0 + i];
      const b = all[x1 + i];
      const p0 = all[w];
      const p1 = all[w + 1];
      const p2 = all[w + 2];
      const p3 = all[w + 3];
      a0 += a * p0;
      a1 += a * p1;
      a2 += a * p2;
      a3 += a * p3;
      b0 += b * p0;
      b1 += b * p1;
      b2 += b * p2;
      b3 += b * p3;
      w += OUTPUTS;
    }
    x0 += xRun;
    x1 += xRun;
  }
  putFour(all, y0, a0, a1, a2, a3);
  putFour(all, y1, b0, b1, b2, b3);
}

/** @type {(all: Float32Array, at: number, a: number, b: number, c: number, d: number) => void} */
function putFour(all, at, a, b, c, d) {
  all[at] = a;
  all[at + 1] = b;
  all[at + 2] = c;
  all[at + 3] = d;
}

/**
 * y = x W + b for all rows, columns and outputs.
 * @type {(all: Float32Array, product: Product) => void}
 */
export function multiplyPlain(all, product) {
  const { x, y, weight, bias, outputs, rows, columns, runs, length } = product;
  const { xRow, xStep, yRow, yStep } = product;
  for (let o = 0; o < outputs; o += 4) {
    const half = o % OUTPUTS;
    const w = weight + (o - half) * runs * length + half;
    for (let row = 0; row < rows; row++) {
      const [xAt, yAt] = [x + row * xRow, y + row * yRow + o];
      for (let column = 0; column < columns; column += 2) {
        const other = Math.min(column + 1, columns - 1); // the last one twice, where it is odd
        const xs = [xAt + column * xStep, xAt + other * xStep];
        tileOfTwo(all, product, xs, [yAt + column * yStep, yAt + other * yStep], w, bias + o);
      }
    }
  }
}
