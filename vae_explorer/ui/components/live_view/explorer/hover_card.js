// What the tip of a point shows: the digit as the model decodes it, and the original where at hand.
import { drawGrey } from "../../browser/pixels.js";
import { make } from "../../browser/dom.js";

export class HoverCard {
  constructor({ originals, arrays, decoder }, codes, run) {
    Object.assign(this, { originals, codes, run, labels: arrays.labels, side: decoder.side });
  }

  /** The card of an encoded picture, an element. */
  of(index) {
    const canvas = make("canvas", "small", { role: "img", "aria-label": "decoded" });
    const { classes } = this.run;
    const label = classes ? Math.min(this.labels[index], classes - 1) : 0;
    drawGrey(canvas, this.run.decode(this.codes.at(index), label), this.side, this.side);
    const figures = [captioned(canvas, "decoded")];
    if (this.originals) {
      const image = make("img", "small", { src: `${this.originals}/${index}.png`, alt: "original" });
      const figure = captioned(image, "original");
      image.addEventListener("error", () => figure.remove());
      figures.unshift(figure);
    }
    return make("div", "card", {}, figures);
  }
}

function captioned(picture, caption) {
  return make("figure", "", {}, [picture, make("figcaption", "", {}, [caption])]);
}
