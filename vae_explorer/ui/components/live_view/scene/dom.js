// The HTML around the canvas: tooltip, notice, legend. And what the page says about the picture.
import { make } from "../../browser/dom.js";
import { decimalsOf } from "../geometry/decimals.js";
/** @import { Parent } from "../../browser/channel.js" */
/** @import { Size } from "../../browser/pixels.js" */
/** @import { Hidden } from "../geometry/geometry.js" */
/** @import { Cloud } from "./cloud.js" */
/** @import { Mark } from "./marks.js" */

/** @typedef {ReturnType<typeof makePage>} CloudPage */

const COMPACT = 12; // above so many classes, or beside other views, the legend's buttons shrink

/**
 * The fixed parts, in their order on the page: `canvas` lies over the others and hears all.
 * @param {Parent} parent
 */
export function makePage(parent) {
  const under = make("canvas", "layer", { "aria-hidden": "true" });
  const points = make("canvas", "layer", { "aria-hidden": "true" });
  const canvas = make("canvas", "canvas", { role: "application", tabindex: "0" });
  const tip = make("div", "tip", { hidden: "", "aria-hidden": "true" });
  const notice = make("p", "notice", { hidden: "" });
  const legend = make("div", "legend", { role: "group", "aria-label": "Classes shown" });
  const stage = make("div", "stage", {}, [under, points, canvas, tip, notice]);
  const root = make("div", "cloud", {}, [stage, legend]);
  parent.append(root);
  return { root, stage, under, points, canvas, tip, notice, legend };
}

const ONLY = "Click: hide or show. Double click, or Alt with Enter or a click: only this class";

/**
 * One toggle a class, that shows it alone where it is clicked twice, and a way back, which keeps its
 * room where it is not needed: nothing moves under a pointer.
 * @type {(legend: HTMLElement, cloud: Cloud, hidden: Hidden,
 *   choose: (change: (hidden: boolean, label: number) => boolean) => void) => void}
 */
export function fillLegend(legend, cloud, hidden, choose) {
  const turn = (/** @type {number} */ label) => choose((isHidden, i) => isHidden !== (i === label));
  const only = (/** @type {number} */ label) => choose((_, i) => i !== label);
  /** @type {(name: string, label: number) => HTMLElement} */
  const button = (name, label) => {
    const swatch = make("span", "swatch");
    swatch.style.background = cloud.colours[label];
    const pressed = String(!hidden[label]);
    const attributes = { type: "button", "aria-pressed": pressed, title: ONLY };
    const toggle = make("button", "toggle", attributes, [swatch, name]);
    toggle.addEventListener("click", (event) => (event.altKey ? only : turn)(label));
    toggle.addEventListener("keydown", (event) => {
      if (!event.altKey || event.key !== "Enter") return; // of which browsers make no click
      event.preventDefault();
      only(label);
    });
    toggle.addEventListener("dblclick", () => only(label)); // after two clicks, each undoing one
    return toggle;
  };
  const all = make("button", "all", { type: "button" }, ["Show all"]);
  all.addEventListener("click", () => choose(() => false));
  showWayBack(all, false);
  const what = make("b", "legend-title", {}, ["Show"]);
  what.hidden = Boolean(cloud.group);
  legend.replaceChildren(what, ...cloud.names.map(button), all);
  legend.classList.toggle("compact", cloud.names.length > COMPACT || Boolean(cloud.group));
  legend.hidden = cloud.names.length < 2;
}

/**
 * Make the legend's buttons say which classes are hidden.
 * @type {(legend: HTMLElement, hidden: boolean[]) => void}
 */
export function updateLegend(legend, hidden) {
  legend.querySelectorAll(".toggle").forEach((toggle, label) => {
    toggle.setAttribute("aria-pressed", String(!hidden[label]));
  });
  /** @type {HTMLButtonElement | null} */
  const all = legend.querySelector(".all");
  if (all) showWayBack(all, hidden.some(Boolean));
}

/** @type {(all: HTMLButtonElement, needed: boolean) => void} */
function showWayBack(all, needed) {
  all.disabled = !needed;
  all.style.visibility = needed ? "" : "hidden";
}

/**
 * The picture in words, for those who do not see it; `radius`: of its box.
 * @type {(cloud: Cloud, hidden: Hidden, marks: Pick<Mark, "point" | "paths">, keys?: string,
 *   radius?: number) => string}
 */
export function describe(cloud, hidden, { point, paths }, keys = "Arrow keys", radius = 1) {
  const { names, dims, axes } = cloud;
  const few = names.length <= 20 ? `: ${names.join(", ")}` : "";
  const classes = names.length === 1 ? `one class: ${names[0]}` : `${names.length} classes${few}`;
  const parts = [`${dims}-D cloud of ${cloud.count.toLocaleString("en")} points in ${classes}.`];
  const hiddenNames = names.filter((_, label) => hidden[label]);
  if (hiddenNames.length) parts.push(`Hidden: ${hiddenNames.join(", ")}.`);
  if (point) {
    const decimals = decimalsOf(radius / 100);
    const values = point.slice(0, dims).map((v, d) => `${axes[d]} ${v.toFixed(decimals)}`);
    parts.push(`Current point: ${values.join(", ")}.`);
  }
  const turn = dims === 2 ? "shift" : "turn";
  parts.push(`${keys} ${turn}, plus and minus zoom, 0 resets.`);
  const drawn = (paths ?? []).map(({ name }) => name).filter(Boolean);
  if (drawn.length) parts.push(`Paths: ${drawn.join(", ")}.`);
  return parts.join(" ");
}

/**
 * The one sentence to show instead of, or above, the picture; empty when all is well.
 * @type {(cloud: {count: number}, hidden: boolean[], unplaced: number) => string}
 */
export function noticeFor(cloud, hidden, unplaced) {
  if (cloud.count === 0) return "There are no points to show yet.";
  if (unplaced === cloud.count) return "None of the points has finite coordinates.";
  if (hidden.length && hidden.every(Boolean)) return "All classes are hidden: choose one below.";
  const some = unplaced.toLocaleString("en");
  return unplaced > 0 ? `${some} points without finite coordinates are left out.` : "";
}

const LETTERS = 16; // CSS pixels that a page's letters usually have

/**
 * CSS pixels of the picture, and device pixels for each; a narrow screen gets a lower picture, a
 * page in large type, as a presentation is, a higher one.
 * @type {(width: number, wantedHeight: number) => Size}
 */
export function pictureSize(width, wantedHeight) {
  const letters = parseFloat(getComputedStyle(document.documentElement).fontSize) || LETTERS;
  const wanted = (wantedHeight * letters) / LETTERS;
  const height = Math.round(Math.min(wanted, Math.max(240, width * 1.05)));
  const ratio = Math.min(2, Math.max(1, window.devicePixelRatio || 1));
  return { width, height, ratio };
}

/**
 * Show the tooltip beside pixel (x, y), inside `stage`; a `card` goes beneath its text.
 * @type {(tip: HTMLElement, text: string, x: number, y: number, stage: HTMLElement,
 *   card?: HTMLElement | null) => void}
 */
export function showTip(tip, text, x, y, stage, card) {
  tip.replaceChildren(text, ...(card ? [make("div", "card", {}, [card])] : []));
  tip.hidden = false;
  const left = Math.min(x + 14, stage.clientWidth - tip.offsetWidth - 4);
  const top = y > tip.offsetHeight + 18 ? y - tip.offsetHeight - 12 : y + 16;
  tip.style.transform = `translate(${Math.max(4, Math.round(left))}px, ${Math.round(top)}px)`;
}
