// The component to draw a digit on: Streamlit's entry. What Python says: key, label, mark (key of a
// cloud, or null), known (stamp of the drawing that Python has, 0 for none), standard (see
// prepare.js), by (who reconstructs: "browser", "server" or ""), and where the server does, answer
// ({stamp, picture, point} or null). What it is told: see pad_view.js.
import { HELLO, MODEL, PICTURE, listen, say } from "../browser/channel.js";
import { makeMounts } from "../browser/mount.js";
import { attachDrop } from "./drop.js";
import { PadView } from "./pad_view.js";

function createPad(parent, signal) {
  const mount = {};
  mount.view = new PadView(parent, (news) => mount.tell(news));
  const { view } = mount;
  listen(MODEL, ({ pad, model }) => pad === view.data?.key && view.setModel(model), signal);
  listen(HELLO, (hello) => hello.view === view.data?.mark && view.show(), signal);
  attachDrop(view.page.paper, (file) => say(PICTURE, { file }), signal);
  return mount;
}

const onMount = makeMounts(createPad, ({ view }) => view.destroy());

export default function mountPad({ data, parentElement, setTriggerValue }) {
  return onMount(parentElement, (mount) => {
    mount.tell = (news) => setTriggerValue("drawn", news);
    mount.view.updateTheme();
    if (mount.data === data) return;
    mount.data = data;
    mount.view.setData(data);
  });
}
