// The component without a picture that ties a view to what follows from its place: down it carries
// where Python is, up it reports where the view came to rest. Short, as it travels each time.
import { HELLO, PLACE, REST, listen, say, takeNoSpace } from "../../browser/channel.js";
import { makeMounts } from "../../browser/mount.js";

function createWire(parent, signal) {
  const wire = {};
  wire.announce = () => say(PLACE, { view: wire.data.view, place: wire.data });
  const mine = (act) => (detail) => detail.view === wire.data.view && act(detail);
  listen(HELLO, mine(() => wire.announce()), signal);
  listen(REST, mine(({ news }) => wire.report("rested", news)), signal);
  takeNoSpace(parent);
  return wire;
}

const LOOK = 100; // milliseconds

/** Act once nothing on the page matches a selector, and what followed from that has happened. */
function whenGone(selector, act) {
  const there = document.querySelector(selector);
  setTimeout(there ? () => whenGone(selector, act) : act, LOOK);
}

const onMount = makeMounts(createWire);

export default function mountWire({ data, parentElement, setTriggerValue }) {
  return onMount(parentElement, (wire) => {
    wire.report = setTriggerValue;
    if (data.after && wire.data !== data) whenGone(data.after, () => wire.report("rested", {}));
    wire.data = data;
    wire.announce();
  });
}
