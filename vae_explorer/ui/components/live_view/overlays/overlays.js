// What others lay under and over the points: painted in the order of a list, asked from its end.
/** @import { Theme } from "../../browser/dom.js" */
/** @import { View } from "../geometry/geometry.js" */
/** @import { Box } from "../geometry/name_places.js" */

/**
 * @typedef {(ctx: CanvasRenderingContext2D, view: View, theme: Theme) => void} Paint
 * @typedef {{move: (view: View, x: number, y: number) => void, drop: () => void}} Drag
 */

/**
 * @typedef {object} Overlay with any of
 * @property {Paint} [under]
 * @property {Paint} [over]
 * @property {(view: View) => Box[]} [covers] what has to be seen: names keep off it
 * @property {(view: View, x: number, y: number, touch: boolean) => Drag | null} [grab] a press here
 *   is the overlay's
 * @property {(view: View, x: number, y: number) => string | null} [hint] a CSS cursor, while
 *   hovering
 * @property {(view: View, x: number, y: number) => boolean} [press] a click that hit no point;
 *   true:
 *   used
 * @property {(key: string, shift: boolean) => boolean} [key] true: used, the camera does not get it
 */

/**
 * The first answer that is not nothing, and the overlay that gave it.
 * @template A
 * @param {Overlay[]} overlays
 * @param {(overlay: Overlay) => A | undefined} question
 * @returns {{answer: A | null, overlay: Overlay | null}}
 */
export function ask(overlays, question) {
  for (const overlay of overlays.toReversed()) {
    const answer = question(overlay);
    if (answer) return { answer, overlay };
  }
  return { answer: null, overlay: null };
}

/**
 * Paint all overlays' `under` or `over`, each with a context as it found it.
 * @param {Overlay[]} overlays
 * @param {"under" | "over"} name
 * @param {Parameters<Paint>} given
 */
export function paintOverlays(overlays, name, ...given) {
  const [ctx] = given;
  for (const overlay of overlays) {
    if (!overlay[name]) continue;
    ctx.save();
    overlay[name](...given);
    ctx.restore();
  }
}
