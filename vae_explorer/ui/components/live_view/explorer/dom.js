// The HTML of the explorer: where digit, sliders, cloud, words, switches and slice stand.
import { make } from "../../browser/dom.js";
import { Pipeline } from "../../pipeline/pipeline.js";
/** @import { Parent } from "../../browser/channel.js" */
/** @import { Way } from "../scene/marks.js" */
/** @import { Space, Switch } from "./space.js" */

/** @typedef {ReturnType<typeof makeExplorerPage>} ExplorerPage */

const PLOT = {
  role: "application",
  tabindex: 0,
  "aria-label": "Slice. Arrow keys move the point in it, with Shift by small steps.",
};
const FEW = 12; // up to so many classes each has a button to jump to it

/** All parts, in their order on the page. @param {Parent} parent */
export function makeExplorerPage(parent) {
  const digit = make("canvas", "digit", { role: "img" });
  const original = make("img", "digit", { alt: "" }); // where nothing can be decoded
  const structure = make("div", "structure", { role: "img", hidden: "" }); // a molecule
  const text = make("div", "molecule-text", { hidden: "" });
  const jumps = make("div", "jumps", { role: "group", "aria-label": "Go to" });
  const label = make("div", "label");
  const sliders = make("div", "sliders");
  const words = make("p", "words");
  const announcement = make("p", "announcement", { "aria-live": "polite" });
  const shown = make("b", "part-title");
  const moving = make("b", "part-title", {}, ["z: drag to move the point"]);
  const pictures = [shown, digit, original, structure, text];
  const left = make("div", "left", {}, [
    ...[...pictures, moving, sliders, words, announcement, label],
  ]);
  const cloud = make("div", "cell");
  const sheet = make("canvas", "sheet", { role: "img" });
  const frame = make("div", "frame");
  const plane = make("select", "choice", { "aria-label": "Plane of the slice" });
  const save = make("button", "link", { type: "button" }, ["Save as PNG"]);
  const plot = make("div", "plot", PLOT, [sheet, frame]);
  const head = make("div", "head", {}, [make("h2", "", {}, ["Slice along"]), plane, save]);
  const slice = make("div", "slice", {}, [head, plot]);
  const switches = make("div", "switches", { role: "group", "aria-label": "Shown in the cloud" });
  const ways = make("div", "ways", { role: "group", "aria-label": "Exact posterior" });
  const hint = make("p", "hint");
  const title = make("h2", "", {}, ["In the cloud"]);
  const overlays = make("div", "overlays", {}, [title, switches, ways, hint]);
  const below = make("div", "below", {}, [slice, overlays]);
  const root = make("div", "explorer", {}, [jumps, left, cloud, below]);
  const pipeline = new Pipeline(root);
  root.prepend(pipeline.page.root);
  parent.append(root);
  return {
    root, shown, digit, original, structure, text, jumps, label, sliders, words, announcement, cloud, sheet, frame, plane, save, plot,
    slice, switches, ways, hint, pipeline,
  };
}

/**
 * The original picture of a code; where the element is hidden nothing is fetched.
 * @type {(image: HTMLImageElement, originals: string, index: number, about: string) => void}
 */
export function showOriginal(image, originals, index, about) {
  const src = `${originals}/${index}.png`;
  if (image.hidden || index < 0 || image.getAttribute("src") === src) return;
  image.src = src;
  image.alt = `nearest ${about}`;
}

/**
 * A select box; `onChange` hears the value chosen.
 * @param {HTMLSelectElement} select
 * @param {[string | number, string][]} options value and text
 * @param {string | number} chosen
 * @param {(value: string) => void} onChange
 */
export function fillSelect(select, options, chosen, onChange) {
  select.replaceChildren(
    ...options.map(([value, text]) => make("option", "", { value }, [text])),
  );
  select.value = String(chosen);
  select.onchange = () => onChange(select.value);
}

/**
 * Buttons that ask for another place: a random one, or a digit of a class.
 * @type {(box: HTMLElement, space: Pick<Space, "names" | "count" | "words">,
 *   onAsk: (ask: "random" | number) => void) => void}
 */
export function fillJumps(box, { names, count, words }, onAsk) {
  /** @type {(text: string, ask: "random" | number, title: string) => HTMLElement} */
  const button = (text, ask, title) => {
    const element = make("button", "chip", { type: "button", title }, [text]);
    element.addEventListener("click", () => onAsk(ask));
    return element;
  };
  const random = button("Random", "random", words.random);
  const what = make("b", "label-text", {}, [`Go to a ${words.noun}`]);
  if (!count) return box.replaceChildren(random);
  if (names.length <= FEW) {
    const title = `Go to a ${words.noun} of class`;
    const chips = names.map((name, label) => button(name, label, `${title} ${name}`));
    return box.replaceChildren(what, ...chips, random);
  }
  const select = make("select", "choice", { "aria-label": "Jump to a class" });
  /** @type {[string | number, string][]} */
  const options = [["", "Jump to …"]];
  names.forEach((name, label) => options.push([label, name]));
  fillSelect(select, options, "", (label) => {
    select.value = "";
    onAsk(Number(label));
  });
  return box.replaceChildren(what, select, random);
}

/**
 * What a conditional model decodes the place as: a class, by its number; hidden without names.
 * @type {(box: HTMLElement, names: string[], chosen: number, onChange: (label: number) => void) =>
 *   void}
 */
export function fillClasses(box, names, chosen, onChange) {
  box.hidden = names.length === 0;
  if (box.hidden) return;
  const select = make("select", "choice", { "aria-label": "Class" });
  /** @type {[number, string][]} */
  const options = names.map((name, label) => [label, name]);
  fillSelect(select, options, chosen, (label) => onChange(Number(label)));
  box.replaceChildren("Decode as ", select);
}

/**
 * The switches; `on` are the keys of those that are on.
 * @type {(box: HTMLElement, switches: Switch[], on: Set<string>,
 *   onChange: (key: string, on: boolean) => void) => void}
 */
export function fillSwitches(box, switches, on, onChange) {
  const rows = switches.map(({ key, name, about }) => {
    const input = make("input", "", { type: "checkbox" });
    input.checked = on.has(key);
    input.addEventListener("change", () => onChange(key, input.checked));
    const text = make("span", "", {}, [make("b", "", {}, [name]), ` ${about}`]);
    return make("label", "switch", {}, [input, text]);
  });
  box.replaceChildren(...rows);
}

/**
 * Buttons that lead to places, or to see what is marked from near.
 * @type {(box: HTMLElement, ways: Way[], onGo: (way: Way) => void) => void}
 */
export function fillWays(box, ways, onGo) {
  const names = ways.map(({ name }) => name).join("\n");
  if (box.dataset.names !== names) {
    const buttons = ways.map(({ name }) => make("button", "chip", { type: "button" }, [name]));
    box.replaceChildren(...buttons);
    box.dataset.names = names;
  }
  // The same buttons with other places keep the focus
  ways.forEach((way, n) => {
    const button = box.children[n];
    if (button instanceof HTMLElement) button.onclick = () => onGo(way);
  });
}

/**
 * The frame around the slice's cell that holds the place; null hides it.
 * @type {(frame: HTMLElement, cell: [number, number] | null, n: number) => void}
 */
export function placeFrame(frame, cell, n) {
  frame.hidden = !cell;
  if (!cell) return;
  const [row, column] = cell;
  const side = `${100 / n}%`;
  Object.assign(frame.style, { width: side, height: side });
  frame.style.translate = `${100 * column}% ${100 * row}%`; // of itself: moving costs no layout
}
