// The HTML of the pad: the sheet with its tools, and what the model sees and makes of it.
import { make } from "../browser/dom.js";
/** @import { Parent } from "../browser/channel.js" */

/** @typedef {ReturnType<typeof makePadPage>} PadPage */

/** @type {[name: string, width: number][]} */
export const PENS = [
  ["Fine pen", 0.03],
  ["Medium pen", 0.05],
  ["Broad pen", 0.08],
]; // widths in shares of the sheet's side
const KEYS =
  "Pad to draw a digit on. Arrow keys move the pen, with Shift by small steps; space puts it " +
  "down and lifts it; Backspace undoes, Delete clears.";
const EMPTY = "Draw a digit";

/** All parts, in their order on the page. @param {Parent} parent */
export function makePadPage(parent) {
  const canvas = make("canvas", "ink", { role: "application", tabindex: "0", "aria-label": KEYS });
  const hint = make("p", "empty", { "aria-hidden": "true" }, [EMPTY]);
  const paper = make("div", "paper", {}, [canvas, hint]);
  const undo = make("button", "chip", { type: "button", title: "Undo (Backspace)" }, ["Undo"]);
  const clear = make("button", "chip", { type: "button", title: "Clear (Delete)" }, ["Clear"]);
  const pens = make("div", "pens", { role: "group", "aria-label": "Width of the pen" });
  const tools = make("div", "tools", {}, [undo, clear, pens]);
  const drawing = make("div", "drawing", {}, [paper, tools]);
  const prepared = make("canvas", "picture", { role: "img" });
  const reconstruction = make("canvas", "picture", { role: "img" });
  /** @type {(picture: HTMLElement, text: string) => HTMLElement} */
  const captioned = (picture, text) =>
    make("figure", "", {}, [picture, make("figcaption", "", {}, [text])]);
  const figures = [
    captioned(prepared, "The model sees"),
    captioned(reconstruction, "Reconstruction"),
  ];
  const results = make("div", "results", {}, figures);
  const announcement = make("p", "announcement", { "aria-live": "polite" });
  const layout = make("div", "layout", {}, [drawing, results]);
  const root = make("div", "pad", {}, [layout, announcement]);
  parent.append(root);
  return {
    root, paper, canvas, hint, undo, clear, pens, prepared, reconstruction, results, announcement,
  };
}

/**
 * One toggle a pen, of which `chosen` (a width) is on.
 * @type {(box: HTMLElement, chosen: number, onChoose: (width: number) => void) => void}
 */
export function fillPens(box, chosen, onChoose) {
  const buttons = PENS.map(([name, width]) => {
    const dot = make("span", "dot");
    dot.style.setProperty("--width", String(width));
    const attributes = { type: "button", title: name, "aria-label": name };
    const button = make("button", "nib", attributes, [dot]);
    button.setAttribute("aria-pressed", String(width === chosen));
    button.addEventListener("click", () => onChoose(width));
    return button;
  });
  box.replaceChildren(...buttons);
}

/** Mark the pen that is on. @type {(box: HTMLElement, chosen: number) => void} */
export function markPen(box, chosen) {
  PENS.forEach(([, width], i) => {
    box.children[i].setAttribute("aria-pressed", String(width === chosen));
  });
}
