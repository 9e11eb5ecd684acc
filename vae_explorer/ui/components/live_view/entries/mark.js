// The component without a picture: carries a few numbers from Python to the cloud named `view`.
// Its whole text travels with every change of the mark, so it stays short.
import { HELLO, MARK, REST, listen, say, takeNoSpace } from "../../browser/channel.js";
import { makeMounts } from "../../browser/mount.js";
/** @import { Parent } from "../../browser/channel.js" */
/** @import { Mark } from "../scene/marks.js" */

/** @typedef {Mark & {view: string, source: string, moves: number}} MarkData */

/**
 * @typedef {object} Mount
 * @property {MarkData | null} data
 * @property {number} [timer]
 * @property {(gone?: boolean) => void} announce
 */

const SETTLE = 600; // milliseconds without a change, after which a point moved by hand is at rest

/** @type {(parent: Parent, signal: AbortSignal) => Mount} */
function createMark(parent, signal) {
  /** @type {Mount} */
  const mount = {
    data: null,
    announce: (gone = false) => {
      if (!mount.data) return;
      const { view, source } = mount.data;
      say(MARK, { view, source, mark: gone ? null : mount.data });
    },
  };
  listen(HELLO, ({ view }) => view === mount.data?.view && mount.announce(), signal);
  takeNoSpace(parent);
  return mount;
}

/**
 * Say that the point has come to rest, once no further change follows.
 * @type {(mount: Mount, delay: number) => void}
 */
function settle(mount, delay) {
  clearTimeout(mount.timer);
  mount.timer = setTimeout(() => say(REST, { view: mount.data?.view, news: {} }), delay);
}

const onMount = makeMounts(createMark, (mount) => {
  mount.announce(true);
  say(HELLO, { view: mount.data?.view }); // one that stands in for it may be here already
  clearTimeout(mount.timer);
});

/** @type {(given: {data: MarkData, parentElement: Parent}) => () => void} */
export default function mountMark({ data, parentElement }) {
  return onMount(parentElement, (mount) => {
    const { data: before } = mount;
    if (before && before.view !== data.view) mount.announce(true);
    mount.data = data;
    mount.announce();
    if (before && before.moves !== data.moves) settle(mount, 0);
    else if (before && String(before.point) !== String(data.point)) settle(mount, SETTLE);
  });
}
