import assert from "node:assert/strict";
import { test } from "node:test";
import * as camera from "../../../vae_explorer/ui/components/live_view/geometry/camera.js";
import * as geometry from "../../../vae_explorer/ui/components/live_view/geometry/geometry.js";
import { fairSample } from "../../../vae_explorer/ui/components/live_view/points/gl_dots.js";
import { Picker, pickPoint } from "../../../vae_explorer/ui/components/live_view/geometry/picking.js";
import { dotRadius } from "../../../vae_explorer/ui/components/live_view/points/raster.js";

const SIZES = [{ width: 1200, height: 460 }, { width: 360, height: 344 }];

/** Numbers in [0, 1), the same ones at every run. */
function generator(seed) {
  return () => (seed = (seed * 48271) % 2147483647) / 2147483647;
}

/** Points in a few clumps, some of them twice, some not finite. */
function clumps(count, dims, random) {
  const points = new Float32Array(count * dims);
  for (let i = 0; i < points.length; i++) {
    points[i] = 3 * Math.floor(3 * random()) + (random() + random() + random()) * 1.5 - 2;
  }
  points.copyWithin(0, 10 * dims, 20 * dims);
  for (let i = 0; i < 5; i++) points[Math.floor(random() * points.length)] = [NaN, Infinity][i % 2];
  const labels = Uint16Array.from({ length: count }, () => Math.floor(4 * random()));
  return { points, labels, dims, count, frame: geometry.frameOf(points, dims) };
}

function randomView(cloud, size, random) {
  let look = camera.defaultCamera(cloud.dims);
  if (cloud.dims === 3) look = camera.orbitBy(look, 800 * random(), 400 * random() - 200);
  const zoom = Math.exp(5 * random() - 1.2); // 0.3 to 45
  look = camera.zoomAt(look, zoom, size.width * random(), size.height * random(), size);
  return { look, view: geometry.makeView(cloud.frame, look, size.width, size.height) };
}

/** Click on the rounded pixels of 200 points: what is picked, and what was aimed at. */
function* clicks(dims, size, count, seed) {
  const random = generator(seed);
  const cloud = clumps(count, dims, random);
  for (let k = 0; k < 200; k++) {
    const { look, view } = randomView(cloud, size, random);
    const hidden = [false, random() < 0.3, false, false];
    const index = Math.floor(random() * count);
    const [x, y, depth] = geometry.projectPoint(view, pointOf(cloud, index));
    if (!Number.isFinite(x + y) || hidden[cloud.labels[index]]) continue;
    const dot = dotRadius(count, look.zoom, Math.min(size.width, size.height));
    yield { cloud, view, hidden, index, at: [Math.round(x), Math.round(y)], depth, dot };
  }
}

const pointOf = ({ points, dims }, index) => points.subarray(index * dims, (index + 1) * dims);

for (const dims of [2, 3]) {
  for (const size of SIZES) {
    for (const count of [40, 3000, 30000]) {
      const name = `${dims}-D, ${count} points, ${size.width} px`;
      test(`a click on a point's pixel picks it or one in front of it: ${name}`, () => {
        let tried = 0;
        for (const { cloud, view, hidden, index, at, depth, dot } of clicks(dims, size, count, 7)) {
          const picked = new Picker(cloud).pick(view, hidden, ...at, dot);
          assert.ok(picked >= 0 && !hidden[cloud.labels[picked]]);
          const [x, y, nearness] = geometry.projectPoint(view, pointOf(cloud, picked));
          const away = Math.hypot(x - at[0], y - at[1]);
          const [x0, y0] = geometry.projectPoint(view, pointOf(cloud, index));
          const nearer = away <= Math.hypot(x0 - at[0], y0 - at[1]) + 1e-3;
          const inFront = nearness > depth + 1e-6;
          const level = Math.abs(nearness - depth) <= 1e-6 || dims === 2;
          assert.ok(picked === index || inFront || (level && nearer), `${index} ${picked}`);
          tried++;
        }
        assert.ok(tried > 120, `${tried}`);
      });
    }
  }
}

test("a click on empty space within reach picks the nearest, farther away none", () => {
  const projected = { x: [50, 70], y: [50, 50], depth: [-1, 1] };
  assert.equal(pickPoint(projected, [0, 0], [], 59, 50, 3), 0);
  assert.equal(pickPoint(projected, [0, 0], [], 61, 50, 3), 1);
  assert.equal(pickPoint(projected, [0, 0], [], 30, 50, 3), -1);
});

test("within a large dot its own point is meant, not a nearer middle behind it", () => {
  const projected = { x: [50, 58], y: [50, 50], depth: [1, -1] };
  assert.equal(pickPoint(projected, [0, 0], [], 57, 50, 9), 0);
  assert.equal(pickPoint(projected, [0, 0], [], 57, 50, 2), 1);
});

test("a picker projects once for a view and says where a point is", () => {
  const cloud = clumps(500, 3, generator(5));
  const { view } = randomView(cloud, SIZES[0], generator(9));
  const picker = new Picker(cloud);
  const { x, y } = picker.project(view);
  picker.projected.x[40] = -1;
  assert.equal(picker.project(view).x[40], -1);
  const at = picker.at(view, 41, 2);
  assert.ok(Math.hypot(at.x - x[41], at.y - y[41]) < 1e-2 && at.radius > 1 && at.radius < 4);
});

test("every beginning of the order of drawing is a fair sample, always the same", () => {
  const random = generator(3);
  const count = 20000;
  const labels = Uint16Array.from({ length: count }, (_, i) => (i < count / 2 ? 0 : 1)); // sorted
  const points = Float32Array.from({ length: 3 * count }, () => random());
  points[30] = NaN;
  const cloud = { points, labels, dims: 3 };
  const frame = geometry.frameOf(points, 3);
  const sample = fairSample(cloud, frame);
  assert.equal(sample.count, count - 1);
  assert.ok(sample.positions.every((value) => Math.abs(value) <= 1));
  for (const part of [500, 5000]) {
    const ones = sample.labels.subarray(0, part).reduce((sum, label) => sum + label, 0);
    assert.ok(Math.abs(ones / part - 0.5) < 2.5 / Math.sqrt(part), `${ones} of ${part}`);
  }
  assert.deepEqual(fairSample(cloud, frame).labels, sample.labels);
});
