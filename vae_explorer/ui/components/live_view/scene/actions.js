// What a person's input does to a view: input.js says what was meant, the view does it.
import { orbitBy, panBy, zoomAt } from "../geometry/camera.js";
import { ask } from "../overlays/overlays.js";
/** @import { Camera } from "../geometry/camera.js" */
/** @import { Actions } from "./input.js" */
/** @import { CloudView } from "./view.js" */

/** What input.js may ask for, done to a view. @type {(view: CloudView) => Actions} */
export function makeActions(view) {
  /** @type {(camera: Camera | null) => void} */
  const look = (camera) => {
    view.look(camera ?? view.start);
    view.group.turned(camera);
  };
  /** @type {(dx: number, dy: number) => void} */
  const pan = (dx, dy) => look(panBy(view.camera, dx, dy, view.size));
  return {
    turn: (dx, dy) => (view.cloud.dims === 2 ? pan(dx, dy) : look(orbitBy(view.camera, dx, dy))),
    pan,
    zoom: (factor, x = view.size.width / 2, y = view.size.height / 2) =>
      look(zoomAt(view.camera, factor, x, y, view.size)),
    reset: () => look(null),
    click: (x, y) => {
      const index = view.pick(x, y);
      if (index >= 0) view.onClick(index);
      else ask(view.overlays, (overlay) => overlay.press?.(view.view(), x, y));
    },
    grab: (x, y, touch) => {
      const { answer } = ask(view.overlays, (overlay) => overlay.grab?.(view.view(), x, y, touch));
      if (!answer) return null;
      return { move: (toX, toY) => answer.move(view.view(), toX, toY), drop: () => answer.drop() };
    },
    key: (key, shift) => Boolean(ask(view.overlays, (overlay) => overlay.key?.(key, shift)).answer),
    hover: (x, y) =>
      view.hover.at(x, y, ask(view.overlays, (overlay) => overlay.hint?.(view.view(), x, y))),
    leave: () => view.hover.leave(),
  };
}
