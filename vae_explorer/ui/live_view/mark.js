// The component without a picture: carries a few numbers from Python to the cloud named `view`.
// Its whole text travels with every change of the mark, so it stays short.
import { HELLO, MARK, REST, listen, say, takeNoSpace } from "./channel.js";

const SETTLE = 600; // milliseconds without a change, after which a point moved by hand is at rest
const marks = new WeakMap(); // parentElement -> {announce, data, controller, calls, timer}

function createMark(parent) {
  const mark = { data: null, calls: 0, controller: new AbortController() };
  mark.announce = (gone = false) =>
    say(MARK, { view: mark.data.view, source: mark.data.source, mark: gone ? null : mark.data });
  const answer = ({ view }) => view === mark.data.view && mark.announce();
  listen(HELLO, answer, mark.controller.signal);
  takeNoSpace(parent);
  return mark;
}

/** Say that the point has come to rest, once no further change follows. */
function settle(mark, delay) {
  clearTimeout(mark.timer);
  mark.timer = setTimeout(() => say(REST, { view: mark.data.view, news: {} }), delay);
}

/** Streamlit's entry: called again on the same node whenever the data or the theme change. */
export default function mountMark({ data, parentElement }) {
  let mark = marks.get(parentElement);
  if (!mark) marks.set(parentElement, (mark = createMark(parentElement)));
  const { data: before } = mark;
  if (before && before.view !== data.view) mark.announce(true);
  mark.data = data;
  mark.announce();
  if (before && before.moves !== data.moves) settle(mark, 0);
  else if (before && String(before.point) !== String(data.point)) settle(mark, SETTLE);
  const call = ++mark.calls;
  return () => {
    if (call !== mark.calls) return; // a late clean-up of an older call: the mark lives on
    mark.announce(true);
    mark.controller.abort();
    clearTimeout(mark.timer);
    marks.delete(parentElement);
  };
}
