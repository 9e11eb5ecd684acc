// The layer of points without WebGL: projects, sorts and rasters them into a plain 2-D canvas.
// GlPoints (points_gl.js) offers the same methods.
import { depthOrder } from "../geometry/geometry.js";
import { Picker } from "../geometry/picking.js";
import { dotRadius, makeDots, parseColour, stampPoints } from "./raster.js";

const MOVING = { points: 20000, milliseconds: 8 }; // at most so many, or so long, while moving
const LEAST = 4000; // points drawn while moving, however slow the machine

export class PointLayer {
  constructor(canvas) {
    this.canvas = canvas;
    this.ctx = canvas.getContext("2d");
    this.name = "canvas";
    this.budget = MOVING.points;
    this.drawn = 0; // points in the picture shown
    this.milliseconds = 0; // it took
    this.busy = this.unfinished = false; // each picture is drawn in one go
    this.idle = true;
  }

  setCloud(cloud) {
    this.cloud = cloud;
    this.dots = null;
    this.order = new Uint32Array(cloud.count);
    this.picker = new Picker(cloud);
  }

  /** Put the points elsewhere. */
  setPoints(points) {
    this.picker.setPoints(points);
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

  /** Draw the points for a view; fewer of them while `moving`. `look`: {zoom, background}. */
  refresh(view, look, hidden, moving) {
    const start = performance.now();
    const { cloud } = this;
    const stride = moving ? Math.ceil(cloud.count / this.budget) || 1 : 1;
    const projected = this.picker.project(view);
    const { reach } = view.frame;
    const order = depthOrder(projected, cloud.labels, hidden, reach, stride, this.order);
    this.prepareDots(view, look);
    stampPoints(this.target, this.dots, projected, cloud.labels, order, this.ratio);
    this.ctx.putImageData(this.image, 0, 0);
    this.view = view;
    this.drawn = order.length;
    this.milliseconds = performance.now() - start;
    if (moving && order.length >= 1000) this.adapt();
  }

  /** Learn from the time spent how many points a moving picture can afford. */
  adapt() {
    const affordable = (MOVING.milliseconds * this.drawn) / Math.max(this.milliseconds, 0.1);
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

  /** Where point `index` is drawn and how large: CSS pixels. */
  at(index) {
    return this.picker.at(this.view, index, this.dots.radius / this.ratio);
  }

  /** Index of the point at pixel (x, y), or -1. */
  pick(view, hidden, x, y) {
    return this.picker.pick(view, hidden, x, y, this.dots ? this.dots.radius / this.ratio : 1);
  }

  destroy() {
    this.canvas.width = this.canvas.height = 0;
  }
}
