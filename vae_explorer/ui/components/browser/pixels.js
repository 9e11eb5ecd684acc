// Decoded pictures on small canvases that CSS enlarges without smoothing.

/** Grey values into the picture of a canvas: probabilities (scale 255) or bytes (scale 1). */
export function drawGrey(canvas, values, width, height, scale = 255) {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const ctx = canvas.getContext("2d", { willReadFrequently: true }); // as in stack.js
  const image = ctx.createImageData(width, height);
  const pixels = new Int32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) {
    const grey = values[i] * scale + 0.5; // NaN becomes black
    pixels[i] = -16777216 | (((grey & 255) << 16) | ((grey & 255) << 8) | (grey & 255));
  }
  ctx.putImageData(image, 0, 0);
}

/** Give a canvas its size: CSS pixels, and device pixels for each of them. */
export function fitCanvas(canvas, { width, height, ratio }) {
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
}

/** Let the person keep a canvas as a PNG, enlarged `scale` times without smoothing. */
export function saveCanvas(canvas, name, scale) {
  const large = document.createElement("canvas");
  large.width = canvas.width * scale;
  large.height = canvas.height * scale;
  const ctx = large.getContext("2d");
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(canvas, 0, 0, large.width, large.height);
  large.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
}
