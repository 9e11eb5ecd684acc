// The blob: uint32 header length | JSON header padded to 4 bytes | float32 points | uint16 labels.

/**
 * Read what `pack_cloud` in __init__.py wrote (little-endian).
 * @param {Uint8Array} bytes its offset need not be aligned
 * @returns {{key: string, count: number, dims: 2|3, height: number, names: string[],
 *   colours: string[], axes: string[], points: Float32Array, labels: Uint16Array}}
 */
export function unpackCloud(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const start = 4 + length;
  const middle = start + header.count * header.dims * 4;
  const end = middle + header.count * 2;
  if (end !== bytes.length) {
    throw new Error(`The cloud should be ${end} bytes long and is ${bytes.length}.`);
  }
  const points = new Float32Array(bytes.slice(start, middle).buffer);
  const labels = new Uint16Array(bytes.slice(middle, end).buffer);
  return { ...header, points, labels };
}
