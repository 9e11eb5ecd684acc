// The component that plays walks: Streamlit's entry. Its blob holds
//   header: view (key of the cloud), steps, side, rare (density or null), milliseconds (a step at
//     normal speed), speeds, speed, pingPong, colours (of classes), routes: name, colour ("" is
//     that of text), and a value a step, or null: places (drawn), travelled, density, percent,
//     votes ([label, name, share])
//   arrays: frames (routes, steps, side, side)
import { HELLO, listen } from "../browser/channel.js";
import { makeMounts } from "../browser/mount.js";
import { unpack } from "../browser/unpack.js";
import { PlayerView } from "./player_view.js";

function createPlayer(parent, signal) {
  const mount = { data: null };
  mount.view = new PlayerView(parent, (pace) => mount.tell(pace));
  const greet = ({ view }) => view === mount.view.walks?.view && mount.view.show();
  listen(HELLO, greet, signal);
  return mount;
}

const onMount = makeMounts(createPlayer, ({ view }) => view.destroy());

export default function mountPlayer({ data, parentElement, setTriggerValue }) {
  return onMount(parentElement, (mount) => {
    mount.tell = (pace) => setTriggerValue("pace", pace);
    if (mount.data === data) return;
    mount.data = data;
    mount.view.setWalks(unpack(data));
  });
}
