// Views of one group: they are turned together, each from where it is seen at first, show the same classes, and where they hold the same
// items the one hovered has a ring in all of them.
import { listen, say } from "../../browser/channel.js";
import { carriedOver } from "../geometry/camera.js";
/** @import { Camera } from "../geometry/camera.js" */
/** @import { CloudView } from "./view.js" */

const LOOK = "vae-explorer:look"; // detail: GroupNews

/**
 * @typedef {object} GroupNews one of the last three, or none: nothing but who says it
 * @property {string} group
 * @property {object} from the view that says it
 * @property {Camera | null} [camera] null: the first one again
 * @property {number} [dims] of the view, with its camera
 * @property {Camera} [start] its first one
 * @property {string[]} [hidden] names of classes
 * @property {number} [index] the item hovered, -1 for none
 * @property {string} [items] what `index` counts
 */

export class Group {
  /**
   * @param {CloudView} view whose `cloud` names its group, or "" for none
   * @param {AbortSignal} signal
   */
  constructor(view, signal) {
    this.view = view;
    /** @type {(news: GroupNews) => boolean} */
    const isOfGroup = ({ group, from }) =>
      from !== view && Boolean(group) && group === view.cloud?.group;
    listen(LOOK, (news) => isOfGroup(news) && this.hear(news), signal);
  }

  /**
   * The view is seen by another camera; null: by its first one again.
   * @type {(camera: Camera | null) => void}
   */
  turned(camera) {
    this.tell({ camera, dims: this.view.cloud.dims, start: this.view.start });
  }

  /** Classes of these names are hidden. @type {(hidden: string[]) => void} */
  hid(hidden) {
    this.tell({ hidden });
  }

  /** The pointer is on this item, or with -1 on none. @type {(index: number) => void} */
  hovered(index) {
    this.tell({ index, items: this.view.cloud.items });
  }

  /** @type {(news: Partial<GroupNews>) => void} */
  tell(news) {
    const group = this.view.cloud?.group;
    if (group) say(LOOK, { group, from: this.view, ...news });
  }

  /** @type {(news: GroupNews) => void} */
  hear({ camera, dims, start, hidden, index, items }) {
    const { view } = this;
    if (dims && start) {
      const own = { dims: view.cloud.dims, start: view.start, camera: view.camera };
      view.look(carriedOver(camera ?? null, { dims, start }, own));
    }
    if (hidden) view.setHidden((_, label) => hidden.includes(view.cloud.names[label]));
    if (items && items === view.cloud.items) view.ring(index ?? -1);
  }
}
