// What Python would answer to the buttons of the explorer: draws from the prior, digits of a class.
/** @import { Space } from "../explorer/space.js" */

export class Answers {
  /**
   * @param {Pick<Space, "count" | "latent" | "arrays">} space
   * @param {() => number} random uniform in [0, 1)
   */
  constructor({ count, latent, arrays }, random = Math.random) {
    this.latent = latent;
    this.random = random;
    this.mu = arrays.mu ?? arrays.points; // (N, D)
    this.labels = arrays.labels.subarray(0, count);
    /** @type {Map<number, number[]>} */
    this.members = new Map(); // class -> indices of its codes, typical ones first
    /** @type {Map<number, number>} */
    this.jumps = new Map(); // class -> how often it was asked for
  }

  /**
   * The place asked for: "random" is a draw from N(0, I), a number the next code of that class.
   * @type {(ask: "random" | number) => number[] | null}
   */
  to(ask) {
    if (ask === "random") return Array.from({ length: this.latent }, () => this.normal());
    const members = this.members.get(ask) ?? this.typicalFirst(ask);
    const jumps = this.jumps.get(ask) ?? 0;
    this.members.set(ask, members);
    this.jumps.set(ask, jumps + 1);
    return members.length ? Array.from(this.at(members[jumps % members.length])) : null;
  }

  /** @type {(index: number) => Float32Array} */
  at(index) {
    return this.mu.subarray(index * this.latent, (index + 1) * this.latent);
  }

  /** Box and Muller 1958. */
  normal() {
    const radius = Math.sqrt(-2 * Math.log(1 - this.random()));
    return radius * Math.cos(2 * Math.PI * this.random());
  }

  /**
   * As latent.typical_first: from the median of the class outwards.
   * @type {(label: number) => number[]}
   */
  typicalFirst(label) {
    const members = Array.from(this.labels.keys()).filter((i) => this.labels[i] === label);
    const middle = Array.from({ length: this.latent }, (_, d) => {
      const sorted = members.map((i) => this.at(i)[d]).sort((a, b) => a - b);
      return sorted[(sorted.length - 1) >> 1];
    });
    const distance = (/** @type {number} */ i) =>
      this.at(i).reduce((sum, value, d) => sum + (value - middle[d]) ** 2, 0);
    const order = members.map((i) => [distance(i), i]).sort(([a], [b]) => a - b);
    return order.map(([, i]) => i);
  }
}
