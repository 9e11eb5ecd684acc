// When the device has done what it was asked, and how long that took it: calls return long before.

const POLL = 3; // milliseconds between two looks
const AHEAD = 2; // pieces of work that may be under way, so that the device need not wait for us

export class GlClock {
  /** @param {(work: object, milliseconds: number) => void} onDone told of each piece, in order */
  constructor(gl, onDone) {
    this.gl = gl;
    this.onDone = onDone;
    this.timing = gl.getExtension("EXT_disjoint_timer_query_webgl2"); // not in every browser
    this.pending = []; // {work, start, query, fence}
  }

  /** Has the device enough to do? */
  get busy() {
    return this.pending.length >= AHEAD;
  }

  /** Is nothing under way? */
  get idle() {
    return this.pending.length === 0;
  }

  /** Ask the device to do what `draw` says. */
  run(work, draw) {
    const { gl, timing } = this;
    const query = timing && gl.createQuery();
    if (query) gl.beginQuery(timing.TIME_ELAPSED_EXT, query);
    draw();
    if (query) gl.endQuery(timing.TIME_ELAPSED_EXT);
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    this.pending.push({ work, query, fence, start: performance.now() });
    if (this.pending.length === 1) this.timer = setTimeout(() => this.look(), 0);
  }

  look() {
    const { gl, pending } = this;
    while (pending.length && this.isDone(pending[0])) {
      const { work, query, fence, start } = pending.shift();
      const nanoseconds = query && !gl.isContextLost() && this.sound(query);
      gl.deleteQuery(query);
      gl.deleteSync(fence);
      this.onDone(work, nanoseconds ? nanoseconds / 1e6 : performance.now() - start);
    }
    if (pending.length) this.timer = setTimeout(() => this.look(), POLL);
  }

  isDone({ query, fence }) {
    const { gl } = this;
    if (gl.isContextLost()) return true;
    if (query) return gl.getQueryParameter(query, gl.QUERY_RESULT_AVAILABLE);
    return gl.getSyncParameter(fence, gl.SYNC_STATUS) === gl.SIGNALED;
  }

  /** Nanoseconds that the device was at work, or 0 where it lost count. */
  sound(query) {
    const { gl, timing } = this;
    if (gl.getParameter(timing.GPU_DISJOINT_EXT)) return 0;
    return gl.getQueryParameter(query, gl.QUERY_RESULT);
  }

  destroy() {
    clearTimeout(this.timer);
  }
}
