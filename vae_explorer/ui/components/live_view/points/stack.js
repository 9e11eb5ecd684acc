// Three canvases in a pile: what lies under the points, the points, and what lies over them; and one
// in store for the classes' names, as they move with the camera alone.
// Chooses who draws the points, and puts in a stand-in while a WebGL context is lost.
import { make } from "../../browser/dom.js";
import { fitCanvas } from "../../browser/pixels.js";
import { PointLayer } from "./points.js";
import { GlPoints } from "./points_gl.js";

const CONTEXT = { antialias: false, alpha: true, premultipliedAlpha: true, depth: true };

export class Stack {
  /**
   * @param {{under, points, canvas}} page the canvases, lowest first
   * @param {() => void} onStale told when all has to be drawn again
   * @param {() => void} onReady told when the layer of points has finished a piece of work
   */
  constructor(page, onStale, onReady) {
    this.page = page;
    this.onStale = onStale;
    // Kept in memory, not on the graphics device: waiting for that one took 60 ms a frame in software
    this.under = page.under.getContext("2d", { willReadFrequently: true });
    this.names = make("canvas", "").getContext("2d", { willReadFrequently: true });
    this.over = page.canvas.getContext("2d", { willReadFrequently: true });
    const gl = page.points.getContext("webgl2", CONTEXT);
    this.own = gl ? new GlPoints(gl, onReady) : new PointLayer(page.points);
    this.spare = null; // draws while `own` has lost its context
    if (gl && this.own.lost) this.standIn();
    this.controller = new AbortController();
    const { signal } = this.controller;
    page.points.addEventListener("webglcontextlost", (event) => this.lose(event), { signal });
    page.points.addEventListener("webglcontextrestored", () => this.restore(), { signal });
  }

  /** Whether this browser draws with WebGL2, be its context lost at present or not. */
  get hasWebgl2() {
    return this.own instanceof GlPoints;
  }

  /** Who draws the points at present. */
  get layer() {
    return this.spare ?? this.own;
  }

  setCloud(cloud, frame) {
    this.cloud = cloud;
    this.frame = frame;
    this.own.setCloud(cloud, frame);
    this.spare?.setCloud(cloud, frame);
  }

  /** Put the points elsewhere: as many as there are, all finite before and now. */
  setPoints(points, frame) {
    this.frame = frame;
    this.own.setPoints(points, frame);
    this.spare?.setPoints(points);
  }

  resize(size) {
    this.size = size;
    const { under, points, canvas } = this.page;
    for (const each of [under, points, this.names.canvas, canvas]) fitCanvas(each, size);
    this.own.resize(size);
    if (this.spare) this.fitSpare();
  }

  fitSpare() {
    fitCanvas(this.spare.canvas, this.size);
    this.spare.resize(this.size);
  }

  lose(event) {
    event.preventDefault(); // else the browser never gives the context back
    this.standIn();
    this.onStale();
  }

  standIn() {
    this.spare?.canvas.remove();
    const canvas = make("canvas", "layer", { "aria-hidden": "true" });
    this.page.points.after(canvas);
    this.spare = new PointLayer(canvas);
    if (this.cloud) this.spare.setCloud(this.cloud);
    if (this.size) this.fitSpare();
  }

  restore() {
    if (this.own.lost) return;
    this.spare?.canvas.remove();
    this.spare = null;
    this.own.build();
    this.onStale();
  }

  /** Wipe one of the 2-D canvases and scale it to CSS pixels. */
  wipe(ctx) {
    const { width, height, ratio } = this.size;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    return ctx;
  }

  /** Wipe what lies over the points, but for the names. */
  wipeOver() {
    const ctx = this.wipe(this.over);
    ctx.drawImage(this.names.canvas, 0, 0, this.size.width, this.size.height);
    return ctx;
  }

  destroy() {
    this.controller.abort();
    this.own.destroy();
  }
}
