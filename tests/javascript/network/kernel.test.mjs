import assert from "node:assert/strict";
import { test } from "node:test";
import { multiplyPlain, padded } from "../../../vae_explorer/ui/components/network/matmul.js";
import { Memory, startKernel } from "../../../vae_explorer/ui/components/network/memory.js";
import { near, numbers } from "./numbers.mjs";

/** A product of every part in one memory, with numbers that none of its places should touch. */
function laidOut(memory, { outputs, rows, columns, runs, length, stride = 1 }) {
  const width = columns * stride * length + 3;
  const x = memory.put(numbers(width * (rows * stride + runs), 3));
  const y = memory.put(new Float32Array(rows * columns * outputs + 4).fill(9));
  const weight = memory.put(numbers(outputs * runs * length, 4));
  const bias = memory.put(numbers(outputs, 5));
  return {
    ...{ x, y, weight, bias, outputs, rows, columns, runs, length, xRun: width },
    ...{ xRow: stride * width, xStep: stride * length, yRow: columns * outputs, yStep: outputs },
  };
}

/** The outputs, one sum after the other. */
function expected(all, p) {
  return Array.from({ length: p.rows * p.columns * p.outputs }, (_, at) => {
    const [row, column] = [Math.floor(at / p.yRow), Math.floor((at % p.yRow) / p.yStep)];
    const [o, many] = [at % p.outputs, p.runs * p.length];
    let sum = all[p.bias + o];
    for (let k = 0; k < many; k++) {
      const from = p.x + row * p.xRow + column * p.xStep + Math.floor(k / p.length) * p.xRun;
      sum += all[from + (k % p.length)] * all[p.weight + (o - (o % 8)) * many + k * 8 + (o % 8)];
    }
    return sum;
  });
}

for (const kind of ["SIMD", "plain"]) {
  test(`rows times weights, of every remainder of columns, in ${kind}`, () => {
    for (const outputs of [8, 16]) {
      for (const [rows, columns] of [[1, 1], [1, 3], [2, 4], [3, 5], [2, 9]]) {
        for (const [runs, length] of [[1, 1], [1, 7], [2, 8], [3, 3]]) {
          for (const stride of [1, 2]) {
            const memory = new Memory(1, kind === "SIMD" ? startKernel() : null);
            const product = laidOut(memory, { outputs, rows, columns, runs, length, stride });
            memory.multiply(product);
            const end = product.y + rows * columns * outputs;
            near(memory.floats.slice(product.y, end), expected(memory.floats, product), 1e-5);
            assert.deepEqual([...memory.floats.slice(end, end + 4)], [9, 9, 9, 9]);
          }
        }
      }
    }
  });

  test(`what is kept stays where it is while the memory grows, in ${kind}`, () => {
    const memory = new Memory(1, kind === "SIMD" ? startKernel() : null);
    const values = numbers(1000, 6);
    const first = memory.put(values);
    const room = memory.reserve(1_000_000);
    assert.deepEqual(memory.floats.slice(first, first + 1000), values);
    assert.ok(memory.floats.length >= room + 1_000_000);
    assert.ok(memory.floats.subarray(room, room + 1000).every((value) => value === 0));
  });
}

test("both kernels agree", () => {
  const memory = new Memory(1, startKernel());
  const product = laidOut(memory, { outputs: 24, rows: 6, columns: 11, runs: 2, length: 40 });
  memory.multiply(product);
  const all = memory.floats.slice();
  multiplyPlain(all, product);
  near(memory.floats, all, 1e-5);
});

test("outputs come in eights", () => {
  assert.deepEqual([0, 1, 8, 9].map(padded), [0, 8, 8, 16]);
});

test("this Node runs the SIMD kernel, so that its tests are about it", () => {
  assert.ok(startKernel());
});
