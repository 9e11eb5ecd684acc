import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { defaultCamera } from "../../../vae_explorer/ui/components/live_view/geometry/camera.js";
import { Group } from "../../../vae_explorer/ui/components/live_view/scene/group.js";
import { CloudView } from "../../../vae_explorer/ui/components/live_view/scene/view.js";
import { recall, storageKey } from "../../../vae_explorer/ui/components/browser/view_storage.js";

const TURNED = { yaw: 1, pitch: 0.2, zoom: 3, panX: 0.1, panY: -0.1 };

beforeEach(() => {
  globalThis.document = new EventTarget();
});

/** A view that notes what its group asks of it. */
function makeView(group, { dims = 3, names = ["a", "b"], items = "" } = {}) {
  const start = defaultCamera(dims);
  const view = { cloud: { group, dims, names, items }, start, camera: start };
  view.hidden = names.map(() => false);
  view.look = (camera) => (view.camera = camera);
  view.setHidden = (change) => (view.hidden = view.hidden.map(change));
  view.ring = (index) => (view.ringed = index);
  view.controller = new AbortController();
  view.group = new Group(view, view.controller.signal);
  return view;
}

test("a turn reaches the views of the group and no other", () => {
  const [own, other, stranger, alone] = ["one", "one", "two", ""].map((name) => makeView(name));
  own.group.turned(TURNED);
  assert.deepEqual(other.camera, TURNED);
  for (const view of [own, stranger, alone]) assert.deepEqual(view.camera, defaultCamera(3));
});

test("each is turned as far as the others, from where it is seen at first", () => {
  const [own, other] = [makeView("one"), makeView("one")];
  other.start = other.camera = defaultCamera(3, { yaw: 2, pitch: 1.5 });
  const [turn, tilt] = [own.start.yaw + 0.5, own.start.pitch + 0.3];
  own.group.turned({ ...own.start, yaw: turn, pitch: tilt, zoom: 2 });
  const { yaw, pitch, zoom } = other.camera;
  assert.ok(Math.abs(yaw - 2.5) < 1e-9 && zoom === 2);
  assert.equal(pitch, Math.PI / 2); // no farther than from straight above
  own.group.turned(null);
  assert.deepEqual([own.camera, other.camera], [own.start, other.start]);
});

test("views without a group do not hear each other", () => {
  const [own, other] = [makeView(""), makeView("")];
  own.group.turned(TURNED);
  assert.deepEqual(other.camera, defaultCamera(3));
});

test("a plane takes zoom and shift of a solid, and goes back to its own start", () => {
  const [solid, plane] = [makeView("one"), makeView("one", { dims: 2 })];
  solid.group.turned(TURNED);
  const { yaw, pitch } = defaultCamera(2);
  assert.deepEqual(plane.camera, { ...TURNED, yaw, pitch });
  solid.group.turned(null);
  assert.deepEqual(plane.camera, defaultCamera(2));
});

test("classes are hidden by their names", () => {
  const [own, other] = [makeView("one"), makeView("one", { names: ["b", "c", "a"] })];
  own.group.hid(["a"]);
  assert.deepEqual(other.hidden, [false, false, true]);
  own.group.hid([]);
  assert.deepEqual(other.hidden, [false, false, false]);
});

test("an item is ringed where the same items are held", () => {
  const own = makeView("one", { items: "mnist/test" });
  const [same, others, unnamed] = ["mnist/test", "digits/test", ""].map((items) =>
    makeView("one", { items }),
  );
  own.group.hovered(7);
  assert.deepEqual([same.ringed, others.ringed, unnamed.ringed], [7, undefined, undefined]);
  unnamed.group.hovered(3);
  assert.equal(same.ringed, 7);
});

test("a view that is gone hears nothing", () => {
  const [own, gone] = [makeView("one"), makeView("one")];
  gone.controller.abort();
  own.group.turned(TURNED);
  assert.deepEqual(gone.camera, defaultCamera(3));
});

test("who joins amid a turn is seen as the others are", () => {
  const stored = new Map();
  globalThis.sessionStorage = {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, text) => stored.set(key, text),
  };
  const cloud = { group: "one", dims: 3, names: [], key: "a" };
  const view = Object.assign(Object.create(CloudView.prototype), { cloud, unsettle: () => {} });
  view.look(TURNED);
  assert.deepEqual(recall(storageKey({ ...cloud, key: "b" })).camera, TURNED);
});

test("those of a group are remembered alike, by their dimensions", () => {
  const own = { group: "one", dims: 3, key: "a" };
  assert.equal(storageKey({ ...own, group: "" }), "a");
  assert.equal(storageKey(own), storageKey({ ...own, key: "b" }));
  assert.notEqual(storageKey(own), storageKey({ ...own, dims: 2 }));
  assert.notEqual(storageKey(own), storageKey({ ...own, group: "", key: "one" }));
});
