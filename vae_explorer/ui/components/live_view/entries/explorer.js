// The component that holds a whole latent space: Streamlit's entry.
import { HELLO, MARK, PLACE, REST, listen, say } from "../../browser/channel.js";
import { ExplorerView } from "../explorer/explorer_view.js";
import { showExact, showMark } from "../explorer/wiring.js";
import { makeMounts } from "../../browser/mount.js";
import { unpack } from "../../browser/unpack.js";
import { WORKER_TEXT } from "../slice/worker_text.js";
/** @import { Parent } from "../../browser/channel.js" */
/** @import { PlaceData } from "./place_sync.js" */
/** @import { Answer } from "../explorer/structure.js" */
/** @import { News } from "../explorer/explorer_view.js" */
/** @import { Mark } from "../scene/marks.js" */

/** @typedef {{data: Uint8Array | null, asked: boolean, view: ExplorerView}} Mount */

/** @type {(parent: Parent, signal: AbortSignal) => Mount} */
function createExplorer(parent, signal) {
  /** @type {(news: News) => void} */
  const report = (news) => say(REST, { view: view.space.key, news });
  const view = new ExplorerView(parent, WORKER_TEXT, report);
  view.structure.answered = answered;
  const mount = { data: null, asked: false, view };
  /** @type {(detail: {view: string, place: PlaceData}) => void} */
  const hear = ({ view: key, place }) => {
    if (key !== view.space.key) return;
    view.setPlace(place);
    view.page.root.dataset.awaits = place.after ?? ""; // what owns the address until it has gone
    showExact(view, Boolean(place.exact));
    if (mount.asked) return;
    mount.asked = true; // only now: before, nobody may have been there to hear it
    if (!view.view.stack.hasWebgl2) report({ cannot: "webgl2" });
  };
  listen(PLACE, hear, signal);
  /** @type {(detail: {view: string, source: string, mark: Mark | null}) => void} */
  const hearMark = ({ view: key, source, mark }) => {
    if (key === view.space.key) showMark(view, source, mark);
  };
  listen(MARK, hearMark, signal);
  return mount;
}

/** What the server says, or null where it does not. @type {(question: string) => Promise<Answer | null>} */
async function answered(question) {
  try {
    const response = await fetch(question);
    return response.ok ? await response.json() : null;
  } catch {
    return null; // the server is away: Streamlit says so
  }
}

const onMount = makeMounts(createExplorer, ({ view }) => view.destroy());

/** @type {(given: {data: Uint8Array, parentElement: Parent}) => () => void} */
export default function mountExplorer({ data, parentElement }) {
  return onMount(parentElement, (mount) => {
    if (mount.data !== data) {
      mount.data = data;
      mount.view.setSpace(unpack(data));
      say(HELLO, { view: mount.view.space.key });
    }
    mount.view.updateTheme();
  });
}
