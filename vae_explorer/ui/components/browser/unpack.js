// The blob: uint32 header length | JSON header | arrays, each padded to 4 bytes; little-endian.

/** @typedef {"f4" | "f2" | "u1" | "u2" | "i4"} Kind as blob.py has them */

const ARRAYS = { f4: Float32Array, u1: Uint8Array, u2: Uint16Array, i4: Int32Array };
const BYTES = { f4: 4, f2: 2, u1: 1, u2: 2, i4: 4 };

/**
 * One half-precision number from its 16 bits (IEEE 754 binary16).
 * @type {(bits: number) => number}
 */
export function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** @type {Float32Array | null} */
let halves = null; // the value of each of the 65,536 halves

/** Many of them in single precision. @type {(bits: Uint16Array) => Float32Array<ArrayBuffer>} */
function fromHalves(bits) {
  halves ??= Float32Array.from({ length: 65536 }, (_, half) => fromHalf(half));
  const values = new Float32Array(bits.length);
  for (let i = 0; i < values.length; i++) values[i] = halves[bits[i]];
  return values;
}

/**
 * Read what `pack` in blob.py wrote.
 * @param {Uint8Array} bytes its offset need not be aligned
 * @returns {any} the header, its `arrays` now typed arrays by name (halves as Float32Array); what
 *   else is in it says the entry of each component
 */
export function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  /** @type {{[name: string]: Float32Array | Uint8Array | Uint16Array | Int32Array}} */
  const arrays = {};
  /** @type {[string, [Kind, number, number]][]} */
  const table = Object.entries(header.arrays);
  for (const [name, [kind, count, offset]] of table) {
    const start = 4 + length + offset;
    const end = start + count * BYTES[kind];
    if (end > bytes.length) throw new Error(`${name} should end at ${end} of ${bytes.length}.`);
    const { buffer } = bytes.slice(start, end);
    arrays[name] = kind === "f2" ? fromHalves(new Uint16Array(buffer)) : new ARRAYS[kind](buffer);
  }
  return { ...header, arrays };
}
