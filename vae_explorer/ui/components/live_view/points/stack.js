// Three canvases in a pile: what lies under the points, the points, and what lies over them; and
// one in store for the classes' names, as they move with the camera alone.
// Chooses who draws the points, and puts in a stand-in while a WebGL context is lost.
import { make } from "../../browser/dom.js";
import { context2d, fitCanvas } from "../../browser/pixels.js";
import { PointLayer } from "./points.js";
import { GlPoints } from "./points_gl.js";
/** @import { Size } from "../../browser/pixels.js" */
/** @import { Frame } from "../geometry/geometry.js" */
/** @import { Cloud } from "../scene/cloud.js" */
/** @import { CloudPage } from "../scene/dom.js" */

/** @type {WebGLContextAttributes} */
const CONTEXT = { antialias: false, alpha: true, premultipliedAlpha: true, depth: true };

export class Stack {
  /**
   * @param {Pick<CloudPage, "under" | "points" | "canvas">} page the canvases, lowest first
   * @param {() => void} onStale told when all has to be drawn again
   * @param {() => void} onReady told when the layer of points has finished a piece of work
   */
  constructor(page, onStale, onReady) {
    this.page = page;
    this.onStale = onStale;
    // In memory, not on the graphics device: waiting for that took 60 ms a frame in software
    this.under = context2d(page.under);
    this.names = context2d(make("canvas"));
    this.over = context2d(page.canvas);
    const gl = page.points.getContext("webgl2", CONTEXT);
    this.main = gl ? new GlPoints(gl, onReady) : new PointLayer(page.points);
    /** @type {PointLayer | null} */
    this.standIn = null; // draws while `main` has lost its context
    /** @type {{cloud: Cloud, frame: Frame} | null} */
    this.given = null;
    /** @type {Size | null} */
    this.size = null;
    /** @type {Uint8Array | null} */
    this.mask = null; // 1 for each point that stands out
    this.highlighted = 0; // how many they are
    if (this.main instanceof GlPoints && this.main.lost) this.putStandIn();
    this.controller = new AbortController();
    const { signal } = this.controller;
    page.points.addEventListener("webglcontextlost", (event) => this.lose(event), { signal });
    page.points.addEventListener("webglcontextrestored", () => this.restore(), { signal });
  }

  /** Whether this browser draws with WebGL2, be its context lost at present or not. */
  get hasWebgl2() {
    return this.main instanceof GlPoints;
  }

  /** Who draws the points at present. */
  get layer() {
    return this.standIn ?? this.main;
  }

  /** @type {(cloud: Cloud, frame: Frame) => void} */
  setCloud(cloud, frame) {
    this.given = { cloud, frame };
    this.mask = null;
    this.highlighted = 0;
    this.main.setCloud(cloud, frame);
    this.standIn?.setCloud(cloud);
  }

  /**
   * Put the points elsewhere: as many as there are, all finite before and now.
   * @type {(points: Float32Array, frame: Frame) => void}
   */
  setPoints(points, frame) {
    this.main.setPoints(points, frame);
    this.standIn?.setPoints(points);
  }

  /**
   * Let points stand out: all others fade, and are drawn behind them. Null: all are alike. Returns
   * whether that changes anything.
   * @type {(mask: Uint8Array | null) => boolean}
   */
  highlight(mask) {
    if (!mask && !this.mask) return false;
    this.mask = mask;
    this.highlighted = mask?.reduce((sum, one) => sum + one, 0) ?? 0;
    this.main.highlight(mask);
    this.standIn?.highlight(mask);
    return true;
  }

  /** @type {(size: Size) => void} */
  resize(size) {
    this.size = size;
    const { under, points, canvas } = this.page;
    for (const each of [under, points, this.names.canvas, canvas]) fitCanvas(each, size);
    this.main.resize(size);
    this.fitStandIn();
  }

  fitStandIn() {
    if (!this.standIn || !this.size) return;
    fitCanvas(this.standIn.canvas, this.size);
    this.standIn.resize(this.size);
  }

  /** @type {(event: Event) => void} */
  lose(event) {
    event.preventDefault(); // else the browser never gives the context back
    this.putStandIn();
    this.onStale();
  }

  putStandIn() {
    this.standIn?.canvas.remove();
    const canvas = make("canvas", "layer", { "aria-hidden": "true" });
    this.page.points.after(canvas);
    this.standIn = new PointLayer(canvas);
    if (this.given) this.standIn.setCloud(this.given.cloud);
    this.standIn.highlight(this.mask);
    this.fitStandIn();
  }

  restore() {
    if (!(this.main instanceof GlPoints) || this.main.lost) return;
    this.standIn?.canvas.remove();
    this.standIn = null;
    this.main.build();
    this.onStale();
  }

  /**
   * Wipe one of the 2-D canvases and scale it to CSS pixels.
   * @type {(ctx: CanvasRenderingContext2D) => CanvasRenderingContext2D}
   */
  wipe(ctx) {
    const { width, height, ratio } = this.size ?? { width: 0, height: 0, ratio: 1 };
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    return ctx;
  }

  /** Wipe what lies over the points, but for the names. */
  wipeOver() {
    const ctx = this.wipe(this.over);
    const { width, height } = this.size ?? { width: 0, height: 0 };
    ctx.drawImage(this.names.canvas, 0, 0, width, height);
    return ctx;
  }

  destroy() {
    this.controller.abort();
    this.main.destroy();
  }
}
