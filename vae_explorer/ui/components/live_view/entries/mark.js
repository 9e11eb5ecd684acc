// The component without a picture: carries a few numbers from Python to the cloud named `view`.
// Its whole text travels with every change of the mark, so it stays short.
import { HELLO, MARK, REST, listen, say, takeNoSpace } from "../../browser/channel.js";
import { makeMounts } from "../../browser/mount.js";

const SETTLE = 600; // milliseconds without a change, after which a point moved by hand is at rest

function createMark(parent, signal) {
  const mark = { data: null };
  mark.announce = (gone = false) =>
    say(MARK, { view: mark.data.view, source: mark.data.source, mark: gone ? null : mark.data });
  const answer = ({ view }) => view === mark.data.view && mark.announce();
  listen(HELLO, answer, signal);
  takeNoSpace(parent);
  return mark;
}

/** Say that the point has come to rest, once no further change follows. */
function settle(mark, delay) {
  clearTimeout(mark.timer);
  mark.timer = setTimeout(() => say(REST, { view: mark.data.view, news: {} }), delay);
}

const onMount = makeMounts(createMark, (mark) => {
  mark.announce(true);
  say(HELLO, { view: mark.data.view }); // one that stands in for it may be here already
  clearTimeout(mark.timer);
});

export default function mountMark({ data, parentElement }) {
  return onMount(parentElement, (mark) => {
    const { data: before } = mark;
    if (before && before.view !== data.view) mark.announce(true);
    mark.data = data;
    mark.announce();
    if (before && before.moves !== data.moves) settle(mark, 0);
    else if (before && String(before.point) !== String(data.point)) settle(mark, SETTLE);
  });
}
