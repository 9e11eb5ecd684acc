// The HTML of a selection: the row of ways to select, and what stands below once points are.
import { make } from "../../browser/dom.js";
import { fillSelect } from "../explorer/dom.js";
/** @import { Space } from "../explorer/space.js" */
/** @import { Hidden } from "../geometry/geometry.js" */
/** @import { Shape } from "./tool.js" */

/** @typedef {ReturnType<typeof makeRow>} Row */
/** @typedef {ReturnType<typeof makePanel>} Panel */

const MAX_CLASSES = 10; // of a selection, that are named with their counts
const AT_FIRST = 100; // nearest points

/**
 * What a person may ask of the row.
 * @typedef {object} Wishes
 * @property {(shape: Shape) => void} outline press it again to leave
 * @property {(label: number) => void} ofClass
 * @property {(count: number) => void} nearest
 * @property {() => void} clear
 */

/** The row over the cloud. @param {Wishes} on */
export function makeRow(on) {
  const shapes = {
    lasso: button("chip", "Lasso", "Drag around points to select them"),
    box: button("chip", "Box", "Drag a box over points to select them"),
  };
  shapes.lasso.addEventListener("click", () => on.outline("lasso"));
  shapes.box.addEventListener("click", () => on.outline("box"));
  const classes = make("select", "choice", { "aria-label": "Class to select" });
  const nearest = button("chip", "Nearest", "Select the points nearest to the current place");
  const count = make("input", "choice nearest", { type: "number", min: 1, step: 1 });
  count.setAttribute("aria-label", "How many nearest points");
  const take = () => count.valueAsNumber >= 1 && on.nearest(Math.floor(count.valueAsNumber));
  nearest.addEventListener("click", take);
  count.addEventListener("keydown", ({ key }) => key === "Enter" && take());
  const clear = button("link", "Clear", "Select nothing");
  clear.addEventListener("click", on.clear);
  const aid = make("span", "aid", {}, ["Drag; Esc ends"]);
  const title = make("b", "", {}, ["Select"]);
  const near = make("span", "pair", {}, [nearest, count]);
  const parts = [title, shapes.lasso, shapes.box, classes, near, aid, clear];
  const root = make("div", "selecting", { role: "group", "aria-label": "Select points" }, parts);
  return { root, shapes, classes, count, clear, aid };
}

/**
 * Make the row one of a space.
 * @type {(row: Row, space: Space, onClass: (label: number) => void) => void}
 */
export function fillRow(row, { names, count }, onClass) {
  row.root.hidden = count === 0;
  row.classes.hidden = names.length < 2;
  /** @type {[string | number, string][]} */
  const options = [["", "Class"]];
  names.forEach((name, label) => options.push([label, name]));
  fillSelect(row.classes, options, "", (label) => label && onClass(Number(label)));
  row.count.max = String(count);
  row.count.value = String(Math.min(AT_FIRST, count));
}

/**
 * Say which tool is on, whether anything is selected, and which classes cannot be.
 * @type {(row: Row, shape: Shape | null, any: boolean, hidden: Hidden) => void}
 */
export function updateRow({ shapes, classes, clear, aid }, shape, any, hidden) {
  for (const [name, element] of Object.entries(shapes)) {
    element.setAttribute("aria-pressed", String(name === shape));
  }
  aid.classList.toggle("absent", !shape);
  clear.classList.toggle("absent", !any);
  for (const option of classes.options) {
    option.disabled = option.value === "" || Boolean(hidden[Number(option.value)]);
  }
}

/** What is below the cloud: numbers, the mean, pictures, and what to do with them. */
export function makePanel() {
  const title = make("b");
  const classes = make("span", "counts");
  const go = button("chip", "Go to the mean", "Make the mean code the current place");
  const save = button("chip", "Save as CSV", "Index, class and code of every selected point");
  const ways = make("span", "ways", {}, [go, save]);
  const head = make("div", "head", {}, [title, classes, ways]);
  const mean = make("canvas", "mean", { role: "img", "aria-label": "mean code, decoded" });
  const caption = make("figcaption");
  const figure = make("figure", "", {}, [mean, caption]);
  const pictures = make("div", "gallery", { role: "group", "aria-label": "Selected pictures" });
  const shown = make("p", "shown");
  const gallery = make("div", "", {}, [pictures, shown]);
  const body = make("div", "body", {}, [figure, gallery]);
  const root = make("section", "selected", { "aria-label": "Selected points" }, [head, body]);
  root.hidden = true;
  return { root, title, classes, go, save, figure, mean, caption, gallery, pictures, shown };
}

/**
 * Counts by class, each with its colour.
 * @type {(box: HTMLElement, counts: {label: number, count: number}[],
 *   space: Pick<Space, "names" | "colours">) => void}
 */
export function fillCounts(box, counts, { names, colours }) {
  const rows = counts.slice(0, MAX_CLASSES).map(({ label, count }) => {
    const swatch = make("span", "swatch");
    swatch.style.background = colours[label];
    return make("span", "count", {}, [swatch, `${names[label]}: ${count.toLocaleString("en")}`]);
  });
  const more = counts.length - rows.length;
  box.replaceChildren(...rows, more ? `and ${more} more classes` : "");
}

/** "1 point", "1,234 points". @type {(count: number) => string} */
export function pointsText(count) {
  return `${count.toLocaleString("en")} point${count === 1 ? "" : "s"}`;
}

/** @type {(className: string, text: string, title: string) => HTMLButtonElement} */
function button(className, text, title) {
  return make("button", className, { type: "button", title }, [text]);
}
