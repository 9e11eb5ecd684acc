// Rows times a weight matrix, the one place where a decoder's time goes. Weights lie as PyTorch has
// them, (outputs, inputs). Tiles of two rows by four outputs: every number read is used at once for
// several products, whose sums are independent of each other.

/** @typedef {{weight: Float32Array, bias: Float32Array, inputs: number, outputs: number}} Layer */

/**
 * Outputs o to o + 3 of rows `row` and `row + 1`.
 * @type {(y: Float32Array, x: Float32Array, layer: Layer, row: number, o: number) => void}
 */
function tileOfTwo(y, x, { weight, bias, inputs, outputs }, row, o) {
  const [x0, w0] = [row * inputs, o * inputs];
  const x1 = x0 + inputs;
  const [w1, w2, w3] = [w0 + inputs, w0 + 2 * inputs, w0 + 3 * inputs];
  let [a0, a1, a2, a3] = [bias[o], bias[o + 1], bias[o + 2], bias[o + 3]];
  let [b0, b1, b2, b3] = [a0, a1, a2, a3];
  for (let i = 0; i < inputs; i++) {
    const a = x[x0 + i];
    const b = x[x1 + i];
    const p0 = weight[w0 + i];
    const p1 = weight[w1 + i];
    const p2 = weight[w2 + i];
    const p3 = weight[w3 + i];
    a0 += a * p0;
    a1 += a * p1;
    a2 += a * p2;
    a3 += a * p3;
    b0 += b * p0;
    b1 += b * p1;
    b2 += b * p2;
    b3 += b * p3;
  }
  putFour(y, row * outputs + o, a0, a1, a2, a3);
  putFour(y, (row + 1) * outputs + o, b0, b1, b2, b3);
}

/**
 * Outputs o to o + 3 of one row.
 * @type {(y: Float32Array, x: Float32Array, layer: Layer, row: number, o: number) => void}
 */
function tileOfOne(y, x, { weight, bias, inputs, outputs }, row, o) {
  const [x0, w0] = [row * inputs, o * inputs];
  const [w1, w2, w3] = [w0 + inputs, w0 + 2 * inputs, w0 + 3 * inputs];
  let [a0, a1, a2, a3] = [bias[o], bias[o + 1], bias[o + 2], bias[o + 3]];
  for (let i = 0; i < inputs; i++) {
    const a = x[x0 + i];
    a0 += a * weight[w0 + i];
    a1 += a * weight[w1 + i];
    a2 += a * weight[w2 + i];
    a3 += a * weight[w3 + i];
  }
  putFour(y, row * outputs + o, a0, a1, a2, a3);
}

/** @type {(y: Float32Array, at: number, a0: number, a1: number, a2: number, a3: number) => void} */
function putFour(y, at, a0, a1, a2, a3) {
  y[at] = a0;
  y[at + 1] = a1;
  y[at + 2] = a2;
  y[at + 3] = a3;
}

/**
 * The outputs behind the last whole four, of all rows.
 * @type {(y: Float32Array, x: Float32Array, layer: Layer, count: number) => void}
 */
function lastOutputs(y, x, { weight, bias, inputs, outputs }, count) {
  for (let o = outputs - (outputs % 4); o < outputs; o++) {
    for (let row = 0; row < count; row++) {
      let sum = bias[o];
      for (let i = 0; i < inputs; i++) sum += x[row * inputs + i] * weight[o * inputs + i];
      y[row * outputs + o] = sum;
    }
  }
}

/**
 * y = x Wᵀ + b for the first `count` rows of x (count, inputs), into y (count, outputs).
 * @param {Float32Array} y
 * @param {Float32Array} x
 * @param {Layer} layer
 * @param {number} count
 */
export function multiplyRows(y, x, layer, count) {
  const pairs = count - (count % 2);
  for (let o = 0; o + 3 < layer.outputs; o += 4) {
    for (let row = 0; row < pairs; row += 2) tileOfTwo(y, x, layer, row, o);
    if (pairs < count) tileOfOne(y, x, layer, pairs, o);
  }
  lastOutputs(y, x, layer, count);
}
