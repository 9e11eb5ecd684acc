// The point under a resting pointer, and its tip.
import { showTip } from "./dom.js";
/** @import { CloudPage } from "./dom.js" */
/** @import { CloudView } from "./view.js" */

/** @typedef {{text: string, x: number, y: number, card?: HTMLElement | null}} Tip */

const DWELL = 125; // milliseconds the pointer rests before the tip shows
const QUICK = 100000; // points: of more the one under the pointer is looked up only when it rests

export class Hover {
  /**
   * @param {Pick<CloudPage, "canvas" | "tip" | "stage">} page
   * @param {object} on
   * @param {(x: number, y: number) => number} on.pick index or -1
   * @param {() => number} on.size how many points there are
   * @param {(index: number) => Tip} on.describe
   * @param {() => void} on.change another point or none is hovered
   */
  constructor(page, on) {
    this.page = page;
    this.on = on;
    this.index = -1; // the point whose tip is shown
    this.hint = ""; // the CSS cursor of what can be grabbed
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  /**
   * The pointer is at (x, y). What can be grabbed there comes before points, they before the rest.
   * @param {number} x
   * @param {number} y
   * @param {{answer: string | null, overlay: {grab?: unknown} | null}} hint a cursor,
   *   and who gave it
   */
  at(x, y, { answer, overlay }) {
    clearTimeout(this.timer);
    this.hint = answer ?? "";
    const slow = this.on.size() > QUICK;
    const index = slow || overlay?.grab ? -1 : this.on.pick(x, y);
    this.pointAt(index);
    if (index === this.index && !slow) return;
    this.hide();
    if (overlay?.grab || (index < 0 && !slow)) return;
    this.timer = setTimeout(() => this.show(slow ? this.on.pick(x, y) : index), DWELL);
  }

  /** The pointer is elsewhere. */
  leave() {
    clearTimeout(this.timer);
    this.hint = "";
    this.pointAt(-1);
    this.hide();
  }

  /** The cursor says what a press would do. @type {(index: number) => void} */
  pointAt(index) {
    const { classList, style } = this.page.canvas;
    classList.toggle("pointing", index >= 0);
    style.cursor = index >= 0 ? "" : this.hint;
  }

  /** @type {(index: number) => void} */
  show(index) {
    this.pointAt(index);
    if (index < 0) return;
    this.index = index;
    const { text, x, y, card } = this.on.describe(index);
    showTip(this.page.tip, text, x, y, this.page.stage, card);
    this.on.change();
  }

  hide() {
    this.page.tip.hidden = true;
    if (this.index < 0) return;
    this.index = -1;
    this.on.change();
  }
}

/**
 * That of a CloudView; the other views of its group put a ring around the same item.
 * @type {(view: CloudView) => Hover}
 */
export function hoverOf(view) {
  /** @type {(index: number) => Tip} */
  const describe = (index) => {
    const text = `${view.cloud.names[view.cloud.labels[index]]} · #${index}`;
    const { x, y } = view.stack.layer.at(index) ?? { x: 0, y: 0 };
    return { text, x, y, card: view.card?.(index) };
  };
  /** @type {(x: number, y: number) => number} */
  const pick = (x, y) => view.pick(x, y);
  const change = () => {
    view.request();
    view.group.hovered(view.hover.index);
  };
  return new Hover(view.page, { pick, size: () => view.cloud.count, describe, change });
}
