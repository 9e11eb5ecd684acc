// The component of a wall of pictures: Streamlit's entry.
import { HELLO, MODEL, listen } from "../browser/channel.js";
import { makeMounts } from "../browser/mount.js";
import { WallView } from "./wall_view.js";
/** @import { Parent } from "../browser/channel.js" */
/** @import { Tile } from "./dom.js" */
/** @import { LiveData } from "./live.js" */

/**
 * What Python says.
 * @typedef {object} WallData
 * @property {string} label what the wall is
 * @property {number | null} columns null: as many as there is room for
 * @property {string[]} heads what stands above each column
 * @property {number} size CSS pixels a side, at most
 * @property {{open: boolean, lock: boolean, again: boolean}} can what tiles offer
 * @property {Tile[]} tiles
 * @property {LiveData | null} live
 */

/** @typedef {"open" | "lock" | "again"} Act what can be done to a tile */
/** @typedef {{what: Act, tile: number} | {what: "temperature", value: number}} News */
/** @typedef {{data: WallData | null, tell: (news: News) => void, view: WallView}} Mount */

/** @type {(parent: Parent, signal: AbortSignal) => Mount} */
function createWall(parent, signal) {
  const view = new WallView(parent, (news) => mount.tell(news));
  /** @type {Mount} */
  const mount = { data: null, tell: () => {}, view };
  const live = () => mount.data?.live;
  listen(MODEL, ({ pad, model }) => pad === live()?.key && view.live.setModel(model), signal);
  listen(HELLO, (hello) => hello.view === live()?.view && view.mark(), signal);
  return mount;
}

const onMount = makeMounts(createWall, ({ view }) => view.destroy());

/**
 * @type {(given: {data: WallData, parentElement: Parent,
 *   setTriggerValue: (name: string, value: News) => void}) => () => void}
 */
export default function mountWall({ data, parentElement, setTriggerValue }) {
  return onMount(parentElement, (mount) => {
    mount.tell = (news) => setTriggerValue("did", news);
    if (mount.data === data) return;
    mount.data = data;
    mount.view.setData(data);
  });
}
