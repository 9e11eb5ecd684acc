// The component that holds a whole latent space: Streamlit's entry. Its blob is that of a cloud and
//   header: latent (D), ranges and core ([low, high] by coordinate), linear, typical, decoder (spec),
//     originals (address or ""), shells ([{radius, name}]), density (see density.js) or none
//   arrays: axes (D, dims) and centre (D) of the drawing; mu (N, D) where points are not the codes;
//     sigma (N, D); density; decoder.*
import { HELLO, PLACE, REST, listen, say } from "./channel.js";
import { ExplorerView } from "./explorer/explorer_view.js";
import { unpack } from "./unpack.js";
import { WORKER_TEXT } from "./decoder/worker_text.js";

const explorers = new WeakMap(); // parentElement -> {view, data, controller, calls}

function createExplorer(parent) {
  const mount = { data: null, calls: 0, asked: false, controller: new AbortController() };
  const report = (news) => say(REST, { view: mount.view.space.key, news });
  mount.view = new ExplorerView(parent, WORKER_TEXT, report);
  const hear = ({ view, place }) => {
    if (view !== mount.view.space?.key) return;
    mount.view.setPlace(place);
    if (mount.asked) return;
    mount.asked = true; // only now: before, nobody may have been there to hear it
    if (!mount.view.view.stack.hasWebgl2) mount.view.report({ cannot: "webgl2" });
  };
  listen(PLACE, hear, mount.controller.signal);
  return mount;
}

/** Called again on the same node, without a clean-up, whenever the data or the theme change. */
export default function mountExplorer({ data, parentElement }) {
  let mount = explorers.get(parentElement);
  if (!mount) explorers.set(parentElement, (mount = createExplorer(parentElement)));
  if (mount.data !== data) {
    mount.data = data;
    mount.view.setSpace(unpack(data));
    say(HELLO, { view: mount.view.space.key });
  }
  mount.view.updateTheme();
  const call = ++mount.calls;
  return () => {
    if (call !== mount.calls) return; // a late clean-up of an older call: the view lives on
    mount.controller.abort();
    mount.view.destroy();
    explorers.delete(parentElement);
  };
}
