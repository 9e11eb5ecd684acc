// A model in the browser: a picture -> what is decoded at its code, and where the code is drawn.
import { makeDecoder, weightsOf } from "../network/decoder.js";
import { makeEncoder } from "../network/encoder.js";
import { projectCovariance } from "../live_view/overlays/ellipsoid.js";
/** @import { BrowserModel } from "../network/model.js" */
/** @import { Posterior } from "../live_view/overlays/ellipsoid.js" */

/**
 * @typedef {object} Code
 * @property {number[]} point where the code is drawn
 * @property {Posterior | null} posterior as drawn, null where the model has none
 * @property {Float32Array} picture what is decoded there
 * @typedef {(picture: Float32Array, label: number) => Code} Codec
 */

/** @type {(model: BrowserModel) => Codec | null} null where the model has no encoder */
export function makeCodec({ encoder, decoder, arrays }) {
  if (!encoder) return null;
  const { encode, classes } = makeEncoder(encoder, weightsOf(arrays, "encoder"));
  const { decode } = makeDecoder(decoder, weightsOf(arrays, "decoder"));
  const { axes, centre } = arrays; // (D, dims) and (D)
  const dims = axes.length / centre.length;

  const drawn = (/** @type {Float32Array} */ z) => Array.from({ length: dims }, (_, k) =>
    z.reduce((sum, value, d) => sum + (value - centre[d]) * axes[d * dims + k], 0),
  );
  return (picture, given) => {
    const label = Math.min(given, Math.max(classes - 1, 0)); // another model's may linger
    const { mu, sigma } = encode(picture, label);
    const point = drawn(mu);
    const covariance = sigma && Array.from(projectCovariance(axes, sigma));
    const posterior = covariance && { centre: point, covariance };
    return { picture: decode(mu, label), point, posterior };
  };
}
