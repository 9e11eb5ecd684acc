// One stretch of numbers in which a network lies as a whole, weights and what passes between its
// operations, so that the SIMD kernel can reach all of it; and the multiplication over it.
import { KERNEL } from "./kernel.js";
import { multiplyPlain } from "./matmul.js";
/** @import { Product } from "./matmul.js" */

/**
 * @typedef {(...places: number[]) => void} Multiply
 * @typedef {{memory: WebAssembly.Memory, multiply: Multiply}} Kernel
 */

const PAGE = 65536; // bytes
const FIRST = 16384; // numbers that there is room for at first

/** @type {WebAssembly.Module | null | undefined} */
let compiled; // null: this browser does not run it

/** @type {() => WebAssembly.Module | null} */
function compile() {
  try {
    const text = atob(KERNEL);
    const bytes = Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
    return new WebAssembly.Module(bytes);
  } catch {
    return null; // too old for SIMD, or a page's policy forbids it
  }
}

/** The kernel with a memory of its own, or null where the browser has none. */
/** @returns {Kernel | null} */
export function startKernel() {
  if (compiled === undefined) compiled = compile();
  if (!compiled) return null;
  try {
    const memory = new WebAssembly.Memory({ initial: (4 * FIRST) / PAGE });
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
    return { memory, multiply: /** @type {Multiply} */ (exports.multiply) };
  } catch {
    return null; // there is no room for another memory
  }
}

export class Memory {
  /**
   * @param {number} rows how many inputs are computed at once
   * @param {Kernel | null} kernel null: plain JavaScript
   */
  constructor(rows, kernel) {
    this.rows = rows;
    this.kernel = kernel;
    this.end = 0;
    this.floats = kernel ? new Float32Array(kernel.memory.buffer) : new Float32Array(FIRST);
  }

  /**
   * Room for so many numbers, zeros at first: where it begins.
   * @type {(length: number) => number}
   */
  reserve(length) {
    const at = this.end;
    this.end += Math.ceil(length / 4) * 4;
    if (this.end > this.floats.length) this.grow();
    return at;
  }

  /** Keep numbers: where they begin. @type {(values: ArrayLike<number>) => number} */
  put(values) {
    const at = this.reserve(values.length);
    this.floats.set(values, at);
    return at;
  }

  /** To twice the room, or what is needed; views of `floats` from before are void. */
  grow() {
    const length = Math.max(2 * this.floats.length, this.end);
    if (this.kernel) {
      const { memory } = this.kernel;
      memory.grow(Math.ceil((4 * length - memory.buffer.byteLength) / PAGE));
      this.floats = new Float32Array(memory.buffer);
    } else {
      const before = this.floats;
      this.floats = new Float32Array(length);
      this.floats.set(before);
    }
  }

  /** @param {Product} product */
  multiply(product) {
    if (!this.kernel) return multiplyPlain(this.floats, product);
    const { y, x, weight, bias, outputs, rows, columns, runs, length } = product;
    const { xRun, xRow, xStep, yRow, yStep } = product;
    return this.kernel.multiply(
      ...[4 * y, 4 * x, 4 * weight, 4 * bias, outputs, rows, columns, runs, length],
      ...[4 * xRun, 4 * xRow, 4 * xStep, 4 * yRow, 4 * yStep],
    );
  }
}
