// A row of pictures, one of which can be picked. Called again without clean-up whenever the data or
// the theme changes: it builds its row anew.
import { make } from "../browser/dom.js";
/** @import { Parent } from "../browser/channel.js" */

/**
 * What Python says.
 * @typedef {object} PickerData
 * @property {string[]} pictures data URLs
 * @property {string[]} captions
 * @property {string} label what the row is
 * @property {number | null} chosen index of the picture that is marked
 * @property {number} size CSS pixels a side
 * @property {string} title
 * @property {string} note
 */

/**
 * @type {(given: {data: PickerData, parentElement: Parent,
 *   setTriggerValue: (name: string, value: number) => void}) => () => void}
 */
export default function mountPicker({ parentElement, data, setTriggerValue }) {
  const tiles = data.pictures.map((url, index) =>
    makeTile(url, index, data, () => setTriggerValue("picked", index)),
  );
  const row = make("div", "row", { role: "group", "aria-label": data.label }, tiles);
  row.style.setProperty("--size", `${data.size}px`);
  const title = make("h2", "title", {}, [data.title]);
  const note = make("div", "note", {}, [data.note]);
  const texts = (/** @type {HTMLElement} */ part) => part === row || part.textContent;
  const box = make("div", "box", {}, [title, row, note].filter(texts));
  const focused = focusedTile(parentElement);
  parentElement.querySelector(".box")?.remove();
  parentElement.append(box);
  tiles[Math.min(focused, tiles.length - 1)]?.focus({ preventScroll: true });
  return () => box.remove();
}

/** Index of the tile that the keyboard is on, -1 for none. @type {(parent: Parent) => number} */
function focusedTile(parent) {
  return [...parent.querySelectorAll("button")].findIndex((tile) => tile.matches(":focus"));
}

/** @type {(url: string, index: number, data: PickerData, pick: () => void) => HTMLElement} */
function makeTile(url, index, { captions, chosen }, pick) {
  const image = make("img", "", { src: url, alt: captions[index] ? "" : `picture ${index + 1}` });
  const caption = make("span", "", {}, [captions[index]]);
  const attributes = { type: "button", "aria-pressed": String(index === chosen) };
  const button = make("button", "", attributes, [image, caption]);
  button.addEventListener("click", pick);
  return button;
}
