// A slider for each latent coordinate, all of them at the place. Knows nothing of decoding.
import { make } from "../../browser/dom.js";
import { figure } from "../geometry/decimals.js";
/** @import { Range } from "../slice/slice_plan.js" */
/** @import { Space } from "./space.js" */

export class Sliders {
  /**
   * @param {HTMLElement} box
   * @param {Pick<Space, "ranges" | "step" | "coordinates">} space
   * @param {{move: (d: number, value: number) => void, drop: () => void}} on
   */
  constructor(box, { ranges, step, coordinates }, on) {
    this.step = step;
    const shown = ranges.slice(0, coordinates?.length);
    this.rows = shown.map((range, d) => makeRow(range, step, d, on, coordinates?.[d]));
    box.replaceChildren(...this.rows.map(({ row }) => row));
    box.classList.toggle("many", shown.length > 6);
  }

  /** Stand at z (D numbers). @type {(z: ArrayLike<number>) => void} */
  show(z) {
    this.rows.forEach(({ input, number }, d) => {
      const text = figure(z[d], this.step);
      if (number.textContent === text) return;
      number.textContent = text;
      const moved = Math.abs(input.valueAsNumber - z[d]) > 0.4 * this.step; // not by this slider
      if (moved) input.value = String(z[d]);
    });
  }
}

/**
 * @type {(range: Range, step: number, d: number, on: {move: (d: number, value: number) => void,
 *   drop: () => void}, called?: string) => {row: HTMLElement, input: HTMLInputElement, number: HTMLElement}}
 */
function makeRow([low, high], step, d, { move, drop }, called) {
  const name = called ?? `z${d + 1}`;
  const attributes = { type: "range", min: low, max: high, step, "aria-label": name };
  const input = make("input", "slider", attributes);
  const number = make("span", "number");
  input.addEventListener("input", () => move(d, input.valueAsNumber));
  input.addEventListener("change", drop);
  const sub = make("sub", "", {}, [String(d + 1)]);
  const title = make("span", "coordinate", {}, called ? [called] : ["z", sub]);
  // Both within boxes of their own: what moves in them is not for the page to lay out again
  const parts = [title, make("span", "track", {}, [input]), make("output", "value", {}, [number])];
  return { row: make("label", "row", {}, parts), input, number };
}
