// The layer of points without WebGL: projects, sorts and rasters them into a plain 2-D canvas.
// GlPoints (points_gl.js) offers the same methods.
import { depthOrder } from "../geometry/geometry.js";
import { Picker } from "../geometry/picking.js";
import { NO_CLOUD } from "../scene/cloud.js";
import { context2d } from "../../browser/pixels.js";
import { dotRadius, makeDots, parseColour, stampPoints } from "./raster.js";
import { fadedFirst, fadedLabels, withFaded } from "./fading.js";
/** @import { Size } from "../../browser/pixels.js" */
/** @import { Frame, Hidden, View } from "../geometry/geometry.js" */
/** @import { Cloud } from "../scene/cloud.js" */

/** @typedef {{zoom: number, background: string}} Look */
/** @typedef {ReturnType<typeof makeDots> & {radius: number, background: string}} Dots */

const MOVING = { points: 20000, milliseconds: 8 }; // at most so many, or so long, while moving
const LEAST = 4000; // points drawn while moving, however slow the machine

export class PointLayer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.ctx = context2d(canvas, false);
    this.cloud = NO_CLOUD;
    this.picker = new Picker(NO_CLOUD);
    this.order = new Uint32Array(0);
    this.side = 0; // the shorter one, CSS pixels
    this.ratio = 1;
    this.image = this.ctx.createImageData(1, 1);
    this.target = { pixels: new Int32Array(1), width: 1, height: 1 };
    /** @type {View | null} */
    this.view = null; // the one that is drawn
    /** @type {Dots | null} */
    this.dots = null;
    /** @type {Uint16Array | null} */
    this.looks = null; // labels, and higher ones for points that have faded
    this.name = "canvas";
    this.budget = MOVING.points;
    this.drawn = 0; // points in the picture shown
    this.milliseconds = 0; // it took
    this.busy = this.unfinished = false; // each picture is drawn in one go
    this.idle = true;
  }

  /** @type {(cloud: Cloud) => void} */
  setCloud(cloud) {
    this.cloud = cloud;
    this.dots = this.looks = null;
    this.order = new Uint32Array(cloud.count);
    this.picker = new Picker(cloud);
  }

  /** See `Stack.highlight`. @type {(mask: Uint8Array | null) => void} */
  highlight(mask) {
    const { labels, colours } = this.cloud;
    this.picker.mask = mask;
    this.looks = mask && fadedLabels(labels, colours.length, (i) => mask[i]);
    this.dots = null;
  }

  /** Put the points elsewhere. @type {(points: Float32Array) => void} */
  setPoints(points) {
    this.picker.setPoints(points);
  }

  /**
   * Take the size of the canvas: CSS pixels, and device pixels for each of them.
   * @type {(size: Size) => void}
   */
  resize({ width, height, ratio }) {
    const [pixelsX, pixelsY] = [Math.round(width * ratio), Math.round(height * ratio)];
    this.side = Math.min(width, height);
    this.ratio = ratio;
    this.image = this.ctx.createImageData(pixelsX, pixelsY);
    const pixels = new Int32Array(this.image.data.buffer);
    this.target = { pixels, width: pixelsX, height: pixelsY };
  }

  /** Nothing is left to draw. */
  advance() {}

  /**
   * Draw the points for a view; fewer of them while `moving`.
   * @type {(view: View, look: Look, hidden: Hidden, moving: boolean) => void}
   */
  refresh(view, look, hidden, moving) {
    const start = performance.now();
    const { cloud } = this;
    const stride = moving ? Math.ceil(cloud.count / this.budget) || 1 : 1;
    const projected = this.picker.project(view);
    const { reach } = view.frame;
    const order = depthOrder(projected, cloud.labels, hidden, reach, stride, this.order);
    const dots = this.dotsFor(view, look);
    const drawn = this.looks ? fadedFirst(order, this.picker.mask) : order;
    stampPoints(this.target, dots, projected, this.looks ?? cloud.labels, drawn, this.ratio);
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

  /**
   * The sprites, made anew when size, zoom or background ask for it.
   * @type {(view: View, look: Look) => Dots}
   */
  dotsFor(view, { zoom, background }) {
    const pixels = dotRadius(this.cloud.count, zoom, this.side) * this.ratio;
    const radius = Math.round(pixels * 5) / 5;
    if (this.dots?.radius === radius && this.dots.background === background) return this.dots;
    const flat = view.frame.dims === 2;
    const look = { radius, eye: view.eye, reach: view.frame.reach, flat };
    const { colours } = this.cloud;
    const all = this.looks ? withFaded(colours, background) : colours;
    const dots = makeDots(all, parseColour(background), look);
    this.dots = { ...dots, radius, background };
    return this.dots;
  }

  /**
   * Where point `index` is drawn and how large: CSS pixels.
   * @type {(index: number) => {x: number, y: number, radius: number} | null}
   */
  at(index) {
    if (!this.view || !this.dots) return null;
    return this.picker.at(this.view, index, this.dots.radius / this.ratio);
  }

  /**
   * Index of the point at pixel (x, y), or -1.
   * @type {(view: View, hidden: Hidden, x: number, y: number) => number}
   */
  pick(view, hidden, x, y) {
    return this.picker.pick(view, hidden, x, y, this.dots ? this.dots.radius / this.ratio : 1);
  }

  destroy() {
    this.canvas.width = this.canvas.height = 0;
  }
}
