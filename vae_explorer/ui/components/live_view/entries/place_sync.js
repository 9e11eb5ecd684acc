// The component without a picture that keeps a view's place and Python's in step: down it carries
// where Python is, up it reports where the view came to rest. Short, as it travels each time.
import { HELLO, MARK, PLACE, REST, listen, say, takeNoSpace } from "../../browser/channel.js";
import { makeMounts } from "../../browser/mount.js";
/** @import { Parent } from "../../browser/channel.js" */
/** @import { Brought } from "../../pipeline/follower.js" */

/**
 * @typedef {object} PlaceData
 * @property {string} view key of the view
 * @property {number[] | null} z (D,), null where sliders tell
 * @property {number} label
 * @property {number} moves by Python: the view travels to `z` when it has changed
 * @property {number[][] | null} [path] the way to take there
 * @property {string} model what the place belongs to
 * @property {Brought | null} [picture] that was encoded there, of the visitor's own
 * @property {boolean} [exact] whether the exact posterior is shown
 * @property {string} [after] key of the mark that is waited for, "" for none
 */

/**
 * @typedef {object} Mount
 * @property {PlaceData | null} data
 * @property {boolean} marked whether the mark that is waited for stands
 * @property {() => void} announce
 * @property {(news: object) => void} report
 */

/** @type {(parent: Parent, signal: AbortSignal) => Mount} */
function createPlaceSync(parent, signal) {
  /** @type {Mount} */
  const sync = {
    data: null,
    marked: false,
    announce: () => sync.data && say(PLACE, { view: sync.data.view, place: sync.data }),
    report: () => {},
  };
  /** @type {(act: (detail: any) => void) => (detail: {view: string}) => void} */
  const ofThisView = (act) => (detail) => {
    if (detail.view === sync.data?.view) act(detail);
  };
  listen(HELLO, ofThisView(() => sync.announce()), signal);
  listen(REST, ofThisView(({ news }) => sync.report(news)), signal);
  const awaited = (/** @type {string} */ source) => source === sync.data?.after;
  listen(MARK, ofThisView(({ source, mark }) => awaited(source) && hear(sync, mark)), signal);
  takeNoSpace(parent);
  return sync;
}

/**
 * The mark that is waited for has announced itself, or has gone.
 * @type {(sync: Mount, mark: object | null) => void}
 */
function hear(sync, mark) {
  sync.marked = mark !== null;
  if (!sync.marked) sync.report({});
}

/**
 * Report once the mark has gone: now where no such mark answers.
 * @type {(sync: Mount, view: string) => void}
 */
function waitForMark(sync, view) {
  sync.marked = false;
  say(HELLO, { view });
  if (!sync.marked) sync.report({});
}

const onMount = makeMounts(createPlaceSync);

/**
 * @type {(given: {data: PlaceData, parentElement: Parent, setTriggerValue: (name: string,
 *   value: unknown) => void}) => () => void}
 */
export default function mountPlaceSync({ data, parentElement, setTriggerValue }) {
  return onMount(parentElement, (sync) => {
    sync.report = (news) => setTriggerValue("rested", news);
    const changed = sync.data !== data;
    sync.data = data;
    if (changed && data.after) waitForMark(sync, data.view);
    sync.announce();
  });
}
