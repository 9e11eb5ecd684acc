// The component that replays a training run: Streamlit's entry. Its blob holds
//   header: key, height, names, colours, axes as of a cloud; address and onto (see epochs.py),
//     epochs (in rising order), live (more will come), count (points), pictures, side
//   arrays: labels (count), originals (pictures, side, side)
import { makeMounts } from "../../browser/mount.js";
import { ReplayView } from "../replay/replay_view.js";
import { unpack } from "../../browser/unpack.js";

const create = (parent) => ({ data: null, view: new ReplayView(parent) });
const onMount = makeMounts(create, ({ view }) => view.destroy());

export default function mountReplay({ data, parentElement }) {
  return onMount(parentElement, (mount) => {
    if (mount.data !== data) {
      mount.data = data;
      mount.view.setRun(unpack(data));
    }
    mount.view.updateTheme();
  });
}
