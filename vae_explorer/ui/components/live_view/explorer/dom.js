// The HTML of the explorer: where digit, sliders, cloud, words, switches and slice stand.
import { make } from "../../browser/dom.js";

const FEW = 12; // up to so many classes each has a button to jump to it

/** What can be switched on over the cloud: [key, name, what it is]. */
export const SWITCHES = [
  ["posterior", "Posterior", "q(z|x) of the nearest digit: one and two standard deviations, to scale"],
  ["density", "Density", "on the chosen plane, the regions that hold 50, 90 and 99 % of all posteriors"],
  ["shells", "Prior", "the shells that hold 50, 90 and 99 % of N(0, I)"],
  ["trail", "Trail", "where you have been"],
];

/** All parts, in their order on the page. */
export function makeExplorerPage(parent) {
  const digit = make("canvas", "digit", { role: "img" });
  const jumps = make("div", "jumps", { role: "group", "aria-label": "Go to" });
  const label = make("div", "label");
  const sliders = make("div", "sliders");
  const words = make("p", "words");
  const spoken = make("p", "spoken", { "aria-live": "polite" });
  const left = make("div", "left", {}, [digit, sliders, words, spoken, label, jumps]);
  const cloud = make("div", "cell");
  const sheet = make("canvas", "sheet", { role: "img" });
  const frame = make("div", "frame");
  const plane = make("select", "choice", { "aria-label": "Plane of the slice" });
  const save = make("button", "link", { type: "button" }, ["Save as PNG"]);
  const pad = make("div", "pad", {}, [sheet, frame]);
  const head = make("div", "head", {}, [make("b", "", {}, ["Slice along"]), plane, save]);
  const slice = make("div", "slice", {}, [head, pad]);
  const switches = make("div", "switches", { role: "group", "aria-label": "Shown in the cloud" });
  const hint = make("p", "hint");
  const seen = make("b", "", {}, ["In the cloud"]);
  const here = make("div", "here", {}, [seen, switches, hint]);
  const below = make("div", "below", {}, [slice, here]);
  const root = make("div", "explorer", {}, [left, cloud, below]);
  parent.append(root);
  return {
    root, digit, jumps, label, sliders, words, spoken, cloud, sheet, frame, plane, save, pad,
    slice, switches, hint,
  };
}

/** A select box; `onChange` hears the value chosen. */
export function fillSelect(select, options, chosen, onChange) {
  select.replaceChildren(
    ...options.map(([value, text]) => make("option", "", { value }, [text])),
  );
  select.value = chosen;
  select.onchange = () => onChange(select.value);
}

/** Buttons that ask for another place: a random one, or a digit of a class. */
export function fillJumps(box, names, hasPoints, onAsk) {
  const button = (text, ask, title) => {
    const element = make("button", "chip", { type: "button", title }, [text]);
    element.addEventListener("click", () => onAsk(ask));
    return element;
  };
  const random = button("Random", "random", "A draw from the prior N(0, I)");
  if (!hasPoints) return box.replaceChildren(random);
  if (names.length <= FEW) {
    const chips = names.map((name, label) => button(name, label, `Go to a digit of class ${name}`));
    return box.replaceChildren(random, ...chips);
  }
  const select = make("select", "choice", { "aria-label": "Jump to a class" });
  const options = [["", "Jump to …"], ...names.map((name, label) => [label, name])];
  fillSelect(select, options, "", (label) => {
    select.value = "";
    onAsk(Number(label));
  });
  return box.replaceChildren(random, select);
}

/** The switches; `on` are the keys of those that are on, `offered` of those that make sense. */
export function fillSwitches(box, offered, on, onChange) {
  const rows = SWITCHES.filter(([key]) => offered.has(key)).map(([key, name, about]) => {
    const input = make("input", "", { type: "checkbox" });
    input.checked = on.has(key);
    input.addEventListener("change", () => onChange(key, input.checked));
    const text = make("span", "", {}, [make("b", "", {}, [name]), ` ${about}`]);
    return make("label", "switch", {}, [input, text]);
  });
  box.replaceChildren(...rows);
}

/** The frame around the slice's cell that holds the place; null hides it. */
export function placeFrame(frame, cell, n) {
  frame.hidden = !cell;
  if (!cell) return;
  const [row, column] = cell;
  const percent = (k) => `${(100 * k) / n}%`;
  Object.assign(frame.style, { top: percent(row), left: percent(column) });
  Object.assign(frame.style, { width: percent(1), height: percent(1) });
}
