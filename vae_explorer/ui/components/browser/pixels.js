// Decoded pictures on small canvases that CSS enlarges without smoothing.

/** @typedef {[channels: number, height: number, width: number]} Shape of a picture */
/**
 * @typedef {{width: number, height: number, ratio: number}} Size CSS pixels,
 *   and device pixels for each
 */

/**
 * The plain context of a canvas, kept in memory unless told otherwise: see stack.js.
 * @type {(canvas: HTMLCanvasElement, inMemory?: boolean) => CanvasRenderingContext2D}
 */
export function context2d(canvas, inMemory = true) {
  const ctx = canvas.getContext("2d", { willReadFrequently: inMemory });
  if (!ctx) throw new Error("This browser draws no pictures on a canvas.");
  return ctx;
}

/**
 * The numbers that a canvas was last drawn from: a new image for each frame is work for the garbage
 * collector, which stops the page.
 * @type {WeakMap<HTMLCanvasElement, {image: ImageData, pixels: Int32Array}>}
 */
const IMAGES = new WeakMap();

/** @type {(canvas: HTMLCanvasElement) => {image: ImageData, pixels: Int32Array}} */
function imageOf(canvas) {
  const { width, height } = canvas;
  const last = IMAGES.get(canvas);
  if (last?.image.width === width && last.image.height === height) return last;
  const image = context2d(canvas).createImageData(width, height);
  const made = { image, pixels: new Int32Array(image.data.buffer) };
  IMAGES.set(canvas, made);
  return made;
}

/**
 * Values (height, width, channels) into the picture of a canvas: probabilities (scale 255) or bytes
 * (scale 1), of one channel, grey, or of red, green and blue.
 * @type {(canvas: HTMLCanvasElement, values: ArrayLike<number>, shape: Shape, scale?: number) =>
 *   void}
 */
export function drawPicture(canvas, values, [channels, height, width], scale = 255) {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const { image, pixels } = imageOf(canvas);
  const [green, blue] = channels === 1 ? [0, 0] : [1, 2]; // behind red
  for (let i = 0, from = 0; i < pixels.length; i++, from += channels) {
    const r = values[from] * scale + 0.5; // NaN becomes black
    const g = values[from + green] * scale + 0.5;
    const b = values[from + blue] * scale + 0.5;
    pixels[i] = -16777216 | ((b & 255) << 16) | ((g & 255) << 8) | (r & 255);
  }
  context2d(canvas).putImageData(image, 0, 0);
}

/**
 * Give a canvas its size: CSS pixels, and device pixels for each of them.
 * @type {(canvas: HTMLCanvasElement, size: Size) => void}
 */
export function fitCanvas(canvas, { width, height, ratio }) {
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
}

/**
 * Let the person keep a canvas as a PNG, enlarged `scale` times without smoothing.
 * @type {(canvas: HTMLCanvasElement, name: string, scale: number) => void}
 */
export function saveCanvas(canvas, name, scale) {
  const large = document.createElement("canvas");
  large.width = canvas.width * scale;
  large.height = canvas.height * scale;
  const ctx = context2d(large);
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(canvas, 0, 0, large.width, large.height);
  large.toBlob((blob) => {
    if (!blob) return; // the canvas is too large for the browser
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
}
