// What operations make of pictures or lists, for tests: as PyTorch has them, channels slowest.
import { chain } from "../../../vae_explorer/ui/components/network/chain.js";
import { Memory } from "../../../vae_explorer/ui/components/network/memory.js";

/**
 * Of `count` inputs (channels, height, width) or (length); weights are named "net.0.weight".
 * @param {import("../../../vae_explorer/ui/components/network/memory.js").Kernel | null} kernel
 */
export function made(operations, arrays, shape, inputs, count = 1, kernel = null) {
  const memory = new Memory(count, kernel);
  const [channels, height = 1, width = 1] = shape;
  const size = channels * height * width;
  const lane = shape.length > 1 ? channels : size;
  const rows = { shape, lane, size, at: memory.reserve(count * size) };
  const out = chain(operations, arrays, "net", rows, memory);
  const places = (of, n) => (i) => of.at + n * of.size + placeOf(of, i);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < size; i++) memory.floats[places(rows, n)(i)] = inputs[n * size + i];
  }
  out.run(count);
  const each = out.shape.reduce((product, length) => product * length, 1);
  return Float32Array.from({ length: count * each }, (_, i) => {
    return memory.floats[places(out, Math.floor(i / each))(i % each)];
  });
}

/** Where number i of an input lies. */
function placeOf({ shape: [, height, width], lane }, i) {
  if (height === undefined) return i;
  const pixels = height * width;
  return (i % pixels) * lane + Math.floor(i / pixels);
}
