import assert from "node:assert/strict";
import { test } from "node:test";
import * as camera from "../../../vae_explorer/ui/components/live_view/geometry/camera.js";
import * as geometry from "../../../vae_explorer/ui/components/live_view/geometry/geometry.js";
import * as ellipsoid from "../../../vae_explorer/ui/components/live_view/overlays/ellipsoid.js";
import * as density from "../../../vae_explorer/ui/components/live_view/overlays/density_section.js";
import { DensityMap } from "../../../vae_explorer/ui/components/live_view/overlays/density.js";
import { clearRim, makeLinks, traceContours } from "../../../vae_explorer/ui/components/live_view/overlays/contours.js";
import { closeUp } from "../../../vae_explorer/ui/components/live_view/geometry/close_up.js";
import { discRadius, makeMass } from "../../../vae_explorer/ui/components/live_view/overlays/mass.js";
import { sideInSight } from "../../../vae_explorer/ui/components/live_view/overlays/shells.js";
import { Trail, fadeOf } from "../../../vae_explorer/ui/components/live_view/overlays/trail.js";

const { projectPoint } = geometry;
const THEME = { text: "#000", background: "#fff", primary: "#f00", font: "serif" };

/** Numbers in [0, 1), the same ones at every run. */
function generator(seed = 1) {
  return () => (seed = (seed * 48271) % 2147483647) / 2147483647;
}

function viewOf(dims = 3, look = camera.defaultCamera(dims), corners = [-3, -3, -3, 3, 3, 3]) {
  const kept = corners.filter((_, n) => n % 3 < dims);
  const frame = geometry.frameOf(Float32Array.from(kept), dims);
  return geometry.makeView(frame, look, 700, 460);
}

/** A A^T for a random A (d * rank): positive semi-definite, row-major. */
function someCovariance(random, d, rank = d) {
  const a = Array.from({ length: d }, () => Array.from({ length: rank }, () => random() - 0.5));
  return a.flatMap((row) => a.map((other) => row.reduce((sum, v, k) => sum + v * other[k], 0)));
}

/** x^T C^-1 x for d = 3, by Cramer's rule. */
function quadric(c, x) {
  const det = (m) =>
    m[0] * (m[4] * m[8] - m[5] * m[7]) -
    m[1] * (m[3] * m[8] - m[5] * m[6]) +
    m[2] * (m[3] * m[7] - m[4] * m[6]);
  const column = (d) => c.map((value, n) => (n % 3 === d ? x[(n / 3) | 0] : value));
  return [0, 1, 2].reduce((sum, d) => sum + (x[d] * det(column(d))) / det(c), 0);
}

/** A context that keeps the calls made of it. */
function recorder() {
  const calls = [];
  const answer = (target, name) =>
    name in target ? target[name] : (...values) => void calls.push([name, ...values]);
  return { calls, ctx: new Proxy({}, { get: answer }) };
}

test("points of the ellipsoid satisfy its equation", () => {
  const random = generator(3);
  for (let n = 0; n < 60; n++) {
    const covariance = someCovariance(random, 3).map((v, i) => v + (i % 4 === 0 ? 0.02 : 0));
    const factor = ellipsoid.choleskyFactor(covariance);
    const centre = [random(), -2 * random(), 5];
    const angles = [2 * Math.PI * random(), Math.PI * random()];
    const s = [
      ...[Math.cos(angles[0]) * Math.sin(angles[1]), Math.sin(angles[0]) * Math.sin(angles[1])],
      Math.cos(angles[1]),
    ];
    const point = ellipsoid.ellipsoidPoint(centre, factor, 2, s);
    const off = point.map((value, d) => value - centre[d]);
    assert.ok(Math.abs(quadric(covariance, off) - 4) < 1e-5);
  }
});

test("the great circles of a diagonal covariance are principal", () => {
  const factor = ellipsoid.choleskyFactor([4, 0, 0, 0, 9, 0, 0, 0, 0.25]);
  assert.deepEqual([...factor], [2, 0, 0, 0, 3, 0, 0, 0, 0.5]);
  assert.deepEqual(ellipsoid.ellipsoidPoint([1, 1, 1], factor, 2, [0, 1, 0]), [1, 7, 1]);
});

test("flat and dead covariances have factors without NaN that give them back", () => {
  const random = generator(5);
  const flat = [[0, 0, 0, 0, 2, 0, 0, 0, 0], Array(9).fill(0), Array(9).fill(1), [0, 0, 0, 3]];
  flat.push(someCovariance(random, 3, 1), someCovariance(random, 3, 2));
  for (const covariance of flat) {
    const d = Math.sqrt(covariance.length);
    const factor = ellipsoid.choleskyFactor(covariance);
    for (let n = 0; n < d * d; n++) {
      const [i, j] = [(n / d) | 0, n % d];
      let sum = 0;
      for (let k = 0; k < d; k++) sum += factor[i * d + k] * factor[j * d + k];
      assert.ok(Math.abs(sum - covariance[n]) < 1e-6, `${covariance} ${n}`);
    }
  }
});

test("a covariance is projected as A^T diag(sigma^2) A", () => {
  const axes = Float32Array.from([1, 0, 0, 0.6, 0, 0.8, 0, 0]); // 4 * 2
  const found = ellipsoid.projectCovariance(axes, [1, 2, 3, 100]);
  const expected = [1, 0, 0, 4 * 0.36 + 9 * 0.64];
  found.forEach((value, n) => assert.ok(Math.abs(value - expected[n]) < 1e-5));
  assert.equal(found.length, 4);
  const unit = Float32Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  assert.deepEqual([...ellipsoid.projectCovariance(unit, [1, 2, 3])], [1, 0, 0, 0, 4, 0, 0, 0, 9]);
});

/** How far outside an ellipse of the picture a pixel is: 1 on its rim. */
function outside({ x, y, xx, xy, yy }, [px, py]) {
  const [dx, dy] = [px - x, py - y];
  return (yy * dx * dx - 2 * xy * dx * dy + xx * dy * dy) / (xx * yy - xy * xy);
}

test("the silhouette holds all of the ellipsoid and touches it all around", () => {
  const random = generator(7);
  for (let n = 0; n < 30; n++) {
    const look = camera.orbitBy(camera.defaultCamera(3), 700 * random(), 200 * random() - 100);
    const view = viewOf(3, look);
    const covariance = someCovariance(random, 3).map((v, i) => v + (i % 4 === 0 ? 0.05 : 0));
    const centre = [2 * random(), -2 * random(), random()];
    const outline = ellipsoid.silhouette(view, centre, covariance, 2);
    const factor = ellipsoid.choleskyFactor(covariance);
    const touched = new Set();
    for (let k = 0; k < 20000; k++) {
      const z = 2 * random() - 1;
      const [turn, r] = [2 * Math.PI * random(), Math.sqrt(1 - z * z)];
      const s = [r * Math.cos(turn), r * Math.sin(turn), z];
      const pixel = projectPoint(view, ellipsoid.ellipsoidPoint(centre, factor, 2, s));
      const far = outside(outline, pixel);
      assert.ok(far < 1 + 1e-6);
      const bearing = Math.atan2(pixel[1] - outline.y, pixel[0] - outline.x);
      if (far > 0.99) touched.add(Math.floor((bearing / Math.PI + 1) * 4) % 8);
    }
    assert.equal(touched.size, 8);
  }
});

test("the near half of a great circle is what faces the eye", () => {
  const view = viewOf(3);
  const factor = ellipsoid.choleskyFactor([1, 0.2, 0, 0.2, 0.5, 0.1, 0, 0.1, 0.3]);
  const centre = [0.5, -1, 0.3];
  const eye = ellipsoid.eyeOfSphere(view, centre, factor, 2);
  const { frame } = view;
  const seen = ellipsoid.ellipsoidPoint(centre, factor, 2, eye);
  const real = frame.centre.map((c, d) => c + 5 * frame.radius * view.rotation[6 + d]);
  seen.forEach((value, d) => assert.ok(Math.abs(value - real[d]) < 1e-9));
  const flat = ellipsoid.choleskyFactor([1, 0, 0, 0, 0, 0, 0, 0, 1]);
  assert.equal(ellipsoid.eyeOfSphere(view, centre, flat, 2), null);
});

test("a flat ellipsoid has a silhouette without NaN, a disc seen from its side a line", () => {
  const view = viewOf(3, { ...camera.defaultCamera(3), pitch: 0 });
  const disc = ellipsoid.silhouette(view, [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 0], 1);
  assert.ok(Object.values(disc).every(Number.isFinite));
  assert.ok(disc.xx > 1000 && disc.yy < 1e-6);
  const point = ellipsoid.silhouette(view, [1, 2, 0], Array(9).fill(0), 2);
  const [x, y] = projectPoint(view, [1, 2, 0]);
  assert.ok(Math.hypot(point.x - x, point.y - y) < 1e-6 && point.xx < 1e-6);
  const around = Array.from({ length: 9 }, (_, n) => (n % 4 === 0 ? 400 : 0));
  assert.equal(ellipsoid.silhouette(view, [0, 0, 0], around, 1), null);
});

test("in 2-D the silhouette is the ellipse itself", () => {
  const view = viewOf(2);
  const outline = ellipsoid.silhouette(view, [1, -1], [0.25, 0.1, 0.1, 1], 2);
  const pixels = view.scale / view.frame.radius;
  assert.ok(Math.abs(outline.xx - 4 * 0.25 * pixels ** 2) < 1e-6);
  assert.ok(Math.abs(outline.yy - 4 * pixels ** 2) < 1e-6);
  assert.ok(Math.abs(outline.xy + 4 * 0.1 * pixels ** 2) < 1e-6);
  const [x, y] = ellipsoid.rimPixel(outline, 0, -1);
  assert.ok(Math.abs(outline.y - y - 2 * pixels) < 1e-6 && x > outline.x);
});

test("a shell is named where its rim is in the picture, or not at all", () => {
  const circle = (x, y, r) => ({ x, y, xx: r * r, xy: 0, yy: r * r });
  assert.deepEqual(sideInSight(circle(300, 200, 50), 600, 400), [0, -1]);
  assert.deepEqual(sideInSight(circle(300, 200, 250), 600, 400), [0.8, -0.6]);
  assert.deepEqual(sideInSight(circle(100, 200, 250), 600, 400), [0.8, -0.6]);
  assert.deepEqual(sideInSight(circle(500, 10, 250), 600, 400), [0, 1]);
  assert.equal(sideInSight(circle(300, 200, 900), 600, 400), undefined);
});

/** A density whose value is `value(point)` at the middle of each cell. */
function densityOf(dims, cells, low, high, value) {
  const values = new Float32Array(cells ** dims);
  values.forEach((_, n) => {
    const place = low.map((from, d) => {
      const cell = Math.floor(n / cells ** (dims - 1 - d)) % cells;
      return from + ((cell + 0.5) / cells) * (high[d] - from);
    });
    values[n] = value(place);
  });
  return { dims, cells, low, high, values, levels: [] };
}

test("between cells the density is linear, outside it is none", () => {
  const random = generator(11);
  for (const dims of [2, 3]) {
    const [low, high] = [[-1, 0, 2].slice(0, dims), [3, 1, 4].slice(0, dims)];
    const linear = (p) => 5 + 2 * p[0] - 3 * p[1] + (p[2] ?? 0);
    const grid = densityOf(dims, 10, low, high, linear);
    for (let n = 0; n < 200; n++) {
      const point = low.map((from, d) => from + (0.06 + 0.88 * random()) * (high[d] - from));
      assert.ok(Math.abs(density.densityAt(grid, point) - linear(point)) < 1e-5);
    }
    for (let d = 0; d < dims; d++) {
      const middle = low.map((from, k) => (from + high[k]) / 2);
      assert.equal(density.densityAt(grid, middle.with(d, high[d] + 0.1)), 0);
      assert.equal(density.densityAt(grid, middle.with(d, low[d] - 0.1)), 0);
      assert.equal(density.densityAt(grid, middle.with(d, NaN)), 0);
    }
  }
});

test("a section is sampled where it says", () => {
  const bump = (p) => Math.exp(-(p[0] ** 2) - p[1] ** 2 - (p[2] ?? 0) ** 2);
  const grid = densityOf(3, 12, [-2, -2, -2], [2, 2, 2], bump);
  const plane = { origin: [0.1, 0.2, 0.3], u: [1, 0.2, 0], v: [0, -0.5, 1] };
  const out = density.sampleSection(grid, plane, 9, new Float32Array(81));
  for (const [i, j] of [[0, 0], [8, 0], [3, 7], [4, 4]]) {
    const [s, t] = [-1 + i / 4, -1 + j / 4];
    const point = plane.origin.map((o, d) => o + s * plane.u[d] + t * plane.v[d]);
    assert.ok(Math.abs(out[j * 9 + i] - density.densityAt(grid, point)) < 1e-6);
  }
});

/** The loops that `traceContours` visits, each a list of [i, j]. */
function loopsOf(field, n, level, links = makeLinks(n)) {
  const loops = [];
  traceContours(field, n, level, links, (i, j, first) => {
    if (first) loops.push([]);
    loops.at(-1).push([i, j]);
  });
  return loops;
}

const areaOf = (loop) =>
  loop.reduce((sum, [x, y], n) => {
    const [u, v] = loop[(n + 1) % loop.length];
    return sum + (x * v - u * y) / 2;
  }, 0);

/** How often a loop runs around (x, y), counter-clockwise. */
function windingOf(loop, x, y) {
  return loop.reduce((turns, [a, b], n) => {
    const [c, d] = loop[(n + 1) % loop.length];
    const left = (c - a) * (y - b) - (x - a) * (d - b) > 0;
    if (b <= y && d > y && left) return turns + 1;
    return b > y && d <= y && !left ? turns - 1 : turns;
  }, 0);
}

test("the contour of a cone is a circle, that of a ring runs the other way inside", () => {
  const n = 64;
  const radius = (k) => Math.hypot((k % n) - 30, ((k / n) | 0) - 33);
  const fieldOf = (value) => Float32Array.from({ length: n * n }, (_, k) => value(radius(k)));
  const links = makeLinks(n);
  const [circle, ...none] = loopsOf(fieldOf((r) => 40 - r), n, 20, links);
  assert.equal(none.length, 0);
  for (const [i, j] of circle) assert.ok(Math.abs(Math.hypot(i - 30, j - 33) - 20) < 0.05);
  assert.ok(Math.abs(areaOf(circle) - Math.PI * 400) < 5);
  assert.ok(links.every((link) => link === -1));
  const rings = loopsOf(fieldOf((r) => -Math.abs(r - 15)), n, -5, links).map(areaOf);
  rings.sort((a, b) => a - b);
  assert.ok(Math.abs(rings[0] + Math.PI * 100) < 5 && Math.abs(rings[1] - Math.PI * 400) < 5);
});

test("contours of noise close, run from cell to cell, and hold just what is above the level", () => {
  const random = generator(13);
  const n = 40;
  const field = Float32Array.from({ length: n * n }, random);
  clearRim(field, n);
  for (const level of [0.1, 0.5, 0.9]) {
    const links = makeLinks(n);
    const loops = loopsOf(field, n, level, links);
    assert.ok(loops.length > 10 && links.every((link) => link === -1));
    for (const loop of loops) {
      loop.forEach(([i, j], k) => {
        const [u, v] = loop[(k + 1) % loop.length];
        assert.ok(Math.abs(i - u) <= 1 && Math.abs(j - v) <= 1);
      });
    }
    for (let at = 0; at < n * n; at += 7) {
      const turns = loops.reduce((sum, loop) => sum + windingOf(loop, at % n, (at / n) | 0), 0);
      assert.equal(turns, field[at] > level ? 1 : 0);
    }
  }
});

test("a saddle is joined or parted by the mean of its corners", () => {
  const field = (a, b) => [0, 0, 0, 0, 0, a, b, 0, 0, b, a, 0, 0, 0, 0, 0];
  assert.equal(loopsOf(field(3, 0), 4, 2).length, 2);
  assert.equal(loopsOf(field(3, 1.5), 4, 2).length, 1);
  assert.equal(loopsOf(field(0, 3), 4, 2).length, 2);
  assert.equal(loopsOf(field(1.5, 3), 4, 2).length, 1);
});

test("clearing the rim leaves the inside", () => {
  const field = new Float32Array(25).fill(1);
  clearRim(field, 5);
  assert.equal(field.reduce((sum, value) => sum + value), 9);
  assert.ok([6, 7, 8, 11, 12, 13, 16, 17, 18].every((n) => field[n] === 1));
});

test("a section passes through the cursor, and its homography is the view's projection", () => {
  const random = generator(17);
  const grid = densityOf(3, 8, [-3, -2, -1], [3, 4, 5], () => 1);
  for (const plane of ["view", [0, 1], [1, 2], [2, 0]]) {
    const look = camera.orbitBy(camera.defaultCamera(3), 300 * random(), 100 * random());
    const view = viewOf(3, look);
    const point = [random(), random(), random()];
    const section = density.sectionThrough(view, grid, point, plane);
    const { origin, u, v } = section;
    const dot = (a, b) => a.reduce((sum, value, d) => sum + value * b[d], 0);
    const off = point.map((value, d) => value - origin[d]);
    const [s, t] = [dot(off, u) / dot(u, u), dot(off, v) / dot(v, v)];
    off.forEach((value, d) => assert.ok(Math.abs(value - s * u[d] - t * v[d]) < 1e-9));
    const h = density.homography(view, section);
    const away = h[6] + h[7] * s + h[8] * t;
    const [x, y, depth] = projectPoint(view, point);
    assert.ok(Math.abs((h[0] + h[1] * s + h[2] * t) / away - x) < 1e-6);
    assert.ok(Math.abs((h[3] + h[4] * s + h[5] * t) / away - y) < 1e-6);
    assert.ok(Math.abs(away - (5 - depth)) < 1e-9);
  }
});

test("a section ends where the box of the density ends", () => {
  const view = viewOf(3);
  const grid = densityOf(3, 8, [-3, -2, -1], [3, 4, 5], () => 1);
  const corners = (point, plane) => {
    const section = density.sectionThrough(view, grid, point, plane);
    return density.sectionInBox(grid, section).map(([s, t]) =>
      section.origin.map((o, d) => o + s * section.u[d] + t * section.v[d]),
    );
  };
  assert.equal(corners([0, 0, 0], [0, 1]).length, 4);
  assert.equal(corners([0, 0, 9], [0, 1]).length, 0);
  const cut = corners([0, 1, 2], "view");
  assert.ok(cut.length >= 4 && cut.length <= 6);
  for (const corner of cut) {
    const onWall = corner.map((value, d) =>
      Math.min(Math.abs(value - grid.low[d]), Math.abs(value - grid.high[d])),
    );
    assert.ok(Math.min(...onWall) < 1e-6);
  }
});

test("the painted contour of a Gaussian lies where its density has the level", () => {
  const grid = densityOf(3, 40, [-4, -4, -4], [4, 4, 4], (p) => {
    return Math.exp(-(p[0] ** 2 + p[1] ** 2 + p[2] ** 2) / 2);
  });
  grid.levels = [{ name: "50 %", value: Math.exp(-0.5) }];
  const view = viewOf(3, { ...camera.defaultCamera(3), pitch: Math.PI / 2 });
  const { calls, ctx } = recorder();
  const options = { density: () => grid, at: () => [9, 9, 0.6], plane: () => [0, 1] };
  new DensityMap(options).over(ctx, view, THEME);
  const ends = calls.findLastIndex(([name]) => name === "fill");
  const start = calls.findLastIndex(([name], n) => n < ends && name === "beginPath");
  const path = calls.slice(start, ends).filter(([name]) => name === "lineTo");
  assert.ok(path.length > 40);
  const depth = projectPoint(view, [0, 0, 0.6])[2];
  for (const [, x, y] of path) {
    const [a, b] = geometry.unproject(view, x, y, depth);
    assert.ok(Math.abs(Math.hypot(a, b) - 0.8) < 0.03);
  }
  assert.deepEqual(calls.filter(([name]) => name === "fillText").map(([, text]) => text), ["50 %"]);
});

test("a density that is empty, missing or elsewhere paints no contour", () => {
  const view = viewOf(3);
  const empty = { ...densityOf(3, 8, [-3, -3, -3], [3, 3, 3], () => 0) };
  empty.levels = [{ name: "50 %", value: 0 }];
  for (const [grid, at] of [[empty, [0, 0, 0]], [null, [0, 0, 0]], [empty, null]]) {
    const { calls, ctx } = recorder();
    const options = { density: () => grid, at: () => at, plane: () => "view" };
    new DensityMap(options).over(ctx, view, THEME);
    assert.equal(calls.filter(([name]) => name === "fillText").length, 0);
  }
});

test("a trail keeps places apart, forgets the oldest, and ends where one is", () => {
  const trail = new Trail(0.5, 10);
  for (let n = 0; n <= 100; n++) trail.add([n / 10, 0, 0]);
  assert.equal(trail.points.length, 10);
  trail.points.slice(1).forEach(([x], n) => assert.ok(x - trail.points[n][0] >= 0.5 - 1e-9));
  assert.deepEqual(trail.tip, [10, 0, 0]);
  trail.add([10.2, 0, 0]);
  assert.deepEqual(trail.points.at(-1), [10, 0, 0]);
  const { calls, ctx } = recorder();
  const view = viewOf(3);
  trail.over(ctx, view, THEME);
  const [x, y] = projectPoint(view, [10.2, 0, 0]);
  assert.ok(calls.some(([name, a, b]) => name === "lineTo" && a === x && b === y));
  trail.clear();
  trail.over(ctx, view, {});
  assert.equal(trail.points.length, 0);
});

test("a trail does not change when the place it was given does", () => {
  const trail = new Trail(0.1);
  const place = [1, 2];
  trail.add(place);
  place[0] = 7;
  assert.deepEqual(trail.points, [[1, 2]]);
});

test("a trail fades with age but never to nothing", () => {
  const shares = [0, 0.25, 0.5, 0.75, 1].map(fadeOf);
  shares.slice(1).forEach((value, n) => assert.ok(value > shares[n]));
  assert.ok(shares[0] > 0 && shares[4] <= 1);
});

test("a close-up has its place in the middle and its radius in sight, turned as before", () => {
  for (const dims of [2, 3]) {
    const frame = geometry.frameOf(Float32Array.from([-3, -3, -3, 3, 3, 3].slice(0, 2 * dims)), dims);
    const before = { ...camera.defaultCamera(dims), panX: 0.4, zoom: 2 };
    const point = [1, -2, 0.5].slice(0, dims);
    const after = closeUp(frame, before, { width: 700, height: 460 }, { point, radius: 0.2 });
    assert.deepEqual([after.yaw, after.pitch], [before.yaw, before.pitch]);
    const view = geometry.makeView(frame, after, 700, 460);
    const [x, y] = projectPoint(view, point);
    assert.ok(Math.hypot(x - 350, y - 230) < 1e-6);
    const edge = geometry.unproject(view, 350 + 0.32 * 460, 230, projectPoint(view, point)[2]);
    const distance = Math.hypot(...edge.map((value, d) => value - point[d]));
    assert.ok(Math.abs(distance - 0.2) < 1e-3, String(distance));
  }
});

test("a close-up of next to nothing zooms as far as the camera goes", () => {
  const frame = geometry.frameOf(Float32Array.from([-3, -3, -3, 3, 3, 3]), 3);
  const size = { width: 700, height: 460 };
  const near = closeUp(frame, camera.defaultCamera(3), size, { point: [0, 0, 0], radius: 1e-9 });
  assert.equal(near.zoom, 40);
});

test("every draw of a posterior is a disc, on a rim, smaller where they crowd", () => {
  const { calls, ctx } = recorder();
  const recording = new Proxy(ctx, {
    get: (target, name) => (name === "canvas" ? { dataset: {} } : target[name]),
  });
  const draws = [[0, 0, 0], [1, 1, 1], [0, 1, 0]];
  makeMass(() => draws).over(recording, viewOf(), THEME);
  assert.equal(calls.filter(([name]) => name === "arc").length, 2 * draws.length);
  const crowd = [[0, 0], [1, 1], [1, 0]];
  assert.equal(discRadius(crowd), 1.4);
  assert.equal(discRadius(crowd.map(([x, y]) => [100 * x, 100 * y])), 4.5);
});
