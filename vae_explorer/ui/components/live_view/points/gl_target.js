// The picture off the screen in which pieces of work gather until they are shown.

/** @typedef {ReturnType<typeof makeTarget>} Target */

/** A frame buffer with colour and depth, bound from now on. @param {WebGL2RenderingContext} gl */
export function makeTarget(gl) {
  const buffer = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, buffer);
  const attach = (/** @type {number} */ kind) => {
    const part = gl.createRenderbuffer();
    gl.bindRenderbuffer(gl.RENDERBUFFER, part);
    gl.framebufferRenderbuffer(gl.FRAMEBUFFER, kind, gl.RENDERBUFFER, part);
    return part;
  };
  return { buffer, colour: attach(gl.COLOR_ATTACHMENT0), depth: attach(gl.DEPTH_ATTACHMENT) };
}

/** Make it as large as the canvas. @type {(gl: WebGL2RenderingContext, target: Target) => void} */
export function fitTarget(gl, { colour, depth }) {
  const { drawingBufferWidth: width, drawingBufferHeight: height } = gl;
  const parts = [{ part: colour, format: gl.RGBA8 }, { part: depth, format: gl.DEPTH_COMPONENT24 }];
  for (const { part, format } of parts) {
    gl.bindRenderbuffer(gl.RENDERBUFFER, part);
    gl.renderbufferStorage(gl.RENDERBUFFER, format, width, height);
  }
  gl.viewport(0, 0, width, height);
}

/**
 * Copy what has gathered to the canvas: seldom, as that has its price.
 * @type {(gl: WebGL2RenderingContext, target: Target) => void}
 */
export function showTarget(gl, { buffer }) {
  const { drawingBufferWidth: width, drawingBufferHeight: height } = gl;
  const { COLOR_BUFFER_BIT, DRAW_FRAMEBUFFER, NEAREST } = gl;
  gl.bindFramebuffer(DRAW_FRAMEBUFFER, null);
  gl.blitFramebuffer(0, 0, width, height, 0, 0, width, height, COLOR_BUFFER_BIT, NEAREST);
  gl.bindFramebuffer(DRAW_FRAMEBUFFER, buffer);
}
