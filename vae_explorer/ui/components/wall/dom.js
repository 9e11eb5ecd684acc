// The HTML of a wall: a tile with its tools, and the slider.
import { make } from "../browser/dom.js";
/** @import { Act, WallData } from "./wall.js" */
/** @import { LiveData } from "./live.js" */

/**
 * @typedef {object} Tile
 * @property {string} picture a data URL
 * @property {string} caption
 * @property {string} about what is read out, and shown when pointed at
 * @property {string} tone class name of what stands out about it, or ""
 * @property {boolean} locked
 */

/** @type {{[name: string]: string}} */
const ICONS = {
  lock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  open: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 4.9-.7",
  again: "M13 8a5 5 0 1 1-1.5-3.5M13 2v3h-3",
};
const SVG = "http://www.w3.org/2000/svg";

/**
 * A picture to open, with what stands and can be done below it.
 * @type {(tile: Tile, index: number, can: WallData["can"], act: (what: Act, index: number) =>
 *   void) => HTMLElement}
 */
export function makeTile(tile, index, can, act) {
  const about = tile.about || tile.caption || `picture ${index + 1}`;
  const image = make("img", "", { src: tile.picture, alt: about });
  const canvas = make("canvas", "", { "aria-hidden": "true" });
  const picture = make("button", "picture", { type: "button", title: tile.about }, [image, canvas]);
  if (can.open) picture.addEventListener("click", () => act("open", index));
  else picture.setAttribute("data-inert", "");
  const below = make("div", "below");
  if (tile.caption) below.append(make("span", "caption", {}, [tile.caption]));
  if (can.lock) {
    const title = tile.locked ? "Unlock (L)" : "Keep this one (L)";
    const lock = makeTool(tile.locked ? "lock" : "open", title, () => act("lock", index));
    lock.setAttribute("aria-pressed", String(tile.locked));
    below.append(lock);
  }
  if (can.again) below.append(makeTool("again", "Another one here (R)", () => act("again", index)));
  const look = ["tile", tile.tone, tile.locked ? "locked" : ""].filter(Boolean).join(" ");
  return make("div", look, {}, [picture, below]);
}

/**
 * A small button for mouse and touch; the keyboard has its keys.
 * @type {(icon: string, title: string, act: () => void) => HTMLElement}
 */
function makeTool(icon, title, act) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[icon]);
  svg.append(path);
  const look = { type: "button", tabindex: "-1", title, "aria-label": title };
  const tool = make("button", "tool", look, [svg]);
  tool.addEventListener("click", act);
  return tool;
}

/**
 * The temperature: `moved` hears every value on the way, `settled` the one it comes to rest at.
 * @type {(moved: (value: number) => void, settled: (value: number) => void) =>
 *   {root: HTMLElement, set: (data: LiveData) => void, held: () => number | null}} held: where a
 *   hand has it that has yet to let go
 */
export function makeSlider(moved, settled) {
  const input = make("input", "slider", { type: "range" });
  const value = make("output", "value");
  const name = make("span", "name");
  const root = make("label", "temperature", {}, [name, input, value]);
  const show = () => {
    value.textContent = Number(input.value).toFixed(2);
  };
  /** @type {number | null} */
  let held = null;
  input.addEventListener("input", () => {
    show();
    held = Number(input.value);
    moved(Number(input.value));
  });
  for (const name of ["change", "pointerup", "pointercancel", "blur"]) {
    input.addEventListener(name, () => {
      held = null; // also where it was let go at the value that it had
    });
  }
  input.addEventListener("change", () => settled(Number(input.value)));
  /** @type {(data: LiveData) => void} */
  const set = ({ temperature, hottest, step, title, about }) => {
    Object.assign(input, { min: "0", max: String(hottest), step: String(step) });
    input.setAttribute("aria-label", title);
    name.textContent = title;
    root.title = about;
    input.value = String(temperature);
    show();
  };
  return { root, set, held: () => held };
}
