// A slider for each latent coordinate, all of them at the place. Knows nothing of decoding.
import { make } from "../../browser/dom.js";
import { decimalsOf } from "./words.js";
/** @import { Range } from "../slice/slice_plan.js" */
/** @import { Space } from "./space.js" */

export class Sliders {
  /**
   * @param {HTMLElement} box
   * @param {Pick<Space, "ranges" | "step">} space
   * @param {{move: (d: number, value: number) => void, drop: () => void}} on
   */
  constructor(box, { ranges, step }, on) {
    this.step = step;
    this.rows = ranges.map((range, d) => makeRow(range, step, d, on));
    box.replaceChildren(...this.rows.map(({ row }) => row));
    box.classList.toggle("many", ranges.length > 6);
  }

  /** Stand at z (D numbers). @type {(z: ArrayLike<number>) => void} */
  show(z) {
    this.rows.forEach(({ input, output }, d) => {
      const text = z[d].toFixed(decimalsOf(this.step)).replace("-", "−");
      if (output.textContent === text) return;
      output.textContent = text;
      const moved = Math.abs(input.valueAsNumber - z[d]) > 0.4 * this.step; // not by this slider
      if (moved) input.value = String(z[d]);
    });
  }
}

/**
 * @type {(range: Range, step: number, d: number, on: {move: (d: number, value: number) => void,
 *   drop: () =>
 *   void}) => {row: HTMLElement, input: HTMLInputElement, output: HTMLElement}}
 */
function makeRow([low, high], step, d, { move, drop }) {
  const name = `z${d + 1}`;
  const attributes = { type: "range", min: low, max: high, step, "aria-label": name };
  const input = make("input", "slider", attributes);
  const output = make("output", "value");
  input.addEventListener("input", () => move(d, input.valueAsNumber));
  input.addEventListener("change", drop);
  const title = make("span", "coordinate", {}, ["z", make("sub", "", {}, [String(d + 1)])]);
  return { row: make("label", "row", {}, [title, input, output]), input, output };
}
