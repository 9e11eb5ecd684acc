// Many points at once: how a person selects them, and who shows that.
import { fillRow, makeRow, pointsText, updateRow } from "./dom.js";
import { inOutline, maskOf, nearest, ofClass, stillSeen } from "./choose.js";
import { SelectedPanel } from "./panel.js";
import { OutlineTool } from "./tool.js";
/** @import { ExplorerView } from "../explorer/explorer_view.js" */
/** @import { Space } from "../explorer/space.js" */
/** @import { Pixel } from "../scene/input.js" */
/** @import { Shape } from "./tool.js" */

export class Selection {
  /** @param {ExplorerView} explorer whose page it joins */
  constructor(explorer) {
    const { page, view } = explorer;
    this.explorer = explorer;
    this.model = "";
    /** @type {Uint32Array} */
    this.taken = new Uint32Array(0); // also points of classes that have been hidden since
    this.indices = this.taken; // those of them that are seen
    const redraw = () => view.request();
    this.tool = new OutlineTool(view.page.canvas, redraw, (outline) => this.takeOutline(outline));
    this.row = makeRow({
      outline: (shape) => this.use(shape === this.tool.shape ? null : shape),
      ofClass: (label) => this.takeClass(label),
      nearest: (count) => this.takeNearest(count),
      clear: () => this.take(new Uint32Array(0)),
    });
    this.panel = new SelectedPanel(explorer);
    page.cloud.prepend(this.row.root);
    page.cloud.after(this.panel.page.root);
    page.cloud.addEventListener("keydown", ({ key }) => key === "Escape" && this.use(null));
  }

  /**
   * Belong to a space; of the same model, drawn otherwise, the same points stay selected.
   * @param {Space} space
   */
  setSpace(space) {
    if (space.model !== this.model) this.taken = new Uint32Array(0);
    this.model = space.model;
    this.tool.use(null);
    fillRow(this.row, space, (label) => this.takeClass(label));
  }

  /** @param {Shape | null} shape */
  use(shape) {
    this.tool.use(shape);
    this.updateRow();
  }

  updateRow() {
    updateRow(this.row, this.tool.shape, this.taken.length > 0, this.explorer.view.hidden);
  }

  /** @param {Pixel[]} outline */
  takeOutline(outline) {
    const { view, space } = this.explorer;
    view.page.canvas.dataset.outline = JSON.stringify(outline); // for tests
    const projected = view.stack.layer.picker.project(view.view());
    this.take(inOutline(projected, space.arrays.labels, view.hidden, outline));
  }

  /** @param {number} label */
  takeClass(label) {
    const { view, space } = this.explorer;
    this.take(ofClass(space.arrays.labels, view.hidden, label));
    this.row.classes.value = String(label);
  }

  /** @param {number} count */
  takeNearest(count) {
    const { view, space, codes, place } = this.explorer;
    this.take(nearest(codes.mu, space.arrays.labels, view.hidden, place.z, count));
  }

  /** Select these, ascending, instead of others. @type {(indices: Uint32Array) => void} */
  take(indices) {
    this.taken = indices;
    this.row.classes.value = "";
    this.update();
    this.say(indices.length ? `${pointsText(indices.length)} selected.` : "Nothing is selected.");
  }

  /** Show what is selected of what is seen: to be called when classes are shown or hidden too. */
  update() {
    const { view, space } = this.explorer;
    this.indices = stillSeen(this.taken, space.arrays.labels, view.hidden);
    view.highlight(this.indices.length ? maskOf(this.indices, space.count) : null);
    this.panel.show(this.indices);
    this.explorer.onSelected(this.indices);
    this.updateRow();
  }

  /** @param {string} text for those who do not see it */
  say(text) {
    this.explorer.page.announcement.textContent = text;
  }
}
