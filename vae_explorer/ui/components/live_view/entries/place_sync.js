// The component without a picture that keeps a view's place and Python's in step: down it carries
// where Python is, up it reports where the view came to rest. Short, as it travels each time.
import { HELLO, MARK, PLACE, REST, listen, say, takeNoSpace } from "../../browser/channel.js";
import { makeMounts } from "../../browser/mount.js";

function createPlaceSync(parent, signal) {
  const sync = {};
  sync.announce = () => say(PLACE, { view: sync.data.view, place: sync.data });
  const mine = (act) => (detail) => detail.view === sync.data.view && act(detail);
  listen(HELLO, mine(() => sync.announce()), signal);
  listen(REST, mine(({ news }) => sync.report(news)), signal);
  listen(MARK, mine(({ source, mark }) => source === sync.data.after && hear(sync, mark)), signal);
  takeNoSpace(parent);
  return sync;
}

/** The mark that is waited for has announced itself, or has gone. */
function hear(sync, mark) {
  sync.marked = mark !== null;
  if (!sync.marked) sync.report({});
}

/** Report once the mark has gone: now where no such mark answers. */
function waitForMark(sync) {
  sync.marked = false;
  say(HELLO, { view: sync.data.view });
  if (!sync.marked) sync.report({});
}

const onMount = makeMounts(createPlaceSync);

export default function mountPlaceSync({ data, parentElement, setTriggerValue }) {
  return onMount(parentElement, (sync) => {
    sync.report = (news) => setTriggerValue("rested", news);
    const changed = sync.data !== data;
    sync.data = data;
    if (changed && data.after) waitForMark(sync);
    sync.announce();
  });
}
