import assert from "node:assert/strict";
import { test } from "node:test";
import * as camera from "../../../vae_explorer/ui/components/live_view/geometry/camera.js";
import { cameraFor } from "../../../vae_explorer/ui/components/live_view/scene/cloud.js";
import * as geometry from "../../../vae_explorer/ui/components/live_view/geometry/geometry.js";
import { pickPoint } from "../../../vae_explorer/ui/components/live_view/geometry/picking.js";
import { niceTicks } from "../../../vae_explorer/ui/components/live_view/geometry/ticks.js";

const SIZE = { width: 700, height: 460 };

/** Numbers in [0, 1), the same ones at every run. */
function generator(seed = 1) {
  return () => (seed = (seed * 48271) % 2147483647) / 2147483647;
}

function randomCloud(count, dims, seed = 3) {
  const random = generator(seed);
  const points = Float32Array.from({ length: count * dims }, () => 4 * random() - 2);
  const labels = Uint16Array.from({ length: count }, () => Math.floor(random() * 5));
  return { points, labels, frame: geometry.frameOf(points, dims) };
}

function projectedCloud(cloud, look) {
  const view = geometry.makeView(cloud.frame, look, SIZE.width, SIZE.height);
  const count = cloud.labels.length;
  const row = () => new Float32Array(count);
  const projected = geometry.projectAll(view, cloud.points, { x: row(), y: row(), depth: row() });
  return { view, projected };
}

test("a pixel and its depth lead back to the latent point", () => {
  const random = generator();
  for (const dims of [2, 3]) {
    const { frame } = randomCloud(50, dims);
    for (let k = 0; k < 100; k++) {
      let look = camera.defaultCamera(dims);
      if (dims === 3) look = camera.orbitBy(look, random() * 900, random() * 300 - 150);
      look = camera.zoomAt(look, 0.5 + 2 * random(), 700 * random(), 460 * random(), SIZE);
      const view = geometry.makeView(frame, look, SIZE.width, SIZE.height);
      const point = Array.from({ length: dims }, () => 4 * random() - 2);
      const back = geometry.unproject(view, ...geometry.projectPoint(view, point));
      point.forEach((value, d) => assert.ok(Math.abs(back[d] - value) < 1e-9));
    }
  }
});

test("projecting all points agrees with projecting one", () => {
  const cloud = randomCloud(100, 3);
  const { view, projected } = projectedCloud(cloud, camera.defaultCamera(3));
  for (let i = 0; i < 100; i++) {
    const [x, y, depth] = geometry.projectPoint(view, cloud.points.subarray(3 * i, 3 * i + 3));
    assert.ok(Math.hypot(projected.x[i] - x, projected.y[i] - y) < 1e-3);
    assert.ok(Math.abs(projected.depth[i] - depth) < 1e-5);
  }
});

test("a rotation keeps lengths and handedness", () => {
  const r = geometry.rotation(0.7, -0.4);
  const rows = [r.slice(0, 3), r.slice(3, 6), r.slice(6)];
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  rows.forEach((a, i) => {
    rows.forEach((b, j) => assert.ok(Math.abs(dot(a, b) - (i === j ? 1 : 0)) < 1e-12));
  });
  const [[a, b, c], [d, e, f]] = rows;
  assert.ok(dot([b * f - c * e, c * d - a * f, a * e - b * d], rows[2]) > 0.999);
});

test("two dimensions are seen from above: first to the right, second upwards", () => {
  const frame = geometry.frameOf(new Float32Array([-1, -1, 1, 1]), 2);
  const view = geometry.makeView(frame, camera.defaultCamera(2), 400, 400);
  const [x0, y0] = geometry.projectPoint(view, [0, 0]);
  const [x1, y1] = geometry.projectPoint(view, [1, 0.5]);
  assert.ok(Math.abs(x1 - x0 - 2 * (y0 - y1)) < 1e-9 && x1 > x0);
});

test("the box fits the picture at the start, also on a narrow screen", () => {
  for (const [width, height] of [[1200, 460], [328, 344]]) {
    const { frame } = randomCloud(200, 3);
    const view = geometry.makeView(frame, camera.defaultCamera(3), width, height);
    for (let corner = 0; corner < 8; corner++) {
      const [x, y] = geometry.projectPoint(view, geometry.cornerOf(frame, corner));
      assert.ok(x >= 30 && x <= width - 30 && y >= 30 && y <= height - 30);
    }
  }
});

test("a click on a point's pixel picks this point or one in front of it", () => {
  const cloud = randomCloud(4000, 3);
  const random = generator(11);
  for (let k = 0; k < 200; k++) {
    const look = camera.orbitBy(camera.defaultCamera(3), 800 * random(), 200 * random() - 100);
    const { projected } = projectedCloud(cloud, look);
    const i = Math.floor(random() * 4000);
    const [x, y] = [Math.round(projected.x[i]), Math.round(projected.y[i])];
    const picked = pickPoint(projected, cloud.labels, [], x, y);
    assert.ok(picked === i || projected.depth[picked] > projected.depth[i]);
  }
});

test("picking ignores hidden classes, points that are not finite, and what is too far", () => {
  const projected = { x: [10, 12, NaN], y: [10, 10, NaN], depth: [1, 0, 2] };
  assert.equal(pickPoint(projected, [0, 1, 1], [], 10, 10), 0);
  assert.equal(pickPoint(projected, [0, 1, 1], [true, false], 10, 10), 1);
  assert.equal(pickPoint(projected, [0, 1, 1], [], 10, 25), -1);
});

test("points are drawn from far to near, without the hidden ones", () => {
  const cloud = randomCloud(3000, 3);
  const { projected } = projectedCloud(cloud, camera.defaultCamera(3));
  const hidden = [false, true, false, false, false];
  const { reach } = cloud.frame;
  const room = new Uint32Array(3000);
  const order = geometry.depthOrder(projected, cloud.labels, hidden, reach, 1, room);
  assert.equal(order.length, cloud.labels.filter((label) => label !== 1).length);
  assert.equal(new Set(order).size, order.length);
  const slot = (2 * reach) / 1024;
  for (let k = 1; k < order.length; k++) {
    assert.ok(projected.depth[order[k]] >= projected.depth[order[k - 1]] - slot);
  }
  const third = geometry.depthOrder(projected, cloud.labels, [], reach, 3, room);
  assert.ok(third.length === 1000 && third.every((i) => i % 3 === 0));
});

test("ticks are round, inside the range, and few", () => {
  for (const [low, high] of [[-3.2, 4.1], [0, 1e-4], [-12345, 6789], [2.9, 3.1]]) {
    const ticks = niceTicks(low, high);
    assert.ok(ticks.length >= 2 && ticks.length <= 6, `${low} ${high} ${ticks.length}`);
    const slack = (high - low) * 1e-6;
    assert.ok(ticks.every(({ value }) => value >= low - slack && value <= high + slack));
    for (const { value, text } of ticks) {
      assert.ok(Math.abs(Number(text.replace("−", "-")) - value) < slack);
    }
  }
  const texts = niceTicks(-2, 2, 4).map(({ text }) => text);
  assert.deepEqual(texts, ["−2", "−1", "0", "1", "2"]);
  assert.deepEqual(niceTicks(1, 1), []);
});

test("no points, one point and points that are not finite still give a box", () => {
  for (const points of [[], [1, 2, 3], [NaN, NaN, NaN, 1, 2, 3], [1, 1, 1, 2, 2, 1]]) {
    const frame = geometry.frameOf(Float32Array.from(points), 3);
    assert.ok([...frame.centre, ...frame.half, frame.radius, frame.reach].every(Number.isFinite));
    assert.ok(frame.half.every((half) => half > 0));
  }
});

test("centroids leave out what is not finite; a class without points has none", () => {
  const points = Float32Array.from([0, 0, 2, 4, NaN, 1]);
  assert.deepEqual(geometry.centroids(points, [0, 0, 0], 2, 2), [[1, 2], null]);
  assert.equal(geometry.countUnplaced({ points, dims: 2, count: 3 }), 1);
});

test("zooming keeps what is under the pointer", () => {
  const { frame } = randomCloud(50, 3);
  const before = camera.panBy(camera.defaultCamera(3), 30, -20, SIZE);
  const view = (look) => geometry.makeView(frame, look, SIZE.width, SIZE.height);
  const [x, y] = geometry.projectPoint(view(before), [0.5, 0.2, -1]);
  const after = camera.zoomAt(before, 2.5, x, y, SIZE);
  const [x2, y2] = geometry.projectPoint(view(after), [0.5, 0.2, -1]);
  assert.ok(Math.hypot(x - x2, y - y2) < 1e-6 && after.zoom > before.zoom);
});

test("a stored camera comes back; a damaged one does not", () => {
  const start = camera.defaultCamera(3);
  const saved = { ...start, yaw: 1, zoom: 2 };
  assert.deepEqual(camera.restoreCamera(JSON.parse(JSON.stringify(saved)), start), saved);
  for (const bad of [null, {}, { ...saved, zoom: 0 }, { ...saved, yaw: "1" }, 7]) {
    assert.equal(camera.restoreCamera(bad, start), start);
  }
});

test("a solid is seen from its home, as large as fits; a plane is seen from above", () => {
  const home = { yaw: 2.5, pitch: -1.1 };
  assert.deepEqual(camera.defaultCamera(3, home), { ...home, zoom: 1, panX: 0, panY: 0 });
  assert.deepEqual(camera.defaultCamera(2, home), camera.defaultCamera(2));
  const box = [-1, -1, -1, 1, 1, 1, -1, 1, 0.2, 0.5, -1, 0.3];
  const frame = { ...geometry.frameOf(box, 3), home };
  const view = geometry.makeView(frame, camera.defaultCamera(3, home), SIZE.width, SIZE.height);
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((corner) =>
    geometry.projectPoint(view, geometry.cornerOf(frame, corner)),
  );
  for (const [k, side] of [[0, SIZE.width], [1, SIZE.height]]) {
    const [low, high] = [Math.min, Math.max].map((of) => of(...corners.map((at) => at[k])));
    assert.ok(low > 0 && high < side && Math.abs(low + high - side) < 1e-6, "it is in the middle");
  }
});

test("an angle chosen in one model's cloud is not carried into another's", () => {
  const [here, there] = [{ yaw: 1, pitch: 0 }, { yaw: 2, pitch: 0 }];
  const start = camera.defaultCamera(3, here);
  const turned = { ...start, yaw: 3, zoom: 2 };
  const saved = { dims: 3, home: here, camera: turned, hidden: [] };
  assert.deepEqual(cameraFor({ dims: 3, home: { ...here } }, saved, start), turned);
  assert.deepEqual(cameraFor({ dims: 3 }, { ...saved, home: null }, start), turned);
  const other = camera.defaultCamera(3, there);
  const joined = cameraFor({ dims: 3, home: there, group: "compare" }, saved, other);
  assert.deepEqual(joined, { ...turned, yaw: 4 }); // as far from its start as the others are
  assert.equal(cameraFor({ dims: 3, home: there }, saved, start), start);
  assert.equal(cameraFor({ dims: 3 }, saved, start), start);
  assert.equal(cameraFor({ dims: 2, home: here }, saved, start), start);
  assert.equal(cameraFor({ dims: 3, home: here }, { ...saved, camera: null }, start), start);
  assert.equal(cameraFor({ dims: 3, home: here }, null, start), start);
});
