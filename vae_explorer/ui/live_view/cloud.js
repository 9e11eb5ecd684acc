// The component that shows the cloud: Streamlit's entry. One view for each node of the page.
import { HELLO, MARK, listen, say } from "./channel.js";
import { unpack } from "./unpack.js";
import { CloudView } from "./scene/view.js";

const mounts = new WeakMap(); // parentElement -> {view, data, click, controller, calls}

function createMount(parent) {
  const mount = { data: null, calls: 0, controller: new AbortController() };
  mount.view = new CloudView(parent, (index) => mount.click(index));
  const hear = ({ view, source, mark }) =>
    view === mount.view.cloud?.key && mount.view.setMark(source, mark);
  listen(MARK, hear, mount.controller.signal);
  return mount;
}

/** Called again on the same node, without a clean-up, whenever the data or the theme change. */
export default function mountCloud({ data, parentElement, setTriggerValue }) {
  let mount = mounts.get(parentElement);
  if (!mount) mounts.set(parentElement, (mount = createMount(parentElement)));
  mount.click = (index) => setTriggerValue("click", index);
  if (mount.data !== data) {
    mount.data = data;
    const { arrays, ...header } = unpack(data);
    mount.view.setCloud({ ...header, points: arrays.points, labels: arrays.labels });
    say(HELLO, { view: mount.view.cloud.key });
  }
  mount.view.updateTheme();
  const call = ++mount.calls;
  return () => {
    if (call !== mount.calls) return; // a late clean-up of an older call: the view lives on
    mount.controller.abort();
    mount.view.destroy();
    mounts.delete(parentElement);
  };
}
