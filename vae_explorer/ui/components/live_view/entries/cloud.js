// The component that shows the cloud: Streamlit's entry. One view for each node of the page.
import { HELLO, MARK, listen, say } from "../../browser/channel.js";
import { makeMounts } from "../../browser/mount.js";
import { unpack } from "../../browser/unpack.js";
import { makePosterior } from "../overlays/ellipsoid.js";
import { makeMass } from "../overlays/mass.js";
import { CloudView } from "../scene/view.js";
/** @import { Parent } from "../../browser/channel.js" */
/** @import { Mark } from "../scene/marks.js" */

/** @typedef {{data: Uint8Array | null, click: (index: number) => void, view: CloudView}} Mount */

/** @type {(parent: Parent, signal: AbortSignal) => Mount} */
function createMount(parent, signal) {
  const view = new CloudView(parent, (index) => mount.click(index));
  /** @type {Mount} */
  const mount = { data: null, click: () => {}, view };
  const { marks } = view;
  view.overlays = [makeMass(() => marks.all.mass), makePosterior(() => marks.all.posterior)];
  /** @type {(detail: {view: string, source: string, mark: Mark | null}) => void} */
  const hear = ({ view: key, source, mark }) => {
    if (key === view.cloud.key) view.setMark(source, mark);
  };
  listen(MARK, hear, signal);
  return mount;
}

const onMount = makeMounts(createMount, ({ view }) => view.destroy());

/**
 * @type {(given: {data: Uint8Array, parentElement: Parent, setTriggerValue: (name: string,
 *   value: unknown) => void}) => () => void}
 */
export default function mountCloud({ data, parentElement, setTriggerValue }) {
  return onMount(parentElement, (mount) => {
    mount.click = (index) => setTriggerValue("click", index);
    if (mount.data !== data) {
      mount.data = data;
      const { arrays, ...header } = unpack(data);
      mount.view.setCloud({ ...header, points: arrays.points, labels: arrays.labels });
      say(HELLO, { view: mount.view.cloud.key });
    }
    mount.view.updateTheme();
  });
}
