// The HTML of the pad: the sheet with its tools, and what the model sees and makes of it.
import { make } from "../browser/dom.js";

export const PENS = [
  ["Fine pen", 0.03],
  ["Medium pen", 0.05],
  ["Broad pen", 0.08],
]; // widths in shares of the sheet's side
const KEYS =
  "Pad to draw a digit on. Arrow keys move the pen, with Shift by small steps; space puts it " +
  "down and lifts it; Backspace undoes, Delete clears.";
const EMPTY = "Draw a digit";

/** All parts, in their order on the page. */
export function makePadPage(parent) {
  const canvas = make("canvas", "ink", { role: "application", tabindex: "0", "aria-label": KEYS });
  const hint = make("p", "empty", { "aria-hidden": "true" }, [EMPTY]);
  const paper = make("div", "paper", {}, [canvas, hint]);
  const undo = make("button", "chip", { type: "button", title: "Undo (Backspace)" }, ["Undo"]);
  const clear = make("button", "chip", { type: "button", title: "Clear (Delete)" }, ["Clear"]);
  const pens = make("div", "pens", { role: "group", "aria-label": "Width of the pen" });
  const tools = make("div", "tools", {}, [undo, clear, pens]);
  const drawing = make("div", "drawing", {}, [paper, tools]);
  const seen = make("canvas", "picture", { role: "img", width: "28", height: "28" });
  const made = make("canvas", "picture", { role: "img", width: "28", height: "28" });
  const captioned = (picture, text) =>
    make("figure", "", {}, [picture, make("figcaption", "", {}, [text])]);
  const figures = [captioned(seen, "The model sees"), captioned(made, "Reconstruction")];
  const results = make("div", "results", {}, figures);
  const spoken = make("p", "spoken", { "aria-live": "polite" });
  const layout = make("div", "layout", {}, [drawing, results]);
  const root = make("div", "pad", {}, [layout, spoken]);
  parent.append(root);
  return { root, paper, canvas, hint, undo, clear, pens, seen, made, results, spoken };
}

/** One toggle a pen, of which `chosen` (a width) is on. */
export function fillPens(box, chosen, onChoose) {
  const buttons = PENS.map(([name, width]) => {
    const dot = make("span", "dot");
    dot.style.setProperty("--width", width);
    const attributes = { type: "button", title: name, "aria-label": name };
    const button = make("button", "nib", attributes, [dot]);
    button.setAttribute("aria-pressed", String(width === chosen));
    button.addEventListener("click", () => onChoose(width));
    return button;
  });
  box.replaceChildren(...buttons);
}

/** Mark the pen that is on. */
export function markPen(box, chosen) {
  PENS.forEach(([, width], i) => box.children[i].setAttribute("aria-pressed", width === chosen));
}
