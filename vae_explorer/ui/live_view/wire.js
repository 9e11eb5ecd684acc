// The component without a picture that ties a view to what follows from its place: down it carries
// where Python is, up it reports where the view came to rest. Short, as it travels each time.
import { HELLO, PLACE, REST, listen, say, takeNoSpace } from "./channel.js";

const wires = new WeakMap(); // parentElement -> {announce, data, report, controller, calls}

function createWire(parent) {
  const wire = { calls: 0, controller: new AbortController() };
  wire.announce = () => say(PLACE, { view: wire.data.view, place: wire.data });
  const mine = (act) => (detail) => detail.view === wire.data.view && act(detail);
  listen(HELLO, mine(() => wire.announce()), wire.controller.signal);
  listen(REST, mine(({ news }) => wire.report("rested", news)), wire.controller.signal);
  takeNoSpace(parent);
  return wire;
}

/** Streamlit's entry: called again on the same node whenever the data or the theme change. */
export default function mountWire({ data, parentElement, setTriggerValue }) {
  let wire = wires.get(parentElement);
  if (!wire) wires.set(parentElement, (wire = createWire(parentElement)));
  wire.report = setTriggerValue;
  if (data.again && wire.data !== data) wire.report("rested", {});
  wire.data = data;
  wire.announce();
  const call = ++wire.calls;
  return () => {
    if (call !== wire.calls) return; // a late clean-up of an older call: the wire lives on
    wire.controller.abort();
    wires.delete(parentElement);
  };
}
