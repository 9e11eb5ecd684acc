// Views of one group: they are turned together, show the same classes, and where they hold the same
// items the one hovered has a ring in all of them.
import { listen, say } from "../../browser/channel.js";
import { carriedOver } from "../geometry/camera.js";

const LOOK = "vae-explorer:look"; // detail: {group, from, what one of the methods below tells}

export class Group {
  /** @param {CloudView} view whose `cloud` names its group, or "" for none */
  constructor(view, signal) {
    this.view = view;
    const mine = ({ group, from }) => from !== view && group && group === view.cloud?.group;
    listen(LOOK, (news) => mine(news) && this.hear(news), signal);
  }

  /** The view is seen by another camera; null: by its first one again. */
  turned(camera) {
    this.tell({ camera, dims: this.view.cloud.dims });
  }

  /** Classes of these names are hidden. */
  hid(hidden) {
    this.tell({ hidden });
  }

  /** The pointer is on this item, or with -1 on none. */
  hovered(index) {
    this.tell({ index, items: this.view.cloud.items });
  }

  tell(news) {
    const group = this.view.cloud?.group;
    if (group) say(LOOK, { group, from: this.view, ...news });
  }

  hear({ camera, dims, hidden, index, items }) {
    const { view } = this;
    if (dims) view.look(carriedOver(camera, dims, view.camera, view.cloud.dims));
    if (hidden) view.setHidden((_, label) => hidden.includes(view.cloud.names[label]));
    if (items && items === view.cloud.items) view.ring(index);
  }
}
