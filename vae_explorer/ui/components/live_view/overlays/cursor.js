// The cursor: where one is in the cloud, to be dragged in the plane of the screen or along an axis,
// put by a click, walked by keys. Knows neither decoder nor sliders: it asks `at` and tells `move`.
import { projectPoint, unproject } from "../geometry/geometry.js";
import { alongAxis, meetPlane, turnPoint, unitVector } from "../geometry/ray.js";
import { drawMarker, markerBox } from "../scene/paint.js";
import { arrowBoxes, arrowsAt, drawArrow, drawGuide, partAt } from "./arrows.js";
import { resizeHint, shifted } from "./arrows.js";
/** @import { Theme } from "../../browser/dom.js" */
/** @import { View } from "../geometry/geometry.js" */
/** @import { Box } from "../geometry/name_places.js" */
/** @import { Part } from "./arrows.js" */
/** @import { Drag } from "./overlays.js" */

/**
 * @typedef {"view" | [number, number]} Plane parallel to the screen, or that two drawn axes span
 */

/** @type {{[key: string]: [number, number]}} */
const WALKS = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowDown: [1, -1],
  ArrowUp: [1, 1],
  PageDown: [2, -1],
  PageUp: [2, 1],
};

export class Cursor {
  /**
   * @param {object} options
   * @param {() => number[] | null} options.at where the cursor is: 2 or 3 drawn coordinates
   * @param {(point: number[]) => void} options.move it was moved there, more may follow
   * @param {() => void} options.drop it was let go
   * @param {number} options.step drawn units that one key walks
   * @param {string[]} options.axes a name for each drawn axis
   * @param {() => Plane} options.plane through the cursor, where clicks on empty space lead
   */
  constructor({ at, move, drop, step, axes, plane }) {
    this.at = at;
    this.move = move;
    this.drop = drop;
    this.step = step;
    this.axes = axes;
    this.plane = plane;
    /** @type {Part | null} */
    this.dragged = null; // what is being dragged
  }

  /** @type {(ctx: CanvasRenderingContext2D, view: View, theme: Theme) => void} */
  over(ctx, view, theme) {
    const point = this.at();
    if (!point) return;
    drawMarker(ctx, view, point, theme);
    ctx.save();
    if (typeof this.dragged === "number") drawGuide(ctx, view, point, this.dragged);
    for (const arrow of arrowsAt(view, point)) {
      drawArrow(ctx, arrow, this.axes[arrow.d], arrow.d === this.dragged, theme);
    }
    ctx.restore();
  }

  /** @type {(view: View) => Box[]} */
  covers(view) {
    const point = this.at();
    if (!point) return [];
    const arrows = arrowsAt(view, point);
    const boxes = arrows.flatMap((arrow) => arrowBoxes(arrow, this.axes[arrow.d]));
    return [markerBox(view, point), ...boxes];
  }

  /**
   * A drag: what was grabbed keeps its distance from the pointer, so nothing jumps.
   * @type {(view: View, x: number, y: number, touch?: boolean) => Drag | null}
   */
  grab(view, x, y, touch = false) {
    const origin = this.at();
    const part = origin && partAt(view, origin, x, y, touch);
    if (!origin || part === null) return null;
    const [px, py] = projectPoint(view, origin);
    this.dragged = part;
    /** @type {Drag["move"]} */
    const move = (now, toX, toY) =>
      this.move(draggedTo(now, origin, part, toX + px - x, toY + py - y));
    const drop = () => {
      this.dragged = null;
      this.drop();
    };
    return { move, drop };
  }

  /** @type {(view: View, x: number, y: number) => string | null} */
  hint(view, x, y) {
    const point = this.at();
    const part = point && partAt(view, point, x, y);
    if (part === "centre") return "move";
    const arrow = point && arrowsAt(view, point).find(({ d }) => d === part);
    if (!arrow) return null;
    const { low, high } = arrow;
    return resizeHint(high[1][0] - low[1][0], high[1][1] - low[1][1]);
  }

  /**
   * A click on empty space leads to that place on the chosen plane through the cursor.
   * @type {(view: View, x: number, y: number) => boolean}
   */
  press(view, x, y) {
    const point = this.at();
    const place = point && placeOnPlane(view, point, this.plane(), x, y);
    if (!place) return false;
    this.put(place);
    return true;
  }

  /**
   * Arrows walk along the first two axes, page keys along the third.
   * @type {(key: string, shift: boolean) => boolean}
   */
  key(key, shift) {
    const point = this.at();
    const [d, sign] = WALKS[key] ?? [Infinity, 0];
    if (shift || !point || d >= point.length) return false;
    this.put(shifted(point, d, sign * this.step));
    return true;
  }

  /** @type {(point: number[]) => void} */
  put(point) {
    this.move(point);
    this.drop();
  }
}

/**
 * Where `origin`, dragged by its `part`, goes when it should be seen at pixel (x, y).
 * @type {(view: View, origin: number[], part: Part, x: number, y: number) => number[]}
 */
function draggedTo(view, origin, part, x, y) {
  if (part === "centre") return unproject(view, x, y, turnPoint(view, origin)[2]);
  return shifted(origin, part, alongAxis(view, x, y, origin, part));
}

/**
 * The place seen at pixel (x, y) on a plane through `point`; null where it is seen edge on.
 * @type {(view: View, point: number[], plane: Plane, x: number, y: number) => number[] | null}
 */
export function placeOnPlane(view, point, plane, x, y) {
  if (plane === "view" || point.length === 2) {
    return unproject(view, x, y, turnPoint(view, point)[2]);
  }
  const [u, v] = plane.map((d) => unitVector(point.length, d));
  return meetPlane(view, x, y, point, u, v);
}
