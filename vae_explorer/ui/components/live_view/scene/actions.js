// What a person's input does to a view: input.js says what was meant, the view does it.
import { defaultCamera, orbitBy, panBy, zoomAt } from "../geometry/camera.js";
import { ask } from "../overlays/overlays.js";

/** What input.js may ask for, done to a CloudView. */
export function makeActions(view) {
  const look = (camera) => {
    view.look(camera ?? defaultCamera(view.cloud.dims));
    view.group.turned(camera);
  };
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
      else ask(view.overlays, "press", view.view(), x, y);
    },
    grab: (x, y, touch) => {
      const { answer } = ask(view.overlays, "grab", view.view(), x, y, touch);
      const move = (...at) => answer.move(view.view(), ...at);
      return answer && { move, drop: () => answer.drop() };
    },
    key: (key, shift) => ask(view.overlays, "key", key, shift).answer,
    hover: (x, y) => view.hover.at(x, y, ask(view.overlays, "hint", view.view(), x, y)),
    leave: () => view.hover.leave(),
  };
}
