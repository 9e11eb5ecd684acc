// The component that replays a training run: Streamlit's entry.
import { makeMounts } from "../../browser/mount.js";
import { ReplayView } from "../replay/replay_view.js";
import { unpack } from "../../browser/unpack.js";
/** @import { Parent } from "../../browser/channel.js" */
/** @import { Run } from "../replay/replay_view.js" */

/** @typedef {{data: Uint8Array | null, view: ReplayView}} Mount */

/** @type {(parent: Parent) => Mount} */
const create = (parent) => ({ data: null, view: new ReplayView(parent) });
const onMount = makeMounts(create, ({ view }) => view.destroy());

/** @type {(given: {data: Uint8Array, parentElement: Parent}) => () => void} */
export default function mountReplay({ data, parentElement }) {
  return onMount(parentElement, (mount) => {
    if (mount.data !== data) {
      mount.data = data;
      mount.view.setRun(unpack(data));
    }
    mount.view.updateTheme();
  });
}
