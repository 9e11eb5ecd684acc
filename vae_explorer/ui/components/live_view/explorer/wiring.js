// What the slice and the overlays ask of the explorer, and tell it.
/** @import { Surroundings } from "./make_overlays.js" */
/** @import { ExplorerView } from "./explorer_view.js" */
/** @import { SliceActions } from "./slice_panel.js" */

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
    nearest: () => explorer.nearest.index,
    plane: () => explorer.slice.drawnPlane,
    move: (change) => place.shift(codes.lift(change)),
    drop: () => explorer.restSoon(),
    canvas: explorer.view.page.canvas,
  };
}
