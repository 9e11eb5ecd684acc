// The component that shows the cloud: Streamlit's entry. One view for each node of the page.
import { HELLO, MARK, listen, say } from "../../browser/channel.js";
import { makeMounts } from "../../browser/mount.js";
import { unpack } from "../../browser/unpack.js";
import { makePosterior } from "../overlays/ellipsoid.js";
import { CloudView } from "../scene/view.js";

function createMount(parent, signal) {
  const mount = { data: null };
  mount.view = new CloudView(parent, (index) => mount.click(index));
  mount.view.overlays = [makePosterior(() => mount.view.marks.all.posterior)];
  const hear = ({ view, source, mark }) =>
    view === mount.view.cloud?.key && mount.view.setMark(source, mark);
  listen(MARK, hear, signal);
  return mount;
}

const onMount = makeMounts(createMount, ({ view }) => view.destroy());

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
