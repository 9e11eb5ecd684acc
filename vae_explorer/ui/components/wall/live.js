// Tiles that the browser decodes by itself while the temperature moves. What Python says of them:
// key (that of the model's blob and of the mark), sha (of the model), view (of the cloud), z (n places at temperature
// 1), points (n, as drawn in the cloud now), label (a class number), temperature, hottest, about.
import { makeDecoder } from "../network/decoder.js";
import { drawGrey } from "../browser/pixels.js";

export class LiveTiles {
  /** @param {(points: number[][]) => void} moved told where the tiles lie now, as drawn */
  constructor(moved) {
    this.moved = moved;
    this.model = null;
    this.canvases = [];
    this.told = null;
    this.frame = 0;
  }

  /** The model's blob, unpacked, or null when it has gone. */
  setModel(model) {
    this.stop();
    this.model = model;
    this.decoder = model && makeDecoder(model.decoder, model.arrays);
  }

  /** Python's own pictures are shown until the temperature moves. */
  setTiles(tiles, told) {
    this.stop();
    this.told = told;
    this.canvases = tiles.map((tile) => tile.querySelector("canvas"));
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  /** Decode all tiles at a temperature, in the next frame: of several values the latest counts. */
  draw(temperature) {
    this.wanted = temperature;
    if (!this.model || this.model.sha !== this.told.sha || this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.now(this.wanted);
    });
  }

  now(temperature) {
    const { z, label } = this.told;
    const { side, latent } = this.model.decoder;
    const places = Float32Array.from(z.flat(), (value) => value * temperature);
    const pictures = this.decoder.decodeMany(places, z.length, label);
    this.canvases.forEach((canvas, i) => {
      drawGrey(canvas, pictures.subarray(i * side * side, (i + 1) * side * side), side, side);
      canvas.parentElement.classList.add("moving");
    });
    this.moved(z.map((_, i) => this.drawn(places.subarray(i * latent, (i + 1) * latent))));
  }

  /** Where a place is drawn in the cloud. */
  drawn(place) {
    const { axes, centre } = this.model.arrays;
    const dims = axes.length / centre.length;
    return Array.from({ length: dims }, (_, d) =>
      centre.reduce((sum, middle, i) => sum + (place[i] - middle) * axes[i * dims + d], 0),
    );
  }
}
