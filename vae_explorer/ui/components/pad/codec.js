// A model in the browser: a picture -> what is decoded at its code, and where the code is drawn.
import { makeDecoder } from "../network/decoder.js";
import { makeEncoder } from "../network/encoder.js";
import { projectCovariance } from "../live_view/overlays/ellipsoid.js";

/**
 * @param {object} model the unpacked blob of model.js
 * @returns {(picture: Float32Array, label: number) => {picture, point, posterior}} posterior is
 *   {centre, covariance} as drawn, or null where the model has none
 */
export function makeCodec({ encoder, decoder, arrays }) {
  const { encode, classes } = makeEncoder(encoder, arrays);
  const { decode } = makeDecoder(decoder, arrays);
  const { axes, centre } = arrays; // (D, dims) and (D)
  const dims = axes.length / centre.length;

  const drawn = (z) => Array.from({ length: dims }, (_, k) =>
    z.reduce((sum, value, d) => sum + (value - centre[d]) * axes[d * dims + k], 0),
  );
  return (picture, label) => {
    const known = Math.min(label, Math.max(classes - 1, 0)); // another model's may linger
    const { mu, sigma } = encode(picture, known);
    const point = drawn(mu);
    const covariance = sigma && Array.from(projectCovariance(axes, sigma));
    return { picture: decode(mu, known), point, posterior: sigma && { centre: point, covariance } };
  };
}
