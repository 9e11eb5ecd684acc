// The WebGL2 program for dots. Soft edges without sorting: first the opaque cores, which leave
// their depth, then the rims over them, blended, where nothing nearer is. The projection is
// geometry.js's, number for number, so that picking and picture agree.
import { FADED } from "./fading.js";
import { FOG, parseColour } from "./raster.js";
/** @import { Size } from "../../browser/pixels.js" */
/** @import { Frame, Hidden, View } from "../geometry/geometry.js" */

/** @typedef {WebGL2RenderingContext} Gl */
/** @typedef {{[name: string]: WebGLUniformLocation | null}} Uniforms */
/** @typedef {{points: Float32Array, labels: ArrayLike<number>, dims: number}} Points */
/**
 * @typedef {{order: Uint32Array, positions: Float32Array, count: number,
 *   labels: Uint16Array, looks: Uint16Array}} Sample looks: rows of the table of colours
 */

const CLASS_ROW = 256; // classes in a row of the table of colours

const DOT_VERTEX = `#version 300 es
  precision highp float;
  in vec3 position; // in radii from the centre of the box
  in uint label;
  uniform mat3 turn;
  uniform vec4 lens; // x0, y0, scale, eye: CSS pixels, as in makeView
  uniform vec4 canvas; // width and height in CSS pixels, device pixels for each, points in all
  uniform vec3 dot; // radius in CSS pixels, reach, share of fog
  uniform bool flatCloud;
  uniform vec3 background;
  uniform sampler2D classes; // colour; alpha: 0 for a hidden class, a half where it has faded
  out vec3 colour;
  out vec2 size; // radius and side of the square, device pixels

  void main() {
    vec4 look = texelFetch(classes, ivec2(label % ${CLASS_ROW}u, label / ${CLASS_ROW}u), 0);
    vec3 turned = turn * position;
    float near = lens.w / max(lens.w - turned.z, 0.5);
    vec2 pixel = lens.xy + vec2(turned.x, -turned.y) * lens.z * near;
    float faded = look.a < 0.9 ? 1.0 : 0.0;
    float depth = flatCloud ? 1.0 - 2.0 * float(gl_VertexID) / canvas.w : -turned.z / dot.y;
    depth = faded + (depth - 1.0) / 2.0; // behind all that has not faded
    float fog = dot.z * pow(clamp(0.5 - turned.z / dot.y * 0.5, 0.0, 1.0), 1.3);
    fog = max(fog, faded * ${FADED});
    float radius = dot.x * near * canvas.z;
    size = vec2(radius, 2.0 * radius + 1.0);
    colour = mix(look.rgb, background, fog);
    vec2 clip = pixel / canvas.xy * 2.0 - 1.0;
    gl_Position = look.a > 0.0 ? vec4(clip.x, -clip.y, depth * 0.999, 1.0) : vec4(2, 2, 2, 1);
    gl_PointSize = size.y;
  }`;

const DOT_FRAGMENT = `#version 300 es
  precision highp float;
  in vec3 colour;
  in vec2 size;
  uniform float opaque; // from this share of a pixel on it belongs to the core; 0: draw rims
  uniform vec4 canvas;
  out vec4 pixel;

  void main() {
    float far = length(gl_PointCoord - 0.5) * size.y;
    float alpha = clamp(size.x + 0.5 - far, 0.0, 1.0);
    if (opaque > 0.0 ? alpha < opaque : alpha <= 0.0 || alpha >= 1.0) discard;
    float share = min(far / size.x, 1.0);
    float light = 1.06 - 0.14 * share * share;
    float rim = smoothstep(size.x - 1.7 * canvas.z, size.x - 0.3 * canvas.z, far);
    light -= 0.2 * rim * clamp((size.x / canvas.z - 1.0) * 0.6, 0.25, 1.0);
    pixel = vec4(min(colour * light, 1.0), 1.0) * (opaque > 0.0 ? 1.0 : alpha);
  }`;

/** @type {(gl: Gl, type: number, text: string) => WebGLShader} */
function compileShader(gl, type, text) {
  const shader = gl.createShader(type) ?? {}; // null only where the context is lost
  gl.shaderSource(shader, text);
  gl.compileShader(shader);
  return shader;
}

/**
 * Program and uniforms by name. Throws where the driver refuses it, unless the context is lost.
 * @type {(gl: Gl) => Uniforms}
 */
export function makeProgram(gl) {
  const program = gl.createProgram();
  gl.attachShader(program, compileShader(gl, gl.VERTEX_SHADER, DOT_VERTEX));
  gl.attachShader(program, compileShader(gl, gl.FRAGMENT_SHADER, DOT_FRAGMENT));
  gl.bindAttribLocation(program, 0, "position");
  gl.bindAttribLocation(program, 1, "label");
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`WebGL: ${gl.getProgramInfoLog(program)}`);
  }
  gl.useProgram(program);
  const names = "turn lens canvas dot flatCloud background classes opaque".split(" ");
  return Object.fromEntries(names.map((name) => [name, gl.getUniformLocation(program, name)]));
}

/**
 * The finite points in an order of which every beginning is a fair sample, always the same one:
 * indices (n), positions (n * dims, in radii from the centre of the box), labels (n), and n.
 * @type {(cloud: Points, frame: Frame) => Sample}
 */
export function fairSample({ points, labels, dims }, frame) {
  const order = new Uint32Array(labels.length);
  let count = 0;
  let seed = 88675123;
  for (let i = 0, j = 0; i < labels.length; i++, j += dims) {
    const sum = points[j] + points[j + 1] + (dims === 3 ? points[j + 2] : 0);
    if (sum - sum !== 0) continue; // one of them is not finite
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    const slot = (seed >>> 0) % (count + 1);
    order[count++] = order[slot];
    order[slot] = i;
  }
  const indices = order.subarray(0, count);
  const sample = {
    order: indices,
    positions: new Float32Array(count * dims),
    count,
    labels: Uint16Array.from(indices, (index) => labels[index]),
    looks: new Uint16Array(0),
  };
  sample.looks = sample.labels;
  placeSample(sample, points, dims, frame);
  return sample;
}

/**
 * Work out the positions of a sample anew from where its points are now.
 * @type {(sample: Pick<Sample, "order" | "positions">, points: Float32Array, dims: number,
 *   frame: Frame) => void}
 */
export function placeSample({ order, positions }, points, dims, { centre, radius }) {
  for (let k = 0, to = 0; k < order.length; k++) {
    for (let d = 0; d < dims; d++) {
      positions[to++] = (points[order[k] * dims + d] - centre[d]) / radius;
    }
  }
}

/**
 * Send positions and labels to the device, into two buffers.
 * @type {(gl: Gl, buffers: WebGLBuffer[], sample: Sample, dims: number) => void}
 */
export function uploadSample(gl, buffers, { positions, looks }, dims) {
  for (const [index, data] of [positions, looks].entries()) {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers[index]);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(index);
    if (index === 0) gl.vertexAttribPointer(0, dims, gl.FLOAT, false, 0, 0);
    else gl.vertexAttribIPointer(1, 1, gl.UNSIGNED_SHORT, 0, 0);
  }
}

/**
 * Send changed positions to the device.
 * @type {(gl: Gl, buffers: WebGLBuffer[], sample: Sample) => void}
 */
export function uploadPositions(gl, [buffer], { positions }) {
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferSubData(gl.ARRAY_BUFFER, 0, positions);
}

/**
 * Colour and visibility of each class, as a texture; behind them of each once more, faded.
 * @type {(gl: Gl, texture: WebGLTexture | null, colours: string[], hidden: Hidden) => void}
 */
export function uploadClasses(gl, texture, colours, hidden) {
  const height = Math.max(1, Math.ceil((2 * colours.length) / CLASS_ROW));
  const table = new Uint8Array(CLASS_ROW * height * 4);
  colours.forEach((colour, label) => {
    const rgb = parseColour(colour);
    table.set([...rgb, hidden[label] ? 0 : 255], label * 4);
    table.set([...rgb, hidden[label] ? 0 : 128], (colours.length + label) * 4);
  });
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  const { RGBA, RGBA8, TEXTURE_2D, UNSIGNED_BYTE } = gl;
  gl.texImage2D(TEXTURE_2D, 0, RGBA8, CLASS_ROW, height, 0, RGBA, UNSIGNED_BYTE, table);
}

/** @typedef {{radius: number, background: string, size: Size, count: number}} Look CSS pixels */

/**
 * Tell the program the view.
 * @type {(gl: Gl, uniforms: Uniforms, view: View, look: Look) => void}
 */
export function setView(gl, uniforms, view, { radius, background, size, count }) {
  const flat = view.frame.dims === 2;
  gl.uniformMatrix3fv(uniforms.turn, true, view.rotation);
  gl.uniform4f(uniforms.lens, view.x0, view.y0, view.scale, view.eye);
  gl.uniform4f(uniforms.canvas, size.width, size.height, size.ratio, Math.max(1, count));
  gl.uniform3f(uniforms.dot, radius, view.frame.reach, flat ? 0 : FOG);
  gl.uniform1i(uniforms.flatCloud, flat ? 1 : 0);
  gl.uniform3fv(uniforms.background, parseColour(background).map((value) => value / 255));
}

/**
 * Draw `count` dots from `first` on: cores of all pixels covered by the share `opaque` or more, or
 * with 0 the rims of cores drawn before with 1.
 * @type {(gl: Gl, uniforms: Uniforms, first: number, count: number, opaque: number) => void}
 */
export function drawDots(gl, uniforms, first, count, opaque) {
  if (count === 0) return;
  gl.uniform1f(uniforms.opaque, opaque);
  gl.depthMask(opaque > 0);
  (opaque > 0 ? gl.disable : gl.enable).call(gl, gl.BLEND);
  gl.drawArrays(gl.POINTS, first, count);
  gl.depthMask(true);
}

/**
 * How many of the first `count` points are of classes that are not hidden.
 * @type {(labels: ArrayLike<number>, count: number, hidden: Hidden) => number}
 */
export function countVisible(labels, count, hidden) {
  let visible = 0;
  for (let k = 0; k < count; k++) visible += hidden[labels[k]] ? 0 : 1;
  return visible;
}
