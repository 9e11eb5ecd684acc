// Activations, as PyTorch computes them.

/** The error function to 1.5e-7: Abramowitz & Stegun 1964, 7.1.26. @type {(v: number) => number} */
export function erf(v) {
  const size = Math.abs(v);
  const t = 1 / (1 + 0.3275911 * size);
  const inner = -0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429));
  const value = 1 - t * (0.254829592 + t * inner) * Math.exp(-size * size);
  return v < 0 ? -value : value;
}

/** @type {(v: number) => number} */
export const sigmoid = (v) => 1 / (1 + Math.exp(-v));

/** log(1 + exp(v)), without an overflow. @type {(v: number) => number} */
export const softplus = (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));

/** @type {(v: number) => number} */
const relu6 = (v) => Math.min(Math.max(v, 0), 6);

/** Of selu: Klambauer et al. 2017, equation 14. */
const [SELU_ALPHA, SELU_SCALE] = [1.6732632423543772, 1.0507009873554805];

/** @type {{[name: string]: (slope: number) => (v: number) => number}} */
export const CURVES = {
  relu: () => (v) => Math.max(0, v),
  leaky_relu: (slope) => (v) => (v < 0 ? v * slope : v),
  gelu: () => (v) => 0.5 * v * (1 + erf(v * Math.SQRT1_2)),
  gelu_tanh: () => (v) =>
    0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3))),
  tanh: () => Math.tanh,
  sigmoid: () => sigmoid,
  elu: (slope) => (v) => (v < 0 ? slope * Math.expm1(v) : v),
  selu: () => (v) => SELU_SCALE * (v < 0 ? SELU_ALPHA * Math.expm1(v) : v),
  silu: () => (v) => v * sigmoid(v),
  softplus: () => softplus,
  relu6: () => relu6,
  hardswish: () => (v) => (v * relu6(v + 3)) / 6,
  mish: () => (v) => v * Math.tanh(softplus(v)),
  softsign: () => (v) => v / (1 + Math.abs(v)),
};
