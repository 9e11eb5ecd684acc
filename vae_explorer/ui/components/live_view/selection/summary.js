// What is true of many points at once: how many of each class, their mean, some of them, a table.

/**
 * How many there are of each class that has any, the most first.
 * @type {(indices: Uint32Array, labels: ArrayLike<number>) => {label: number, count: number}[]}
 */
export function countByClass(indices, labels) {
  /** @type {number[]} */
  const counts = [];
  for (let k = 0; k < indices.length; k++) {
    const label = labels[indices[k]];
    counts[label] = (counts[label] ?? 0) + 1;
  }
  const found = Array.from(counts, (count = 0, label) => ({ label, count })).filter((c) => c.count);
  return found.sort((a, b) => b.count - a.count || a.label - b.label);
}

/**
 * The mean of codes (N, D) at some indices, at least one, (D).
 * @type {(indices: Uint32Array, codes: ArrayLike<number>, latent: number) => Float32Array}
 */
export function meanCode(indices, codes, latent) {
  const sums = new Float64Array(latent);
  for (let k = 0; k < indices.length; k++) {
    for (let d = 0; d < latent; d++) sums[d] += codes[indices[k] * latent + d];
  }
  return Float32Array.from(sums, (sum) => sum / indices.length);
}

/**
 * At most so many of them, evenly spread: always the same ones.
 * @type {(indices: Uint32Array, most: number) => number[]}
 */
export function some(indices, most) {
  const count = Math.min(most, indices.length);
  return Array.from({ length: count }, (_, k) => indices[Math.floor((k * indices.length) / count)]);
}

/**
 * The table that selection.py makes as well: a line a point with its index in the split, the name
 * of its class and its code, of `codes` (N, latent).
 * @type {(indices: Uint32Array, labels: ArrayLike<number>, names: string[],
 *   codes: ArrayLike<number>, latent: number) => string}
 */
export function csvText(indices, labels, names, codes, latent) {
  const coordinates = Array.from({ length: latent }, (_, d) => `z${d + 1}`);
  const lines = [["index", "class", ...coordinates].join(",")];
  const cells = names.map(cell);
  for (const index of indices) {
    let line = `${index},${cells[labels[index]]}`;
    for (let d = 0; d < latent; d++) line += `,${rounded(codes[index * latent + d])}`;
    lines.push(line);
  }
  return `${lines.join("\r\n")}\r\n`;
}

/** To six decimals, of two equally near the greater. @type {(value: number) => string} */
function rounded(value) {
  const text = (Math.floor(value * 1e6 + 0.5) / 1e6).toFixed(6);
  return text.replace(/\.?0+$/, "");
}

/** A text as a cell that no spreadsheet takes for a formula. @type {(text: string) => string} */
function cell(text) {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
