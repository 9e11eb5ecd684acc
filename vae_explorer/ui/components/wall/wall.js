// The component of a wall of pictures: Streamlit's entry. What Python says: label, columns, heads,
// size, can (what tiles offer), tiles, and live (see live.js) or null. What it is told: did, with
// {what: "open" | "lock" | "again", tile} or {what: "heat", value}.
import { HELLO, MODEL, listen } from "../browser/channel.js";
import { makeMounts } from "../browser/mount.js";
import { WallView } from "./wall_view.js";

function createWall(parent, signal) {
  const mount = {};
  mount.view = new WallView(parent, (news) => mount.tell(news));
  const { view } = mount;
  listen(MODEL, ({ pad, model }) => pad === view.data?.live?.key && view.live.setModel(model), signal);
  listen(HELLO, (hello) => hello.view === view.data?.live?.view && view.mark(), signal);
  return mount;
}

const onMount = makeMounts(createWall, ({ view }) => view.destroy());

export default function mountWall({ data, parentElement, setTriggerValue }) {
  return onMount(parentElement, (mount) => {
    mount.tell = (news) => setTriggerValue("did", news);
    if (mount.data === data) return;
    mount.data = data;
    mount.view.setData(data);
  });
}
