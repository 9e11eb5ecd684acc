// The component that holds a whole latent space: Streamlit's entry. Its blob is that of a cloud and
//   header: model (what a place belongs to), latent (D), ranges and core ([low, high] by coordinate),
//     linear, typical, decoder (spec), originals (address or ""), shells ([{radius, name}]), density
//     (see density.js) or none
//   arrays: axes (D, dims) and centre (D) of the drawing; mu (N, D) where points are not the codes;
//     sigma (N, D); density; decoder.*
import { HELLO, PLACE, REST, listen, say } from "../../browser/channel.js";
import { ExplorerView } from "../explorer/explorer_view.js";
import { makeMounts } from "../../browser/mount.js";
import { unpack } from "../../browser/unpack.js";
import { WORKER_TEXT } from "../slice/worker_text.js";

function createExplorer(parent, signal) {
  const mount = { data: null, asked: false };
  const report = (news) => say(REST, { view: mount.view.space.key, news });
  mount.view = new ExplorerView(parent, WORKER_TEXT, report);
  const hear = ({ view, place }) => {
    if (view !== mount.view.space?.key) return;
    mount.view.setPlace(place);
    if (mount.asked) return;
    mount.asked = true; // only now: before, nobody may have been there to hear it
    if (!mount.view.view.stack.hasWebgl2) mount.view.report({ cannot: "webgl2" });
  };
  listen(PLACE, hear, signal);
  return mount;
}

const onMount = makeMounts(createExplorer, ({ view }) => view.destroy());

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
