// The layer of points by WebGL2. The device draws in pieces, and the time that a piece took says
// how large the next may be. A moving picture is one piece, of a fair sample of the points; at rest
// all are drawn, in as many pieces as it takes, and whoever turns the cloud waits for one at most.
import { GlClock } from "./gl_clock.js";
import { countVisible, drawDots, fairSample, makeProgram, setView } from "./gl_dots.js";
import { placeSample, uploadClasses, uploadPositions, uploadSample } from "./gl_dots.js";
import { fadeSample, uploadLooks } from "./fading.js";
import { frameOf } from "../geometry/geometry.js";
import { Picker } from "../geometry/picking.js";
import { NO_CLOUD } from "../scene/cloud.js";
import { fitTarget, makeTarget, showTarget } from "./gl_target.js";
import { dotRadius } from "./raster.js";
/** @import { Size } from "../../browser/pixels.js" */
/** @import { Frame, Hidden, View } from "../geometry/geometry.js" */
/** @import { Cloud } from "../scene/cloud.js" */
/** @import { Sample, Uniforms } from "./gl_dots.js" */
/** @import { Target } from "./gl_target.js" */
/** @import { Look } from "./points.js" */

/**
 * A picture being drawn: how many cores and rims of `count` have been asked for so far.
 * @typedef {{cores: number, rims: number, count: number, reduced: boolean, whole: boolean,
 *   spent: number}} Job
 * @typedef {{job: Job, points: number, last: boolean}} Piece
 */

const PIECE = { points: 20000, least: 4000, milliseconds: 12 }; // at first, at least, aimed at
const PIECES = 3; // so many at once at rest, when something is shown and nobody waits for more

export class GlPoints {
  /**
   * @param {WebGL2RenderingContext} gl of a canvas, made without antialias
   * @param {() => void} onReady told when a piece of work is done
   */
  constructor(gl, onReady) {
    this.gl = gl;
    this.onReady = onReady;
    this.name = "webgl2";
    this.budget = PIECE.points;
    this.drawn = 0; // points in the picture shown
    this.milliseconds = 0; // the last finished picture took
    /** @type {Job | null} */
    this.job = null;
    this.cloud = NO_CLOUD;
    this.picker = new Picker(NO_CLOUD);
    /** @type {Sample} */
    this.sample = fairSample(NO_CLOUD, frameOf(NO_CLOUD.points, NO_CLOUD.dims));
    /** @type {Size | null} */
    this.size = null;
    /** @type {View | null} */
    this.view = null; // the one that is drawn
    /** @type {Hidden | null} */
    this.hidden = null; // what the device knows of it
    this.dot = 1; // radius, CSS pixels
    this.shown = 0; // cores that are on the canvas
    this.visibleShare = 1; // of the points
    /** @type {Uniforms} */
    this.uniforms = {};
    /** @type {Target | null} */
    this.target = null;
    /** @type {WebGLBuffer[]} */
    this.columns = []; // positions and labels
    /** @type {WebGLTexture | null} */
    this.classes = null;
    /** @type {GlClock<Piece>} */
    this.clock = new GlClock(gl, (piece, milliseconds) => this.done(piece, milliseconds));
    this.build();
  }

  get lost() {
    return this.gl.isContextLost();
  }

  /** Has the device so much to do that nothing more should be asked of it now? */
  get busy() {
    return this.clock.busy;
  }

  /** Is there more to draw of the present picture? */
  get unfinished() {
    return this.job !== null;
  }

  /** Is all that was asked for on the canvas? */
  get idle() {
    return this.job === null && this.clock.idle;
  }

  /** Make all that lives on the device, at first and after its loss. */
  build() {
    const { gl } = this;
    this.job = this.hidden = null;
    this.clock.destroy();
    this.clock = new GlClock(gl, (piece, milliseconds) => this.done(piece, milliseconds));
    if (this.lost) return;
    this.uniforms = makeProgram(gl);
    this.classes = gl.createTexture();
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.target = makeTarget(gl); // pieces gather here; the canvas shows them when due
    this.columns = [gl.createBuffer(), gl.createBuffer()];
    uploadSample(gl, this.columns, this.sample, this.cloud.dims);
    if (this.size) this.resize(this.size);
  }

  /** @type {(cloud: Cloud, frame: Frame) => void} */
  setCloud(cloud, frame) {
    this.cloud = cloud;
    this.picker = new Picker(cloud);
    this.sample = fairSample(cloud, frame);
    this.job = this.hidden = null;
    this.shown = 0;
    if (!this.lost) uploadSample(this.gl, this.columns, this.sample, cloud.dims);
  }

  /**
   * Put the points elsewhere: as many as there are, all finite before and now.
   * @type {(points: Float32Array, frame: Frame) => void}
   */
  setPoints(points, frame) {
    this.picker.setPoints(points);
    placeSample(this.sample, points, this.cloud.dims, frame);
    this.job = null;
    if (!this.lost) uploadPositions(this.gl, this.columns, this.sample);
  }

  /** See `Stack.highlight`. @type {(mask: Uint8Array | null) => void} */
  highlight(mask) {
    this.picker.mask = mask;
    fadeSample(this.sample, mask, this.cloud.colours.length);
    this.shown = 0;
    if (!this.lost) uploadLooks(this.gl, this.columns, this.sample);
  }

  /**
   * Take the size of the canvas: CSS pixels, and device pixels for each of them.
   * @type {(size: Size) => void}
   */
  resize(size) {
    const { gl } = this;
    this.size = size;
    this.shown = 0;
    this.job = null;
    if (this.lost || !this.target) return;
    fitTarget(gl, this.target);
  }

  /**
   * Begin the picture of a view; of fewer points while `moving`.
   * @type {(view: View, look: Look, hidden: Hidden, moving: boolean) => void}
   */
  refresh(view, { zoom, background }, hidden, moving) {
    const { gl, cloud, sample, size } = this;
    if (!size) return;
    const total = sample.count;
    this.view = view;
    this.dot = dotRadius(cloud.count, zoom, Math.min(size.width, size.height));
    if (this.hidden !== hidden) this.setHidden(hidden);
    const look = { radius: this.dot, background, size, count: total };
    setView(gl, this.uniforms, view, look);
    const room = this.budget / this.visibleShare;
    const reduced = moving && 2 * total > room; // then without rims, and not all
    const count = reduced ? Math.min(total, Math.ceil(room)) : total;
    if (moving) this.shown = 0;
    const whole = moving || 2 * total <= PIECES * room; // in one go, straight into the canvas
    this.job = { cores: 0, rims: reduced ? count : 0, count, reduced, whole, spent: 0 };
    gl.bindFramebuffer(gl.FRAMEBUFFER, whole ? null : (this.target?.buffer ?? null));
    this.advance();
  }

  /** @type {(hidden: Hidden) => void} */
  setHidden(hidden) {
    this.hidden = hidden;
    this.shown = 0;
    const { labels, count } = this.sample;
    this.visibleShare = Math.max(1e-3, countVisible(labels, count, hidden) / count || 1);
    uploadClasses(this.gl, this.classes, this.cloud.colours, hidden);
  }

  /** Draw the next piece: cores first, then rims. */
  advance() {
    const { job, gl } = this;
    if (!job) return;
    const from = { ...job };
    let room = job.whole ? Infinity : Math.ceil((this.shown ? PIECES : 1) * this.budget);
    job.cores += Math.min(room, job.count - job.cores);
    room -= job.cores - from.cores;
    job.rims += Math.min(room, job.count - job.rims);
    const [cores, rims] = [job.cores - from.cores, job.rims - from.rims];
    const last = job.rims === job.count;
    this.clock.run({ job, points: cores + rims, last }, () => {
      if (from.cores === 0) gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
      drawDots(gl, this.uniforms, from.cores, cores, job.reduced ? 0.5 : 1);
      drawDots(gl, this.uniforms, from.rims, rims, 0);
      if (job.whole || last || job.cores >= 2 * this.shown) this.show(job);
    });
    if (last) this.job = null;
  }

  /**
   * Bring to the canvas what has been gathered.
   * @type {(job: Job) => void}
   */
  show({ cores, whole }) {
    if (!whole && this.target) showTarget(this.gl, this.target);
    this.shown = cores;
    this.drawn = countVisible(this.sample.labels, cores, this.hidden ?? {});
  }

  /** @type {(piece: Piece, milliseconds: number) => void} */
  done({ job, points, last }, milliseconds) {
    job.spent += milliseconds;
    if (last) this.milliseconds = job.spent;
    if (points >= PIECE.least) this.adapt(points, milliseconds);
    this.onReady();
  }

  /**
   * Learn from the time a piece took how many dots, cores or rims, the next may have.
   * @type {(points: number, milliseconds: number) => void}
   */
  adapt(points, milliseconds) {
    const affordable = (PIECE.milliseconds * points) / Math.max(milliseconds, 1);
    const budget = Math.min((this.budget + affordable) / 2, 2 * this.budget);
    this.budget = Math.min(2 * this.sample.count, Math.max(PIECE.least, budget));
  }

  /**
   * Where point `index` is drawn and how large: CSS pixels.
   * @type {(index: number) => {x: number, y: number, radius: number} | null}
   */
  at(index) {
    return this.view && this.picker.at(this.view, index, this.dot);
  }

  /**
   * Index of the point at pixel (x, y), or -1.
   * @type {(view: View, hidden: Hidden, x: number, y: number) => number}
   */
  pick(view, hidden, x, y) {
    return this.picker.pick(view, hidden, x, y, this.dot);
  }

  /** Give the context back: a browser has few. */
  destroy() {
    this.clock.destroy();
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
