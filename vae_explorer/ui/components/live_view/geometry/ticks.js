// Round numbers along an axis.

/**
 * About `count` round numbers in [low, high], and the text of each.
 * @type {(low: number, high: number, count?: number) => {value: number, text: string}[]}
 */
export function niceTicks(low, high, count = 5) {
  const rough = (high - low) / count;
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((m) => power * m >= rough * 0.999) ?? 10);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  /** @type {{value: number, text: string}[]} */
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) {
    ticks.push({ value: k * step, text: (k * step + 0).toFixed(digits).replace("-", "−") });
  }
  return ticks;
}
