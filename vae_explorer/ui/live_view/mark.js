// The component without a picture: carries a few numbers from Python to the cloud named `view`.
// Its whole text travels with every change of the mark, so it stays short.
import { HELLO, MARK, listen, say } from "./channel.js";

const marks = new WeakMap(); // parentElement -> {announce, data, controller, calls}

/** Streamlit lays elements out with a gap: step out of the flow so that none is left here. */
function takeNoSpace(parent) {
  const box = (parent.host ?? parent).closest('[data-testid="stElementContainer"]');
  if (box) box.style.position = "absolute";
}

function createMark(parent) {
  const mark = { data: null, calls: 0, controller: new AbortController() };
  mark.announce = (gone = false) =>
    say(MARK, { view: mark.data.view, source: mark.data.source, mark: gone ? null : mark.data });
  const answer = ({ view }) => view === mark.data.view && mark.announce();
  listen(HELLO, answer, mark.controller.signal);
  takeNoSpace(parent);
  return mark;
}

/** Streamlit's entry: called again on the same node whenever the data or the theme change. */
export default function mountMark({ data, parentElement }) {
  let mark = marks.get(parentElement);
  if (!mark) marks.set(parentElement, (mark = createMark(parentElement)));
  if (mark.data && mark.data.view !== data.view) mark.announce(true);
  mark.data = data;
  mark.announce();
  const call = ++mark.calls;
  return () => {
    if (call !== mark.calls) return; // a late clean-up of an older call: the mark lives on
    mark.announce(true);
    mark.controller.abort();
    marks.delete(parentElement);
  };
}
