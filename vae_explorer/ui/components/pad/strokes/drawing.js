// What the hand and the keyboard do to the sheet. Knows nothing of the page.
import { Sheet, extend, newStroke } from "./strokes.js";
/** @import { Stroke } from "./strokes.js" */
/** @import { Hand } from "./pen.js" */
/** @import { Keyboard } from "./keys.js" */

/** @type {(value: number) => number} */
const inside = (value) => Math.min(Math.max(value, 0), 1);

export class Drawing {
  /**
   * @param {object} on
   * @param {() => void} on.change it looks different
   * @param {() => void} on.ended a change is complete
   * @param {(text: string) => void} on.announce for those who do not see it
   */
  constructor(on) {
    this.on = on;
    this.sheet = new Sheet();
    /** @type {Stroke | null} */
    this.stroke = null; // while one is being drawn
    this.pen = { x: 0.5, y: 0.5, down: false, shown: false }; // the keyboard's
    this.width = 0.05; // of the pen, in shares of the side
  }

  get strokes() {
    return this.stroke ? [...this.sheet.strokes, this.stroke] : this.sheet.strokes;
  }

  /** What pen.js calls. @returns {Hand} */
  get hand() {
    return {
      begin: (x, y, weight) => {
        this.lift();
        this.pen.shown = false;
        this.begin(x, y, weight);
      },
      lead: (points) => this.lead(points),
      end: () => this.end(),
      cancel: () => this.cancel(),
    };
  }

  /** What keys.js calls. @returns {Keyboard} */
  get keyboard() {
    return {
      step: (dx, dy) => this.movePen(dx, dy),
      toggle: () => (this.pen.down ? this.lift() : this.putDown()),
      lift: () => this.lift(),
      undo: () => this.undo(),
      clear: () => this.clear(),
    };
  }

  /** @type {(x: number, y: number, weight: number) => void} */
  begin(x, y, weight) {
    this.stroke = newStroke(this.width, x, y, weight);
    this.on.change();
  }

  /** @type {(points: [number, number, number][]) => void} */
  lead(points) {
    if (!this.stroke) return;
    for (const point of points) extend(this.stroke, ...point);
    this.on.change();
  }

  end() {
    if (!this.stroke) return;
    this.sheet.add(this.stroke);
    this.stroke = null;
    this.on.ended();
  }

  /** The stroke was none. */
  cancel() {
    this.stroke = null;
    this.on.change();
  }

  /** @type {(dx: number, dy: number) => void} */
  movePen(dx, dy) {
    const { pen } = this;
    Object.assign(pen, { x: inside(pen.x + dx), y: inside(pen.y + dy), shown: true });
    if (pen.down) this.lead([[pen.x, pen.y, 1]]);
    else this.on.change();
  }

  putDown() {
    this.end(); // a hand is drawing as well
    Object.assign(this.pen, { down: true, shown: true });
    this.begin(this.pen.x, this.pen.y, 1);
    this.on.announce("Pen down");
  }

  /** Lift the keyboard's pen. */
  lift() {
    if (!this.pen.down) return;
    this.pen.down = false;
    this.on.announce("Pen up");
    this.end();
  }

  undo() {
    this.lift();
    if (!this.sheet.canUndo) return;
    this.sheet.undo();
    this.on.announce("Undone");
    this.on.ended();
  }

  clear() {
    this.lift();
    if (this.sheet.empty) return;
    this.sheet.clear();
    this.on.announce("Cleared");
    this.on.ended();
  }
}
