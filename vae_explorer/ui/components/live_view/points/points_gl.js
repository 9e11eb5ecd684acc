// The layer of points by WebGL2. The device draws in pieces, and the time that a piece took says
// how large the next may be. A moving picture is one piece, of a fair sample of the points; at rest
// all are drawn, in as many pieces as it takes, and whoever turns the cloud waits for one at most.
import { GlClock } from "./gl_clock.js";
import { drawDots, fairSample, makeProgram, setView } from "./gl_dots.js";
import { placeSample, uploadClasses, uploadPlaces, uploadSample } from "./gl_dots.js";
import { Picker } from "../geometry/picking.js";
import { dotRadius } from "./raster.js";

const PIECE = { points: 20000, least: 4000, milliseconds: 12 }; // at first, at least, aimed at
const PIECES = 3; // so many at once at rest, when nobody waits for the next picture

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
    this.job = null; // the picture being drawn: see refresh
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
    this.clock?.destroy();
    this.clock = new GlClock(gl, (work, milliseconds) => this.done(work, milliseconds));
    if (this.lost) return;
    this.uniforms = makeProgram(gl);
    this.classes = gl.createTexture();
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.target = gl.createFramebuffer(); // pieces gather here; the canvas shows them when due
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.target);
    const { COLOR_ATTACHMENT0, DEPTH_ATTACHMENT, FRAMEBUFFER, RENDERBUFFER } = gl;
    const attach = (kind) => {
      const buffer = gl.createRenderbuffer();
      gl.bindRenderbuffer(RENDERBUFFER, buffer);
      gl.framebufferRenderbuffer(FRAMEBUFFER, kind, RENDERBUFFER, buffer);
      return buffer;
    };
    this.pictures = [attach(COLOR_ATTACHMENT0), attach(DEPTH_ATTACHMENT)];
    this.columns = [gl.createBuffer(), gl.createBuffer()];
    if (this.sample) uploadSample(gl, this.columns, this.sample, this.cloud.dims);
    if (this.size) this.resize(this.size);
  }

  setCloud(cloud, frame) {
    this.cloud = cloud;
    this.picker = new Picker(cloud);
    this.sample = fairSample(cloud, frame);
    this.job = this.hidden = null;
    this.shown = 0;
    if (!this.lost) uploadSample(this.gl, this.columns, this.sample, cloud.dims);
  }

  /** Put the points elsewhere: as many as there are, all finite before and now. */
  setPoints(points, frame) {
    this.picker.setPoints(points);
    placeSample(this.sample, points, this.cloud.dims, frame);
    this.job = null;
    if (!this.lost) uploadPlaces(this.gl, this.columns, this.sample);
  }

  /** Take the size of the canvas: CSS pixels, and device pixels for each of them. */
  resize(size) {
    const { gl } = this;
    const { drawingBufferWidth: width, drawingBufferHeight: height } = gl;
    this.size = size;
    this.shown = 0;
    this.job = null;
    if (this.lost) return;
    [gl.RGBA8, gl.DEPTH_COMPONENT24].forEach((format, i) => {
      gl.bindRenderbuffer(gl.RENDERBUFFER, this.pictures[i]);
      gl.renderbufferStorage(gl.RENDERBUFFER, format, width, height);
    });
    gl.viewport(0, 0, width, height);
  }

  /** Begin the picture of a view; of fewer points while `moving`. `look`: {zoom, background}. */
  refresh(view, { zoom, background }, hidden, moving) {
    const { gl, cloud, sample, size } = this;
    const total = sample.count;
    this.view = view;
    this.dot = dotRadius(cloud.count, zoom, Math.min(size.width, size.height));
    if (this.hidden !== hidden) this.setHidden(hidden);
    const look = { radius: this.dot, background, size, count: total };
    setView(gl, this.uniforms, view, look);
    const room = this.budget / this.visibleShare;
    const hard = moving && 2 * total > room; // then without rims, and not all
    const count = hard ? Math.min(total, Math.ceil(room)) : total;
    if (moving) this.shown = 0;
    const whole = moving || 2 * total <= PIECES * room; // in one go, straight into the canvas
    this.job = { cores: 0, rims: hard ? count : 0, count, hard, whole, spent: 0 };
    gl.bindFramebuffer(gl.FRAMEBUFFER, whole ? null : this.target);
    this.advance();
  }

  setHidden(hidden) {
    this.hidden = hidden;
    this.shown = 0;
    this.visibleShare = Math.max(1e-3, this.visible(this.sample.count) / this.sample.count || 1);
    uploadClasses(this.gl, this.classes, this.cloud.colours, hidden);
  }

  /** How many of the first `count` points are not hidden. */
  visible(count) {
    const { labels } = this.sample;
    let visible = 0;
    for (let k = 0; k < count; k++) visible += this.hidden[labels[k]] ? 0 : 1;
    return visible;
  }

  /** Draw the next piece: cores first, then rims. */
  advance() {
    const { job, gl } = this;
    const from = { ...job };
    let room = job.whole ? Infinity : Math.ceil(PIECES * this.budget);
    for (const part of ["cores", "rims"]) {
      const piece = Math.min(room, job.count - job[part]);
      job[part] += piece;
      room -= piece;
    }
    const [cores, rims] = [job.cores - from.cores, job.rims - from.rims];
    const last = job.rims === job.count;
    this.clock.run({ job, points: cores + rims, last }, () => {
      if (from.cores === 0) gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
      drawDots(gl, this.uniforms, from.cores, cores, job.hard ? 0.5 : 1);
      drawDots(gl, this.uniforms, from.rims, rims, 0);
      if (job.whole || last || job.cores >= 2 * this.shown) this.show(job);
    });
    if (last) this.job = null;
  }

  /** Bring to the canvas what has been gathered: seldom, as copying has its price. */
  show({ cores, whole }) {
    const { gl } = this;
    const { drawingBufferWidth: width, drawingBufferHeight: height } = gl;
    if (!whole) {
      gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, null);
      const { COLOR_BUFFER_BIT, NEAREST } = gl;
      gl.blitFramebuffer(0, 0, width, height, 0, 0, width, height, COLOR_BUFFER_BIT, NEAREST);
      gl.bindFramebuffer(gl.DRAW_FRAMEBUFFER, this.target);
    }
    this.shown = cores;
    this.drawn = this.visible(cores);
  }

  done({ job, points, last }, milliseconds) {
    job.spent += milliseconds;
    if (last) this.milliseconds = job.spent;
    if (points >= PIECE.least) this.adapt(points, milliseconds);
    this.onReady();
  }

  /** Learn from the time a piece took how many dots, cores or rims, the next may have. */
  adapt(points, milliseconds) {
    const affordable = (PIECE.milliseconds * points) / Math.max(milliseconds, 1);
    const budget = Math.min((this.budget + affordable) / 2, 2 * this.budget);
    this.budget = Math.min(2 * this.sample.count, Math.max(PIECE.least, budget));
  }

  /** Where point `index` is drawn and how large: CSS pixels. */
  at(index) {
    return this.picker.at(this.view, index, this.dot);
  }

  /** Index of the point at pixel (x, y), or -1. */
  pick(view, hidden, x, y) {
    return this.picker.pick(view, hidden, x, y, this.dot ?? 1);
  }

  /** Give the context back: a browser has few. */
  destroy() {
    this.clock.destroy();
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
