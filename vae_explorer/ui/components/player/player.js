// The component that plays walks: Streamlit's entry.
import { HELLO, listen } from "../browser/channel.js";
import { makeMounts } from "../browser/mount.js";
import { unpack } from "../browser/unpack.js";
import { PlayerView } from "./player_view.js";
/** @import { Parent } from "../browser/channel.js" */
/** @import { Pace } from "./player_view.js" */

/** @typedef {{data: Uint8Array | null, tell: (pace: Pace) => void, view: PlayerView}} Mount */

/** @type {(parent: Parent, signal: AbortSignal) => Mount} */
function createPlayer(parent, signal) {
  const view = new PlayerView(parent, (pace) => mount.tell(pace));
  /** @type {Mount} */
  const mount = { data: null, tell: () => {}, view };
  listen(HELLO, (hello) => hello.view === view.walks.view && view.show(), signal);
  return mount;
}

const onMount = makeMounts(createPlayer, ({ view }) => view.destroy());

/**
 * @type {(given: {data: Uint8Array, parentElement: Parent, setTriggerValue: (name: string,
 *   value: Pace) => void}) => () => void}
 */
export default function mountPlayer({ data, parentElement, setTriggerValue }) {
  return onMount(parentElement, (mount) => {
    mount.tell = (pace) => setTriggerValue("pace", pace);
    if (mount.data === data) return;
    mount.data = data;
    mount.view.setWalks(unpack(data));
  });
}
