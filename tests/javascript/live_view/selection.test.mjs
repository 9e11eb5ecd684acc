import assert from "node:assert/strict";
import { test } from "node:test";
import * as camera from "../../../vae_explorer/ui/components/live_view/geometry/camera.js";
import * as geometry from "../../../vae_explorer/ui/components/live_view/geometry/geometry.js";
import { pickPoint } from "../../../vae_explorer/ui/components/live_view/geometry/picking.js";
import * as fading from "../../../vae_explorer/ui/components/live_view/points/fading.js";
import * as choose from "../../../vae_explorer/ui/components/live_view/selection/choose.js";
import { insideOf } from "../../../vae_explorer/ui/components/live_view/selection/polygon.js";
import * as summary from "../../../vae_explorer/ui/components/live_view/selection/summary.js";
import * as tool from "../../../vae_explorer/ui/components/live_view/selection/tool.js";

const corners = (...pairs) => pairs.map(([x, y]) => ({ x, y }));
const STAR = corners([50, 0], [79, 90], [2, 35], [98, 35], [21, 90]); // crosses itself five times

/** Numbers in [0, 1), the same ones at every run. */
function generator(seed) {
  return () => (seed = (seed * 48271) % 2147483647) / 2147483647;
}

/** How often the angle to a polygon's corners goes round: slow, and of another kind. */
function windingByAngles(polygon, x, y) {
  let sum = 0;
  polygon.forEach((a, k) => {
    const b = polygon[(k + 1) % polygon.length];
    const turn = Math.atan2(b.y - y, b.x - x) - Math.atan2(a.y - y, a.x - x);
    sum += turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI));
  });
  return Math.round(sum / (2 * Math.PI));
}

test("a notch of a concave polygon is outside", () => {
  const inside = insideOf(corners([0, 0], [10, 0], [10, 10], [5, 2], [0, 10]));
  assert.ok(inside(1, 5) && inside(9, 5) && inside(5, 1));
  assert.ok(!inside(5, 6) && !inside(11, 5) && !inside(5, -1));
});

test("what a polygon that crosses itself winds around twice is inside", () => {
  const inside = insideOf(STAR);
  assert.ok(inside(50, 50)); // the middle of the star
  assert.ok(inside(50, 10) && inside(90, 37));
  assert.ok(!inside(20, 10) && !inside(50, 85));
});

test("loops that turn against each other are inside, but not what they cancel", () => {
  const eight = insideOf(corners([0, 0], [10, 10], [10, 0], [0, 10]));
  assert.ok(eight(1, 5) && eight(9, 5) && !eight(5, 1) && !eight(5, 9));
});

test("random polygons hold what angles say they hold", () => {
  const random = generator(7);
  for (let n = 3; n < 40; n++) {
    const polygon = Array.from({ length: n }, () => ({ x: 100 * random(), y: 100 * random() }));
    const inside = insideOf(polygon);
    for (let k = 0; k < 200; k++) {
      const [x, y] = [120 * random() - 10, 120 * random() - 10];
      assert.equal(inside(x, y), windingByAngles(polygon, x, y) !== 0);
    }
  }
});

test("polygons without area and points that are not finite hold and lie in nothing", () => {
  assert.ok(!insideOf(corners([1, 1], [5, 1]))(3, 1));
  assert.ok(!insideOf(corners([3, 3], [3, 3], [3, 3]))(3, 3));
  const inside = insideOf(corners([0, 0], [10, 0], [10, 10], [0, 10]));
  assert.ok(!inside(NaN, 5) && !inside(5, NaN) && !inside(Infinity, 5));
});

test("an outline selects the points seen within it, none of a hidden class", () => {
  const projected = { x: Float32Array.of(1, 5, 5, 20), y: Float32Array.of(1, 5, 6, 5) };
  const box = tool.boxOf({ x: 10, y: 10 }, { x: 0, y: 0 });
  const labels = Uint16Array.of(0, 0, 1, 0);
  assert.deepEqual([...choose.inOutline(projected, labels, [], box)], [0, 1, 2]);
  assert.deepEqual([...choose.inOutline(projected, labels, [true, false], box)], [2]);
  assert.deepEqual([...choose.inOutline(projected, labels, [true, true], box)], []);
});

test("what is selected depends on how the cloud is turned, as it is seen", () => {
  const points = Float32Array.of(1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, NaN, 0, 0);
  const frame = geometry.frameOf(points, 3);
  const labels = new Uint16Array(6);
  const room = () => new Float32Array(6);
  const selected = (look) => {
    const view = geometry.makeView(frame, look, 400, 400);
    const projected = geometry.projectAll(view, points, { x: room(), y: room(), depth: room() });
    const half = tool.boxOf({ x: view.x0 + 4, y: -1000 }, { x: 2000, y: 2000 });
    return [...choose.inOutline(projected, labels, [], half)];
  };
  const start = { ...camera.defaultCamera(3), yaw: 0, pitch: 0 }; // looks along the first axis
  assert.deepEqual(selected(start), [2]);
  assert.deepEqual(selected({ ...start, yaw: Math.PI }), [3]);
  assert.deepEqual(selected({ ...start, yaw: Math.PI / 2 }), [1]);
});

test("a class is selected whole, but not while it is hidden", () => {
  const labels = Uint16Array.of(2, 0, 2, 1);
  assert.deepEqual([...choose.ofClass(labels, [], 2)], [0, 2]);
  assert.deepEqual([...choose.ofClass(labels, [false, false, true], 2)], []);
  assert.deepEqual([...choose.ofClass(labels, [], 9)], []);
});

test("the nearest are those nearest of the seen, of equally near ones the first", () => {
  const codes = Float32Array.of(0, 0, 3, 0, 1, 0, 0, 1, 0, -1, 9, 9);
  const labels = Uint16Array.of(0, 0, 0, 1, 1, 0);
  const near = (count, hidden = []) => [...choose.nearest(codes, labels, hidden, [0, 0], count)];
  assert.deepEqual(near(1), [0]);
  assert.deepEqual(near(3), [0, 2, 3]);
  assert.deepEqual(near(2, [false, true]), [0, 2]);
  assert.deepEqual(near(100), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(near(100, [true, false]), [3, 4]);
});

test("random nearest points agree with sorting all", () => {
  const random = generator(3);
  const codes = Float32Array.from({ length: 900 }, () => Math.round(6 * random()));
  const labels = new Uint16Array(300);
  const distance = (i) =>
    [2, 3, 0].reduce((sum, value, d) => sum + (codes[3 * i + d] - value) ** 2, 0);
  const sorted = [...labels.keys()].sort((a, b) => distance(a) - distance(b) || a - b);
  for (const count of [1, 2, 17, 150, 299]) {
    const expected = sorted.slice(0, count).sort((a, b) => a - b);
    assert.deepEqual([...choose.nearest(codes, labels, [], [2, 3, 0], count)], expected);
  }
});

test("points whose class is hidden later leave the selection", () => {
  const labels = Uint16Array.of(0, 1, 0, 1);
  const taken = Uint32Array.of(0, 1, 3, 7); // the last is not in this cloud
  assert.deepEqual([...choose.stillSeen(taken, labels, [false, true])], [0]);
  assert.deepEqual([...choose.stillSeen(taken, labels, [])], [0, 1, 3]);
  assert.deepEqual([...choose.maskOf(Uint32Array.of(1, 3), 4)], [0, 1, 0, 1]);
});

test("a lasso follows the pointer by steps, a box has two of its corners", () => {
  const at = (x, y) => ({ x, y });
  let outline = [at(0, 0)];
  for (const x of [1, 2, 3, 10]) outline = tool.outlined("lasso", outline, at(x, 0));
  assert.deepEqual(outline, [at(0, 0), at(2, 0), at(10, 0)]);
  const box = corners([1, 2], [5, 2], [5, 9], [1, 9]);
  assert.deepEqual(tool.outlined("box", [at(1, 2)], at(5, 9)), box);
  assert.ok(!tool.isArea([at(0, 0), at(3, 90)]));
  assert.ok(tool.isArea([at(0, 0), at(9, 90)]));
});

test("an outline that is left selects nothing", () => {
  const canvas = { classList: { toggle() {} } };
  const made = [];
  const lasso = new tool.OutlineTool(canvas, () => {}, (outline) => made.push(outline));
  assert.equal(lasso.grab(null, 0, 0), null);
  assert.equal(lasso.hint(), null);
  for (const leave of [true, false]) {
    lasso.use("lasso");
    const drag = lasso.grab(null, 0, 0);
    for (const [x, y] of [[30, 0], [30, 30], [0, 30]]) drag.move(null, x, y);
    if (leave) lasso.use(null);
    drag.move(null, 0, 5);
    drag.drop();
    assert.equal(made.length, leave ? 0 : 1);
  }
});

test("counts come by class, the most first", () => {
  const labels = Uint16Array.of(2, 0, 2, 1, 0, 2);
  assert.deepEqual(summary.countByClass(Uint32Array.of(0, 1, 2, 3), labels), [
    { label: 2, count: 2 },
    { label: 0, count: 1 },
    { label: 1, count: 1 },
  ]);
});

test("the mean code is that of the selected codes alone", () => {
  const codes = Float32Array.of(1, 2, 3, 4, 50, 60);
  assert.deepEqual([...summary.meanCode(Uint32Array.of(0, 1), codes, 2)], [2, 3]);
});

test("some of many are evenly spread, and all of few", () => {
  const indices = Uint32Array.from({ length: 100 }, (_, k) => 10 * k);
  assert.deepEqual(summary.some(indices, 4), [0, 250, 500, 750]);
  assert.deepEqual(summary.some(indices.subarray(0, 3), 24), [0, 10, 20]);
});

test("selected points are drawn over those that have faded, and picked first", () => {
  const order = Uint32Array.of(4, 2, 0, 1, 3);
  assert.deepEqual([...fading.fadedFirst(order, Uint8Array.of(1, 0, 1, 0, 0))], [4, 1, 3, 2, 0]);
  assert.deepEqual([...fading.fadedLabels(Uint16Array.of(0, 1), 7, (i) => i)], [7, 1]);
  const projected = { x: [50, 51], y: [50, 50], depth: [0.9, -0.9] };
  assert.equal(pickPoint(projected, [0, 0], [], 50.5, 50, 3), 0);
  assert.equal(pickPoint(projected, [0, 0], [], 50.5, 50, 3, 14, Uint8Array.of(0, 1)), 1);
});

test("faded colours follow those of all classes and are near the background", () => {
  const [plain, faded] = fading.withFaded(["#ff0000"], "#ffffff");
  assert.equal(plain, "#ff0000");
  assert.match(faded, /^rgb\(255, 204(\.\d+)?, 204(\.\d+)?\)$/);
});
