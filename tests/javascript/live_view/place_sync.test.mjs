import assert from "node:assert/strict";
import { test } from "node:test";
import { HELLO, PLACE, REST, listen, say } from "../../../vae_explorer/ui/components/browser/channel.js";
import mountMark from "../../../vae_explorer/ui/components/live_view/entries/mark.js";
import mountPlaceSync from "../../../vae_explorer/ui/components/live_view/entries/place_sync.js";

/** A page on which a mark and a place_sync stand; what is reported to Python is kept. */
function page() {
  globalThis.document = new EventTarget();
  const parent = () => ({ closest: () => null });
  const [markParent, syncParent] = [parent(), parent()];
  const reports = [];
  const setTriggerValue = (name, news) => reports.push([name, news]);
  const data = { view: "a", source: "sliders", point: null, moves: 0, target: [] };
  return {
    reports,
    mark: (source = "sliders") =>
      mountMark({ data: { ...data, source }, parentElement: markParent }),
    sync: (data) => mountPlaceSync({ data, parentElement: syncParent, setTriggerValue }),
  };
}

test("a place that came to rest is reported, of the own view only", () => {
  const { reports, sync } = page();
  sync({ view: "a", after: "" });
  say(REST, { view: "b", news: { z: [1] } });
  say(REST, { view: "a", news: { z: [2] } });
  assert.deepEqual(reports, [["rested", { z: [2] }]]);
});

test("a view that appears is told where Python is", () => {
  const { sync } = page();
  const places = [];
  sync({ view: "a", z: [1, 2], after: "" });
  listen(PLACE, ({ place }) => places.push(place.z));
  say(HELLO, { view: "b" });
  say(HELLO, { view: "a" });
  assert.deepEqual(places, [[1, 2]]);
});

test("what waits for a mark is reported when that has gone, and once", () => {
  const { reports, mark, sync } = page();
  const remove = mark();
  const data = { view: "a", after: "sliders" };
  sync(data);
  sync(data); // the theme has changed
  assert.deepEqual(reports, []);
  remove();
  assert.deepEqual(reports, [["rested", {}]]);
  sync({ view: "a", after: "" });
  mark()();
  assert.equal(reports.length, 1);
});

test("where no such mark stands nothing is waited for", () => {
  const { reports, mark, sync } = page();
  mark("another");
  sync({ view: "a", after: "sliders" });
  assert.deepEqual(reports, [["rested", {}]]);
});
