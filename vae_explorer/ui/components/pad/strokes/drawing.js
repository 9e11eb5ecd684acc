// What the hand and the keyboard do to the sheet. Knows nothing of the page.
import { Sheet, extend, newStroke } from "./strokes.js";

const inside = (value) => Math.min(Math.max(value, 0), 1);

export class Drawing {
  /**
   * @param {object} on change(): it looks different; ended(): a change is complete;
   *   speak(text): for those who do not see it
   */
  constructor(on) {
    this.on = on;
    this.sheet = new Sheet();
    this.stroke = null; // while one is being drawn
    this.pen = { x: 0.5, y: 0.5, down: false, shown: false }; // the keyboard's
    this.width = null; // of the pen, in shares of the side
  }

  get strokes() {
    return this.stroke ? [...this.sheet.strokes, this.stroke] : this.sheet.strokes;
  }

  /** What pen.js calls. */
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

  /** What keys.js calls. */
  get keyboard() {
    return {
      step: (dx, dy) => this.movePen(dx, dy),
      toggle: () => (this.pen.down ? this.lift() : this.putDown()),
      lift: () => this.lift(),
      undo: () => this.undo(),
      clear: () => this.clear(),
    };
  }

  begin(x, y, weight) {
    this.stroke = newStroke(this.width, x, y, weight);
    this.on.change();
  }

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
    this.on.speak("Pen down");
  }

  /** Lift the keyboard's pen. */
  lift() {
    if (!this.pen.down) return;
    this.pen.down = false;
    this.on.speak("Pen up");
    this.end();
  }

  undo() {
    this.lift();
    if (!this.sheet.canUndo) return;
    this.sheet.undo();
    this.on.speak("Undone");
    this.on.ended();
  }

  clear() {
    this.lift();
    if (this.sheet.empty) return;
    this.sheet.clear();
    this.on.speak("Cleared");
    this.on.ended();
  }
}
