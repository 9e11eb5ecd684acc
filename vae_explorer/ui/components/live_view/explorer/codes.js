// The encoded pictures as the place sees them: which is nearest, and where all of it is drawn.
import { projectCovariance } from "../overlays/ellipsoid.js";
/** @import { Space } from "./space.js" */
/** @import { Posterior } from "../overlays/ellipsoid.js" */

export class Codes {
  /**
   * @param {Pick<Space, "count" | "dims" | "latent" | "linear" | "arrays">} space
   */
  constructor({ count, dims, latent, linear, arrays }) {
    this.count = count;
    this.dims = dims;
    this.latent = latent;
    this.linear = linear; // whether any place has a place in the picture
    this.points = arrays.points; // (N, dims)
    this.mu = arrays.mu ?? arrays.points; // (N, D)
    this.sigma = arrays.sigma ?? null; // (N, D)
    this.axes = arrays.axes; // (D, dims), orthonormal columns
    this.centre = arrays.centre; // (D,)
  }

  /** The code of an encoded picture, (D,). @type {(index: number) => Float32Array} */
  at(index) {
    return this.mu.subarray(index * this.latent, (index + 1) * this.latent);
  }

  /**
   * The nearest code to z: {index, distance}; index -1 where there is none.
   * @type {(z: ArrayLike<number>) => {index: number, distance: number}}
   */
  nearest(z) {
    const { mu, latent } = this;
    let [index, least] = [-1, Infinity];
    for (let i = 0, from = 0; i < this.count; i++, from += latent) {
      let sum = 0;
      for (let d = 0; d < latent && sum < least; d++) sum += (mu[from + d] - z[d]) ** 2;
      if (sum < least) [index, least] = [i, sum];
    }
    return { index, distance: Math.sqrt(least) };
  }

  /**
   * Where z (D,) is drawn, `dims` numbers; `nearest` is where it is without a linear map.
   * @type {(z: ArrayLike<number>, nearest?: number) => number[] | null}
   */
  drawn(z, nearest = -1) {
    if (!this.linear) {
      if (nearest < 0) return null;
      return Array.from(this.points.subarray(nearest * this.dims, (nearest + 1) * this.dims));
    }
    const place = new Array(this.dims).fill(0);
    for (let d = 0; d < this.latent; d++) {
      const value = z[d] - this.centre[d];
      for (let k = 0; k < this.dims; k++) place[k] += value * this.axes[d * this.dims + k];
    }
    return place;
  }

  /**
   * The change of z (D,) that moves its drawing by `change` (dims numbers) and nothing unseen.
   * @type {(change: number[]) => number[]}
   */
  lift(change) {
    const { axes, dims } = this;
    return Array.from({ length: this.latent }, (_, d) =>
      change.reduce((sum, value, k) => sum + value * axes[d * dims + k], 0),
    );
  }

  /**
   * The posterior of an encoded picture as drawn: {centre, covariance}, or null.
   * @type {(index: number) => Posterior | null}
   */
  posterior(index) {
    if (index < 0 || !this.linear || !this.sigma) return null;
    const sigma = this.sigma.subarray(index * this.latent, (index + 1) * this.latent);
    const covariance = projectCovariance(this.axes, sigma);
    return { centre: this.drawn(this.at(index)) ?? [], covariance };
  }
}
