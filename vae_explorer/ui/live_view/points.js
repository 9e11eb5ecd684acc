// The layer of points: projects, sorts, rasters and picks them. A WebGL layer can take its place
// by offering the same methods: setCloud, resize, refresh, put, at, pick.
import { depthOrder, pickPoint, projectAll } from "./geometry.js";
import { dotRadius, makeDots, parseColour, stampPoints } from "./raster.js";

const MOVING = { points: 20000, milliseconds: 8 }; // at most so many, or so long, while moving
const LEAST = 4000; // points drawn while moving, however slow the machine

export class PointLayer {
  constructor(ctx) {
    this.ctx = ctx;
    this.budget = MOVING.points;
    this.drawn = 0;
  }

  setCloud(cloud) {
    this.cloud = cloud;
    this.dots = null;
    this.order = new Uint32Array(cloud.count);
    const row = () => new Float32Array(cloud.count);
    this.projected = { x: row(), y: row(), depth: row() };
  }

  /** Take the size of the canvas: CSS pixels, and device pixels for each of them. */
  resize({ width, height, ratio }) {
    const [pixelsX, pixelsY] = [Math.round(width * ratio), Math.round(height * ratio)];
    this.side = Math.min(width, height);
    this.ratio = ratio;
    this.image = this.ctx.createImageData(pixelsX, pixelsY);
    const pixels = new Int32Array(this.image.data.buffer);
    this.target = { pixels, width: pixelsX, height: pixelsY };
  }

  /** Project and raster the points for a view; fewer of them while `moving`. */
  refresh(view, look, hidden, moving) {
    const start = performance.now();
    const { cloud, projected } = this;
    const stride = moving ? Math.ceil(cloud.count / this.budget) || 1 : 1;
    projectAll(view, cloud.points, projected);
    const { reach } = view.frame;
    const order = depthOrder(projected, cloud.labels, hidden, reach, stride, this.order);
    this.prepareDots(view, look);
    stampPoints(this.target, this.dots, projected, cloud.labels, order, this.ratio);
    this.drawn = order.length;
    if (moving && order.length >= 1000) this.adapt(performance.now() - start);
  }

  /** Learn from the time spent how many points a moving picture can afford. */
  adapt(milliseconds) {
    const affordable = (MOVING.milliseconds * this.drawn) / Math.max(milliseconds, 0.1);
    const budget = (this.budget + affordable) / 2;
    this.budget = Math.min(MOVING.points, Math.max(LEAST, budget));
  }

  /** Make the sprites anew when size, zoom or background ask for it. */
  prepareDots(view, { zoom, background }) {
    const pixels = dotRadius(this.cloud.count, zoom, this.side) * this.ratio;
    const radius = Math.round(pixels * 5) / 5;
    if (this.dots && this.dots.radius === radius && this.dots.background === background) return;
    const flat = view.frame.dims === 2;
    const look = { radius, eye: view.eye, reach: view.frame.reach, flat };
    const dots = makeDots(this.cloud.colours, parseColour(background), look);
    this.dots = { ...dots, radius, background };
  }

  /** Replace the whole canvas by the points, everything else transparent. */
  put() {
    this.ctx.setTransform(1, 0, 0, 1, 0, 0);
    this.ctx.putImageData(this.image, 0, 0);
  }

  /** Where point `index` is drawn and how large: CSS pixels. */
  at(index) {
    const { x, y } = this.projected;
    return { x: x[index], y: y[index], radius: this.dots.radius / this.ratio };
  }

  /** Index of the point at pixel (x, y), or -1. */
  pick(view, hidden, x, y) {
    projectAll(view, this.cloud.points, this.projected);
    return pickPoint(this.projected, this.cloud.labels, hidden, x, y);
  }
}
