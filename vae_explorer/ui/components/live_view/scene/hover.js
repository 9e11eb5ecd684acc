// The point under a resting pointer, and its tip.
import { showTip } from "./dom.js";

const DWELL = 125; // milliseconds the pointer rests before the tip shows
const QUICK = 100000; // points: of more the one under the pointer is looked up only when it rests

export class Hover {
  /**
   * @param {{canvas, tip, stage}} page
   * @param {object} on pick(x, y) -> index or -1, size() -> points, tell(index) ->
   *   {text, x, y, card}, change(): another point or none is hovered
   */
  constructor(page, on) {
    this.page = page;
    this.on = on;
    this.index = -1; // the point whose tip is shown
  }

  /**
   * The pointer is at (x, y). What can be grabbed there comes before points, they before the rest.
   * @param {{answer: string | null, overlay: object | null}} hint a cursor, and who gave it
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

  /** The cursor says what a press would do. */
  pointAt(index) {
    const { classList, style } = this.page.canvas;
    classList.toggle("pointing", index >= 0);
    style.cursor = index >= 0 ? "" : this.hint;
  }

  show(index) {
    this.pointAt(index);
    if (index < 0) return;
    this.index = index;
    const { text, x, y, card } = this.on.tell(index);
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

/** That of a CloudView; the other views of its group put a ring around the same item. */
export function hoverOf(view) {
  const tell = (index) => {
    const text = `${view.cloud.names[view.cloud.labels[index]]} · #${index}`;
    return { text, ...view.stack.layer.at(index), card: view.card?.(index) };
  };
  const [pick, size] = [(x, y) => view.pick(x, y), () => view.cloud.count];
  const change = () => {
    view.request();
    view.group.hovered(view.hover.index);
  };
  return new Hover(view.page, { pick, size, tell, change });
}
