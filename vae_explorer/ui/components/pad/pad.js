// The component to draw a digit on: Streamlit's entry.
import { HELLO, MODEL, PICTURE, listen, say } from "../browser/channel.js";
import { makeMounts } from "../browser/mount.js";
import { attachDrop } from "./drop.js";
import { PadView } from "./pad_view.js";
/** @import { Parent } from "../browser/channel.js" */
/** @import { Drawn } from "./pad_view.js" */
/** @import { Answer } from "./results.js" */
/** @import { Standard } from "./strokes/prepare.js" */

/**
 * What Python says.
 * @typedef {object} PadData
 * @property {string} key
 * @property {number} label class number for a conditional model
 * @property {string | null} mark key of the cloud in which the code is marked
 * @property {number} stamp of the drawing that Python has, 0 for none
 * @property {Standard} standard how the model sees drawings
 * @property {"browser" | "server" | ""} by who reconstructs
 * @property {Answer | null} [answer] where the server does
 */

/** @typedef {{data: PadData | null, tell: (drawn: Drawn) => void, view: PadView}} Mount */

/** @type {(parent: Parent, signal: AbortSignal) => Mount} */
function createPad(parent, signal) {
  const view = new PadView(parent, (drawn) => mount.tell(drawn));
  /** @type {Mount} */
  const mount = { data: null, tell: () => {}, view };
  listen(MODEL, ({ pad, model }) => pad === mount.data?.key && view.setModel(model), signal);
  listen(HELLO, (hello) => hello.view === mount.data?.mark && view.show(), signal);
  attachDrop(view.page.paper, (file) => say(PICTURE, { file }), signal);
  return mount;
}

const onMount = makeMounts(createPad, ({ view }) => view.destroy());

/**
 * @type {(given: {data: PadData, parentElement: Parent,
 *   setTriggerValue: (name: string, value: Drawn) => void}) => () => void}
 */
export default function mountPad({ data, parentElement, setTriggerValue }) {
  return onMount(parentElement, (mount) => {
    mount.tell = (drawn) => setTriggerValue("drawn", drawn);
    mount.view.updateTheme();
    if (mount.data === data) return;
    mount.data = data;
    mount.view.setData(data);
  });
}
