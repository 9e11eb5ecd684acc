// A slider for each latent coordinate, all of them at the place. Knows nothing of decoding.
import { make } from "../../browser/dom.js";

export class Sliders {
  /**
   * @param {HTMLElement} box
   * @param {[number, number][]} ranges of each coordinate
   * @param {{move: (d: number, value: number) => void, drop: () => void}} on
   */
  constructor(box, ranges, on) {
    this.rows = ranges.map((range, d) => makeRow(range, d, on));
    box.replaceChildren(...this.rows.map(({ row }) => row));
    box.classList.toggle("many", ranges.length > 6);
  }

  /** Stand at z (D numbers). */
  show(z) {
    this.rows.forEach(({ input, output }, d) => {
      const text = z[d].toFixed(2).replace("-", "−");
      if (output.textContent === text) return;
      output.textContent = text;
      if (Math.abs(input.valueAsNumber - z[d]) > 0.004) input.value = z[d]; // not under the hand
    });
  }
}

function makeRow([low, high], d, { move, drop }) {
  const name = `z${d + 1}`;
  const attributes = { type: "range", min: low, max: high, step: 0.01, "aria-label": name };
  const input = make("input", "slider", attributes);
  const output = make("output", "value");
  input.addEventListener("input", () => move(d, input.valueAsNumber));
  input.addEventListener("change", drop);
  const title = make("span", "coordinate", {}, ["z", make("sub", "", {}, [String(d + 1)])]);
  return { row: make("label", "row", {}, [title, input, output]), input, output };
}
