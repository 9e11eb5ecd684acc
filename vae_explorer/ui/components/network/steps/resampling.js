// Pictures made larger or smaller without weights: crops, repeated pixels, bilinear ones, pooling.
import { room } from "./dense.js";
/** @import { Maker, Step } from "./dense.js" */

/** The first rows and columns. @type {Maker} */
export function cropStep({ operations, at }, { shape, lane, size, at: before }, memory) {
  const { rows, columns } = operations[at];
  const [channels, , width] = shape;
  const out = { shape: [channels, rows, columns], lane, size: rows * columns * lane };
  const kept = memory.reserve(memory.rows * out.size);
  /** @type {Step["run"]} */
  const run = (count) => {
    for (let y = 0; y < count * rows; y++) {
      const from = before + Math.floor(y / rows) * size + (y % rows) * width * lane;
      memory.floats.copyWithin(kept + y * columns * lane, from, from + columns * lane);
    }
  };
  return { ...out, at: kept, run };
}

/** Each pixel repeated. @type {Maker} */
export function upsampleStep({ operations, at }, { shape, lane, size, at: before }, memory) {
  const { factor } = operations[at];
  const [channels, height, width] = shape;
  const larger = [channels, factor * height, factor * width];
  const out = { shape: larger, lane, size: factor ** 2 * size };
  const made = memory.reserve(memory.rows * out.size);
  /** @type {Step["run"]} */
  const run = (count) => {
    let to = made;
    for (let y = 0; y < count * larger[1]; y++) {
      const line = before + Math.floor(y / factor) * width * lane; // pictures follow each other
      for (let x = 0; x < larger[2]; x++, to += lane) {
        const from = line + Math.floor(x / factor) * lane;
        memory.floats.copyWithin(to, from, from + lane);
      }
    }
  };
  return { ...out, at: made, run };
}

/**
 * Along a side, the two pixels between which each new one lies, and how near it is to the second:
 * between the middles of pixels, as PyTorch has it with align_corners=False.
 * @type {(side: number, factor: number) => {low: number, high: number, share: number}[]}
 */
function between(side, factor) {
  return Array.from({ length: side * factor }, (_, i) => {
    const at = Math.max(0, (i + 0.5) / factor - 0.5);
    const low = Math.floor(at);
    return { low, high: Math.min(low + 1, side - 1), share: at - low };
  });
}

/** @type {Maker} */
export function bilinearStep({ operations, at }, rows, memory) {
  const { factor } = operations[at];
  const [channels, height, width] = rows.shape;
  const out = room([channels, factor * height, factor * width], memory);
  const [lines, columns] = [between(height, factor), between(width, factor)];
  /** @type {(floats: Float32Array, from: number, to: number) => void} */
  const enlarge = (floats, from, to) => {
    for (const y of lines) {
      const [top, bottom] = [from + y.low * width * rows.lane, from + y.high * width * rows.lane];
      for (const x of columns) {
        const [left, right] = [x.low * rows.lane, x.high * rows.lane];
        for (let c = 0; c < channels; c++) {
          const above = mix(floats[top + left + c], floats[top + right + c], x.share);
          const below = mix(floats[bottom + left + c], floats[bottom + right + c], x.share);
          floats[to++] = mix(above, below, y.share);
        }
      }
    }
  };
  /** @type {Step["run"]} */
  const run = (count) => {
    for (let picture = 0; picture < count; picture++) {
      enlarge(memory.floats, rows.at + picture * rows.size, out.at + picture * out.size);
    }
  };
  return { ...out, run };
}

/** @type {(a: number, b: number, share: number) => number} */
const mix = (a, b, share) => a + (b - a) * share;

/** The largest, or the mean, of the pixels under a kernel. @type {Maker} */
export function poolStep({ operations, at }, rows, memory) {
  const { kind, kernel, stride, padding } = operations[at];
  const [channels, height, width] = rows.shape;
  const [high, wide] = [height, width].map(
    (side) => Math.floor((side + 2 * padding - kernel) / stride) + 1,
  );
  const out = room([channels, high, wide], memory);
  const largest = kind === "max_pool";
  /** Of channel `c` of the picture at `from`, in the window whose first pixel is (top, left). */
  /** @type {(from: number, top: number, left: number) => number} */
  const pooled = (from, top, left) => {
    let [most, sum] = [-Infinity, 0];
    for (let y = Math.max(top, 0); y < Math.min(top + kernel, height); y++) {
      for (let x = Math.max(left, 0); x < Math.min(left + kernel, width); x++) {
        const value = memory.floats[from + (y * width + x) * rows.lane];
        most = Math.max(most, value);
        sum += value;
      }
    }
    return largest ? most : sum / kernel ** 2;
  };
  /** @type {Step["run"]} */
  const run = (count) => {
    for (let pixel = 0; pixel < count * high * wide; pixel++) {
      const from = rows.at + Math.floor(pixel / high / wide) * rows.size;
      const top = (Math.floor(pixel / wide) % high) * stride - padding;
      const left = (pixel % wide) * stride - padding;
      for (let c = 0; c < channels; c++) {
        memory.floats[out.at + pixel * channels + c] = pooled(from + c, top, left);
      }
    }
  };
  return { ...out, run };
}
