// When the device has done what it was asked, and how long that took it: calls return long before.

const POLL = 3; // milliseconds between two looks
const AHEAD = 2; // pieces of work that may be under way, so that the device need not wait for us

/**
 * The parts of EXT_disjoint_timer_query_webgl2 that are used.
 * @typedef {{TIME_ELAPSED_EXT: number, GPU_DISJOINT_EXT: number}} TimerExtension
 */

/** @template W what a piece of work is told apart by */
export class GlClock {
  /**
   * @param {WebGL2RenderingContext} gl
   * @param {(work: W, milliseconds: number) => void} onDone told of each piece, in order
   */
  constructor(gl, onDone) {
    /**
     * @typedef {{work: W, query: WebGLQuery | null, fence: WebGLSync | null,
     *   start: number}} Pending
     */
    this.gl = gl;
    this.onDone = onDone;
    /** @type {TimerExtension | null} */
    this.timing = gl.getExtension("EXT_disjoint_timer_query_webgl2"); // not in every browser
    /** @type {Pending[]} */
    this.pending = [];
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  /** Has the device enough to do? */
  get busy() {
    return this.pending.length >= AHEAD;
  }

  /** Is nothing under way? */
  get idle() {
    return this.pending.length === 0;
  }

  /** Ask the device to do what `draw` says. @type {(work: W, draw: () => void) => void} */
  run(work, draw) {
    const { gl, timing } = this;
    const query = timing && gl.createQuery();
    if (timing && query) gl.beginQuery(timing.TIME_ELAPSED_EXT, query);
    draw();
    if (timing && query) gl.endQuery(timing.TIME_ELAPSED_EXT);
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    this.pending.push({ work, query, fence, start: performance.now() });
    if (this.pending.length === 1) this.timer = setTimeout(() => this.look(), 0);
  }

  look() {
    const { gl, pending } = this;
    for (let next = pending[0]; next && this.isDone(next); next = pending[0]) {
      pending.shift();
      const { work, query, fence, start } = next;
      const nanoseconds = query && !gl.isContextLost() && this.nanoseconds(query);
      gl.deleteQuery(query);
      gl.deleteSync(fence);
      this.onDone(work, nanoseconds ? nanoseconds / 1e6 : performance.now() - start);
    }
    if (pending.length) this.timer = setTimeout(() => this.look(), POLL);
  }

  /** @type {(piece: {query: WebGLQuery | null, fence: WebGLSync | null}) => boolean} */
  isDone({ query, fence }) {
    const { gl } = this;
    if (gl.isContextLost()) return true;
    if (query) return gl.getQueryParameter(query, gl.QUERY_RESULT_AVAILABLE);
    return !fence || gl.getSyncParameter(fence, gl.SYNC_STATUS) === gl.SIGNALED;
  }

  /**
   * Nanoseconds that the device was at work, or 0 where it lost count.
   * @type {(query: WebGLQuery) => number}
   */
  nanoseconds(query) {
    const { gl, timing } = this;
    if (!timing || gl.getParameter(timing.GPU_DISJOINT_EXT)) return 0;
    return gl.getQueryParameter(query, gl.QUERY_RESULT);
  }

  destroy() {
    clearTimeout(this.timer);
  }
}
