// The cursor: where one is in the cloud, to be dragged in the plane of the screen or along an axis,
// put by a click, walked by keys. Knows neither decoder nor sliders: it asks `at` and tells `move`.
import { projectPoint, unproject } from "../geometry/geometry.js";
import { drawMarker, haloText } from "../scene/paint.js";
import { alongAxis, distanceToStretch, meetPlane, pixelsPerUnit, turnPoint } from "../geometry/ray.js";
import { unitVector } from "../geometry/ray.js";

const ARROW = { from: 19, to: 60, least: 44, head: 9 }; // pixels from the centre, seen from the side
const HIT = { centre: 14, arrow: 8, touchCentre: 24, touchArrow: 18 }; // pixels
const END_ON = [0.22, 0.5]; // share of its length in which an arrow fades in; below: gone

/** One colour an axis: contrast over 3 on light and dark, apart for every kind of colour vision. */
export const AXIS_COLOURS = ["#d55e00", "#148278", "#a050dc"];

const WALKS = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowDown: [1, -1],
  ArrowUp: [1, 1],
  PageDown: [2, -1],
  PageUp: [2, 1],
};

/** `point` with `amount` added to coordinate `d`. */
const shifted = (point, d, amount) => point.map((value, k) => (k === d ? value + amount : value));

/**
 * The arrows around a point, one a drawn axis, those that are seen end on left out.
 * @returns {{d: number, low: number[][], high: number[][], alpha: number}[]} low and high: the
 *   pixels [from, tip] of the halves along and against the axis; alpha 0 to 1
 */
export function arrowsAt(view, point) {
  const unit = pixelsPerUnit(view, point);
  // A small picture gets short arrows.
  const reach = Math.min(ARROW.to, Math.max(ARROW.least, view.scale * 0.4));
  const arrows = point.map((_, d) => {
    const half = (sign) =>
      [ARROW.from, reach].map((p) => projectPoint(view, shifted(point, d, (sign * p) / unit)));
    const [low, high] = [half(-1), half(1)];
    const share = Math.hypot(high[1][0] - low[1][0], high[1][1] - low[1][1]) / (2 * reach);
    const alpha = Math.min(1, (share - END_ON[0]) / (END_ON[1] - END_ON[0]));
    return { d, low, high, alpha };
  });
  return arrows.filter(({ alpha }) => alpha > 0);
}

/**
 * What of the cursor at `point` lies under pixel (x, y).
 * @returns {"centre" | number | null} the centre, an axis's arrow, or nothing
 */
export function partAt(view, point, x, y, touch = false) {
  const [px, py] = projectPoint(view, point);
  if (Math.hypot(px - x, py - y) <= (touch ? HIT.touchCentre : HIT.centre)) return "centre";
  let [part, nearest] = [null, touch ? HIT.touchArrow : HIT.arrow];
  for (const { d, low, high } of arrowsAt(view, point)) {
    const distance = Math.min(
      distanceToStretch(x, y, ...low),
      distanceToStretch(x, y, ...high),
    );
    if (distance <= nearest) [part, nearest] = [d, distance];
  }
  return part;
}

/** The CSS cursor for moving along the direction (dx, dy) of the screen. */
export function resizeHint(dx, dy) {
  const eighth = Math.round(Math.atan2(dy, dx) / (Math.PI / 4)) & 3;
  return ["ew-resize", "nwse-resize", "ns-resize", "nesw-resize"][eighth];
}

export class Cursor {
  /**
   * @param {object} options
   * @param {() => number[] | null} options.at where the cursor is: 2 or 3 drawn coordinates
   * @param {(point: number[]) => void} options.move it was moved there, more may follow
   * @param {() => void} options.drop it was let go
   * @param {number} options.step drawn units that one key walks
   * @param {string[]} options.axes a name for each drawn axis
   * @param {() => "view" | [number, number]} options.plane where clicks on empty space lead: the
   *   plane through the cursor parallel to the screen, or the one that two drawn axes span
   */
  constructor({ at, move, drop, step, axes, plane }) {
    Object.assign(this, { at, move, drop, step, axes, plane });
    this.held = null; // the part that is being dragged: "centre" or an axis
  }

  over(ctx, view, theme) {
    const point = this.at();
    if (!point) return;
    drawMarker(ctx, view, point, theme);
    ctx.save();
    if (Number.isInteger(this.held)) drawGuide(ctx, view, point, this.held);
    for (const arrow of arrowsAt(view, point)) {
      drawArrow(ctx, arrow, this.axes[arrow.d], arrow.d === this.held, theme);
    }
    ctx.restore();
  }

  /** A drag: what was grabbed keeps its distance from the pointer, so nothing jumps. */
  grab(view, x, y, touch = false) {
    const origin = this.at();
    const part = origin && partAt(view, origin, x, y, touch);
    if (part === null) return null;
    const [px, py] = projectPoint(view, origin);
    this.held = part;
    const move = (now, toX, toY) =>
      this.move(draggedTo(now, origin, part, toX + px - x, toY + py - y));
    const drop = () => {
      this.held = null;
      this.drop();
    };
    return { move, drop };
  }

  hint(view, x, y) {
    const point = this.at();
    const part = point && partAt(view, point, x, y);
    if (part === null) return null;
    if (part === "centre") return "move";
    const { low, high } = arrowsAt(view, point).find(({ d }) => d === part);
    return resizeHint(high[1][0] - low[1][0], high[1][1] - low[1][1]);
  }

  /** A click on empty space leads to that place on the chosen plane through the cursor. */
  press(view, x, y) {
    const point = this.at();
    const place = point && placeOnPlane(view, point, this.plane(), x, y);
    if (!place) return false;
    this.put(place);
    return true;
  }

  /** Arrows walk along the first two axes, page keys along the third. */
  key(key, shift) {
    const point = this.at();
    const [d, sign] = WALKS[key] ?? [];
    if (shift || !point || !(d < point.length)) return false;
    this.put(shifted(point, d, sign * this.step));
    return true;
  }

  put(point) {
    this.move(point);
    this.drop();
  }
}

/** Where `origin`, dragged by its `part`, goes when it should be seen at pixel (x, y). */
function draggedTo(view, origin, part, x, y) {
  if (part === "centre") return unproject(view, x, y, turnPoint(view, origin)[2]);
  return shifted(origin, part, alongAxis(view, x, y, origin, part));
}

/** The place seen at pixel (x, y) on a plane through `point`; null where it is seen edge on. */
export function placeOnPlane(view, point, plane, x, y) {
  if (plane === "view" || point.length === 2) {
    return unproject(view, x, y, turnPoint(view, point)[2]);
  }
  const [u, v] = plane.map((d) => unitVector(point.length, d));
  return meetPlane(view, x, y, point, u, v);
}

/** The whole axis through the point, faint: the way that a dragged arrow can go. */
function drawGuide(ctx, view, point, d) {
  const ends = [-1, 1].map((sign) => {
    const end = [...point];
    end[d] = view.frame.centre[d] + sign * view.frame.half[d];
    return projectPoint(view, end);
  });
  ctx.globalAlpha = 0.5;
  ctx.strokeStyle = AXIS_COLOURS[d];
  ctx.lineWidth = 1.2;
  ctx.beginPath();
  for (const [x, y] of ends) ctx.lineTo(x, y);
  ctx.stroke();
}

/** Both halves of an arrow, on a rim in the background's colour, with the axis's name. */
function drawArrow(ctx, { d, low, high, alpha }, name, held, theme) {
  ctx.lineCap = ctx.lineJoin = "round";
  for (const [colour, rim, shade] of [[theme.background, 3, 0.85], [AXIS_COLOURS[d], 0, 1]]) {
    ctx.globalAlpha = alpha * shade;
    ctx.strokeStyle = ctx.fillStyle = colour;
    ctx.lineWidth = (held ? 4 : 2.5) + rim;
    for (const [from, tip] of [low, high]) shaft(ctx, from, tip);
    ctx.lineWidth = 1 + rim;
    for (const [from, tip] of [low, high]) head(ctx, from, tip);
  }
  const [[x0, y0], [x, y]] = high;
  const away = 16 / (Math.hypot(x - x0, y - y0) || 1);
  ctx.font = `700 12px ${theme.font}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  if (alpha > 0.5) haloText(ctx, name, x + (x - x0) * away, y + (y - y0) * away, theme);
}

function shaft(ctx, from, tip) {
  ctx.beginPath();
  ctx.moveTo(from[0], from[1]);
  ctx.lineTo(tip[0], tip[1]);
  ctx.stroke();
}

/** A filled triangle whose point is the tip. */
function head(ctx, from, tip) {
  const length = Math.hypot(tip[0] - from[0], tip[1] - from[1]) || 1;
  const [dx, dy] = [(tip[0] - from[0]) / length, (tip[1] - from[1]) / length];
  ctx.beginPath();
  for (const [along, across] of [[4, 0], [-ARROW.head + 4, 4.5], [-ARROW.head + 4, -4.5]]) {
    ctx.lineTo(tip[0] + dx * along - dy * across, tip[1] + dy * along + dx * across);
  }
  ctx.closePath();
  ctx.fill();
  ctx.stroke();
}
