// What slice, overlays and the exact posterior ask of the explorer, and tell it.
import { isCalm } from "../../browser/dom.js";
import { closeUp } from "../geometry/close_up.js";
import { fillSwitches, fillWays } from "./dom.js";
/** @import { Surroundings } from "./make_overlays.js" */
/** @import { ExplorerView } from "./explorer_view.js" */
/** @import { Mark, Way } from "../scene/marks.js" */
/** @import { SliceActions } from "./slice_panel.js" */

export const EXACT = "exact"; // key of the switch that Python answers

/** @type {(explorer: ExplorerView) => SliceActions} */
export function sliceActions(explorer) {
  const direction = (/** @type {number} */ row) => {
    const { rotation } = explorer.view.view();
    return explorer.codes.lift(rotation.slice(row, row + explorer.space.dims));
  };
  return {
    screen: () => [direction(0), direction(3)],
    place: () => explorer.place.z.slice(),
    move: (z) => explorer.place.set(z),
    drop: () => explorer.rest(),
    dropSoon: () => explorer.restSoon(),
    choose: () => {
      explorer.rememberChoices();
      explorer.request();
    },
  };
}

/** @type {(explorer: ExplorerView) => Surroundings} */
export function surroundings(explorer) {
  const { trail, codes, place } = explorer;
  return {
    trail,
    isOn: (key) => explorer.on.has(key),
    at: () => explorer.drawn,
    mass: () => explorer.view.marks.all.mass,
    nearest: () => explorer.nearest.index,
    plane: () => explorer.slice.drawnPlane,
    move: (change) => place.shift(codes.lift(change)),
    drop: () => explorer.restSoon(),
    canvas: explorer.view.page.canvas,
  };
}

/**
 * Python holds the switch of the exact posterior: show it as it is there.
 * @type {(explorer: ExplorerView, on: boolean) => void}
 */
export function showExact(explorer, on) {
  const { page, space } = explorer;
  if (explorer.on.has(EXACT) === on) return;
  if (on) explorer.on.add(EXACT);
  else explorer.on.delete(EXACT);
  fillSwitches(page.switches, space.switches, explorer.on, (key, now) => explorer.toggle(key, now));
}

/**
 * Hold what Python marks in the cloud, but for the cursor, and offer the ways to its places.
 * @type {(explorer: ExplorerView, source: string, mark: Mark | null) => void}
 */
export function showMark(explorer, source, mark) {
  const { view, page, place } = explorer;
  view.setMark(source, mark && { ...mark, point: null });
  /** @type {(way: Way) => void} */
  const go = ({ z }) => {
    if (!z) {
      const { look } = view.marks.all;
      if (look) view.look(closeUp(view.frame, view.camera, view.size, look));
      return;
    }
    if (isCalm()) {
      place.set(z);
      explorer.rest();
      return;
    }
    explorer.walking = true; // tell Python on arrival
    place.travel([z], performance.now());
  };
  fillWays(page.ways, view.marks.all.ways ?? [], go);
}
