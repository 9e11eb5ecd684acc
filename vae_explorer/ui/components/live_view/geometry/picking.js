// Which point is under a pixel, and where a point is: on the processor, whoever draws.
import { pickPoint, projectAll, projectPoint } from "./geometry.js";

export class Picker {
  constructor({ points, dims, count, labels }) {
    Object.assign(this, { points, dims, labels });
    const row = () => new Float32Array(count);
    this.projected = { x: row(), y: row(), depth: row() };
    this.view = null; // the one that `projected` holds
  }

  /** Put the points elsewhere: as many as there are, in an array that may be the same. */
  setPoints(points) {
    this.points = points;
    this.view = null;
  }

  /** All points in pixels; once for each view. */
  project(view) {
    if (this.view !== view) projectAll(view, this.points, this.projected);
    this.view = view;
    return this.projected;
  }

  /** Index of the point at pixel (x, y), or -1. `dot`: radius of a dot in mid-depth. */
  pick(view, hidden, x, y, dot) {
    return pickPoint(this.project(view), this.labels, hidden, x, y, dot);
  }

  /** Where point `index` is seen and how large: CSS pixels. */
  at(view, index, dot) {
    const point = this.points.subarray(index * this.dims, (index + 1) * this.dims);
    const [x, y, depth] = projectPoint(view, point);
    return { x, y, radius: (dot * view.eye) / (view.eye - depth) };
  }
}
