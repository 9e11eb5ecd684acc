// What the model sees and what it makes of it, and the code that is marked in a cloud.
import { drawGrey } from "../browser/pixels.js";
import { makeCodec } from "./codec.js";

const SIDE = 28;

export class Results {
  constructor({ seen, made, results }) {
    this.canvases = { seen, made };
    this.box = results;
    this.codec = null; // of the browser
    this.code = null; // {point, posterior?} as drawn, or null
    this.shown = null; // which answer of the server is on the canvas
  }

  /** Take a model, or with null lose it. */
  setModel(model) {
    this.codec = model && makeCodec(model);
  }

  /** Show bytes (28 * 28), or with null nothing; `data` is what Python says (see pad.js). */
  show(pixels, stamp, data) {
    const { seen, made } = this.canvases;
    this.box.dataset.by = data.by;
    this.box.classList.toggle("none", !pixels);
    paint(seen, pixels, 1);
    seen.setAttribute("aria-label", pixels ? "The drawing in 28 × 28 pixels" : "Nothing is drawn");
    if (!pixels) this.empty();
    else if (data.by === "browser") this.reconstruct(pixels, data.label);
    else if (data.by === "server") this.fetch(stamp, data.answer);
    made.setAttribute("aria-label", pixels ? "Its reconstruction" : "Nothing is drawn");
  }

  empty() {
    this.code = this.shown = null;
    paint(this.canvases.made, null);
  }

  reconstruct(pixels, label) {
    if (!this.codec) return;
    const picture = Float32Array.from(pixels, (value) => value / 255);
    const answer = this.codec(picture, label);
    this.code = answer;
    paint(this.canvases.made, answer.picture, 255);
  }

  /** Show the server's answer where it is about what is drawn; older ones stay, but paler. */
  fetch(stamp, answer) {
    const current = answer?.stamp === stamp;
    this.canvases.made.classList.toggle("old", !current);
    if (!current || this.shown === answer) return;
    this.shown = answer;
    this.code = { point: answer.point, posterior: null };
    const image = new Image();
    image.onload = () => {
      if (this.shown === answer) this.canvases.made.getContext("2d").drawImage(image, 0, 0);
    };
    image.src = answer.picture;
  }
}

/** Grey values on a canvas; null empties it. */
function paint(canvas, values, scale) {
  if (values) drawGrey(canvas, values, SIDE, SIDE, scale);
  else canvas.width = canvas.height = SIDE;
  canvas.dataset.filled = Boolean(values);
}
