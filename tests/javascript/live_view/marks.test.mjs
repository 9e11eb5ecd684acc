import assert from "node:assert/strict";
import { test } from "node:test";
import { Marks } from "../../../vae_explorer/ui/components/live_view/scene/marks.js";

globalThis.matchMedia = () => ({ matches: true }); // nothing travels

const POSTERIOR = { centre: [1, 2], covariance: [1, 0, 0, 4] };

test("of several points and posteriors the latest counts, whoever announced it", () => {
  const marks = new Marks();
  assert.equal(marks.all.posterior, null);
  marks.set("pad", { point: [1, 2], posterior: null });
  marks.set("page", { point: null, posterior: POSTERIOR });
  assert.deepEqual(marks.all.point, [1, 2]);
  assert.deepEqual(marks.all.posterior, POSTERIOR);
  const refined = { ...POSTERIOR, centre: [0, 0] };
  marks.set("refined", { posterior: refined });
  assert.deepEqual(marks.all.posterior, refined);
});

test("a posterior goes with its mark", () => {
  const marks = new Marks();
  marks.set("page", { point: [1, 2], posterior: POSTERIOR });
  marks.set("page", null);
  assert.equal(marks.all.posterior, null);
  assert.equal(marks.shown, null);
});

test("of several sets of paths and dots the latest counts, and they go with their mark", () => {
  const marks = new Marks();
  assert.deepEqual([marks.all.paths, marks.all.dots], [null, null]);
  const paths = [{ name: "straight", colour: "", points: [[0, 0], [1, 1]] }];
  marks.set("page", { paths });
  marks.set("player", { dots: [{ point: [0, 0], colour: "" }] });
  assert.deepEqual(marks.all.paths, paths);
  marks.set("player", { dots: [{ point: [1, 1], colour: "" }] });
  assert.deepEqual(marks.all.dots, [{ point: [1, 1], colour: "" }]);
  marks.set("player", null);
  assert.equal(marks.all.dots, null);
  assert.deepEqual(marks.all.paths, paths);
});

test("a place is seen from near when its count changes, not when it is first heard of", () => {
  const marks = new Marks();
  const look = (count) => ({ look: { point: [1, 2, 3], radius: 0.5, count } });
  assert.equal(marks.wanted("page", { point: [0, 0] }), null);
  assert.equal(marks.wanted("page", look(3)), null);
  assert.equal(marks.wanted("page", look(3)), null);
  assert.deepEqual(marks.wanted("page", look(4)), look(4).look);
  assert.equal(marks.wanted("page", look(4)), null);
  assert.equal(marks.wanted("page", null), null);
  assert.equal(marks.wanted("other", look(9)), null);
});

test("draws of a posterior and ways to it go with their mark", () => {
  const marks = new Marks();
  const ways = [{ name: "there", z: [1] }];
  marks.set("page", { mass: [[1, 2]], ways });
  marks.set("pad", { point: [0, 0] });
  assert.deepEqual([marks.all.mass, marks.all.ways], [[[1, 2]], ways]);
  marks.set("page", null);
  assert.deepEqual([marks.all.mass, marks.all.ways], [null, null]);
});
