// Lasso and box: while one is on, a drag over the cloud outlines points and does not turn it.
/** @import { Theme } from "../../browser/dom.js" */
/** @import { View } from "../geometry/geometry.js" */
/** @import { Drag, Overlay } from "../overlays/overlays.js" */
/** @import { Pixel } from "../scene/input.js" */

/** @typedef {"lasso" | "box"} Shape */

const STEP = 2; // pixels between two corners of a lasso
const FLAT = 4; // pixels: what is no wider and no higher was a click

/** The corners of a box by two that face each other. @type {(a: Pixel, b: Pixel) => Pixel[]} */
export function boxOf(a, b) {
  return [a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }];
}

/**
 * The outline with the pointer at `at` as well.
 * @type {(shape: Shape, outline: Pixel[], at: Pixel) => Pixel[]}
 */
export function outlined(shape, outline, at) {
  const last = outline[outline.length - 1];
  if (shape === "box") return boxOf(outline[0], at);
  return Math.hypot(at.x - last.x, at.y - last.y) < STEP ? outline : [...outline, at];
}

/** Does it surround anything? @type {(outline: Pixel[]) => boolean} */
export function isArea(outline) {
  const sides = [outline.map(({ x }) => x), outline.map(({ y }) => y)];
  return sides.every((side) => Math.max(...side) - Math.min(...side) > FLAT);
}

/** An overlay, to be the last one: it is asked first. @implements {Overlay} */
export class OutlineTool {
  /**
   * @param {HTMLElement} canvas
   * @param {() => void} onChange another outline is to be drawn
   * @param {(outline: Pixel[]) => void} onOutline told when one is finished
   */
  constructor(canvas, onChange, onOutline) {
    this.canvas = canvas;
    this.onChange = onChange;
    this.onOutline = onOutline;
    /** @type {Shape | null} */
    this.shape = null; // null: off
    /** @type {Pixel[] | null} */
    this.outline = null; // while it is drawn
  }

  /** Be on for a shape, or off; drop what is begun. @type {(shape: Shape | null) => void} */
  use(shape) {
    this.shape = shape;
    this.outline = null;
    this.canvas.classList.toggle("outlining", shape !== null);
    this.onChange();
  }

  hint() {
    return this.shape && "crosshair";
  }

  /** @type {(view: View, x: number, y: number) => Drag | null} */
  grab(_, x, y) {
    if (!this.shape) return null;
    const { shape } = this;
    this.outline = [{ x, y }];
    return {
      move: (_, toX, toY) => {
        if (!this.outline) return; // it was left
        this.outline = outlined(shape, this.outline, { x: toX, y: toY });
        this.onChange();
      },
      drop: () => this.drop(),
    };
  }

  drop() {
    const { outline } = this;
    this.outline = null;
    this.onChange();
    if (outline && isArea(outline)) this.onOutline(outline);
  }

  /** @type {(ctx: CanvasRenderingContext2D, view: View, theme: Theme) => void} */
  over(ctx, _, theme) {
    if (!this.outline) return;
    ctx.beginPath();
    for (const { x, y } of this.outline) ctx.lineTo(x, y);
    ctx.closePath();
    ctx.fillStyle = ctx.strokeStyle = theme.primary;
    ctx.globalAlpha = 0.1;
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.lineWidth = 1.5;
    ctx.setLineDash([5, 3]);
    ctx.stroke();
  }
}
