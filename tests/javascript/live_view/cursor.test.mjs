import assert from "node:assert/strict";
import { test } from "node:test";
import * as camera from "../../../vae_explorer/ui/components/live_view/geometry/camera.js";
import * as geometry from "../../../vae_explorer/ui/components/live_view/geometry/geometry.js";
import * as ray from "../../../vae_explorer/ui/components/live_view/geometry/ray.js";
import { AXIS_COLOURS, arrowsAt } from "../../../vae_explorer/ui/components/live_view/overlays/arrows.js";
import { partAt, resizeHint } from "../../../vae_explorer/ui/components/live_view/overlays/arrows.js";
import { Cursor, placeOnPlane } from "../../../vae_explorer/ui/components/live_view/overlays/cursor.js";
import { parseColour } from "../../../vae_explorer/ui/components/live_view/points/raster.js";

const SIZE = { width: 700, height: 460 };
const { projectPoint } = geometry;

/** Numbers in [0, 1), the same ones at every run. */
function generator(seed = 1) {
  return () => (seed = (seed * 48271) % 2147483647) / 2147483647;
}

/** A frame that is off the origin and not a cube, seen by a camera that is off its default. */
function someView(random, dims = 3) {
  const corner = [[-2, 3, 1], [-5, 0, -1]].flatMap((point) => point.slice(0, dims));
  const frame = geometry.frameOf(Float32Array.from(corner), dims);
  let look = camera.defaultCamera(dims);
  if (dims === 3) look = camera.orbitBy(look, 800 * random(), 300 * random() - 150);
  look = camera.zoomAt(look, 0.6 + 2 * random(), 700 * random(), 460 * random(), SIZE);
  return geometry.makeView(frame, look, SIZE.width, SIZE.height);
}

function somePoint(random, view) {
  const { frame } = view;
  return Array.from({ length: frame.dims }, (_, d) => {
    return frame.centre[d] + (1.6 * random() - 0.8) * frame.half[d];
  });
}

/** A cursor at `point` that tells what it was asked to do. */
function cursorAt(point, plane = "view") {
  const told = { moves: [], drops: 0 };
  const cursor = new Cursor({
    at: () => told.moves.at(-1) ?? point,
    move: (place) => told.moves.push(place),
    drop: () => told.drops++,
    step: 0.25,
    axes: ["z1", "z2", "z3"],
    plane: () => plane,
  });
  return { cursor, told };
}

const gap = (a, b) => Math.hypot(...a.map((value, d) => value - b[d]));
const pixelOf = (view, point) => projectPoint(view, point).slice(0, 2);

test("dragged by its centre the cursor stays under the pointer, at its depth", () => {
  const random = generator(3);
  for (let k = 0; k < 200; k++) {
    const view = someView(random, k % 4 ? 3 : 2);
    const point = somePoint(random, view);
    const [px, py, depth] = projectPoint(view, point);
    const { cursor, told } = cursorAt(point);
    const [offX, offY] = [18 * random() - 9, 18 * random() - 9];
    const drag = cursor.grab(view, px + offX, py + offY);
    for (let step = 0; step < 3; step++) {
      const [x, y] = [700 * random(), 460 * random()];
      drag.move(view, x, y);
      const now = projectPoint(view, told.moves.at(-1));
      assert.ok(gap(now, [x - offX, y - offY, depth]) < 1e-6);
      assert.equal(told.moves.at(-1).length, point.length);
    }
    drag.drop();
    assert.equal(told.drops, 1);
  }
});

test("a cursor that was just grabbed has not moved", () => {
  const random = generator(5);
  for (let k = 0; k < 100; k++) {
    const view = someView(random);
    const point = somePoint(random, view);
    for (const { high, low } of arrowsAt(view, point)) {
      for (const [from, tip] of [high, low]) {
        const [x, y] = [(from[0] + tip[0]) / 2 + 3, (from[1] + tip[1]) / 2 - 3];
        const { cursor, told } = cursorAt(point);
        const drag = cursor.grab(view, x, y);
        if (!drag) continue; // a foreshortened arrow: three pixels aside is the centre's or no part
        drag.move(view, x, y);
        assert.ok(gap(told.moves.at(-1), point) < 1e-9);
      }
    }
  }
});

test("dragged by an arrow it stays on the axis, where that is seen nearest to the pointer", () => {
  const random = generator(7);
  let checked = 0;
  for (let k = 0; k < 200; k++) {
    const view = someView(random);
    const point = somePoint(random, view);
    for (const { d, high } of arrowsAt(view, point)) {
      const [x0, y0] = high[1];
      if (partAt(view, point, x0, y0) !== d) continue;
      const { cursor, told } = cursorAt(point);
      const drag = cursor.grab(view, x0, y0);
      const [x, y] = [x0 + 160 * random() - 80, y0 + 160 * random() - 80];
      drag.move(view, x, y);
      const place = told.moves.at(-1);
      place.forEach((value, axis) => assert.ok(axis === d || value === point[axis]));
      if (Math.abs(place[d] - view.frame.centre[d]) > 2.99 * view.frame.radius) continue; // cut off
      const [px, py] = projectPoint(view, point);
      const wanted = [x + px - x0, y + py - y0];
      const distance = (value) => gap(pixelOf(view, place.with(d, value)), wanted);
      const nearest = distance(place[d]);
      for (const shift of [-0.3, -1e-3, 1e-3, 0.3]) {
        assert.ok(distance(place[d] + shift) > nearest - 1e-9);
      }
      checked++;
    }
  }
  assert.ok(checked > 300);
});

test("along an axis the very pixel of a place leads back to it", () => {
  const random = generator(9);
  for (let k = 0; k < 200; k++) {
    const view = someView(random, k % 3 ? 3 : 2);
    const point = somePoint(random, view);
    const d = k % view.frame.dims;
    const there = somePoint(random, view)[d];
    const [x, y] = projectPoint(view, point.with(d, there));
    if (gap([x, y], pixelOf(view, point)) < 3) continue;
    assert.ok(Math.abs(ray.alongAxis(view, x, y, point, d) - (there - point[d])) < 1e-6);
  }
});

test("no drag along an axis leads behind the eye or far away", () => {
  const random = generator(11);
  for (let k = 0; k < 2000; k++) {
    const view = someView(random);
    const point = somePoint(random, view);
    const d = k % 3;
    const [x, y] = [4000 * random() - 2000, 4000 * random() - 2000];
    const place = point.with(d, point[d] + ray.alongAxis(view, x, y, point, d));
    assert.ok(Math.abs(place[d] - view.frame.centre[d]) <= 3.0001 * view.frame.radius);
    assert.ok(projectPoint(view, place)[2] <= view.eye - 0.9999);
  }
});

test("a click on a chosen plane puts the cursor under the pointer and in that plane", () => {
  const random = generator(13);
  let refused = 0;
  for (let k = 0; k < 300; k++) {
    const view = someView(random);
    const point = somePoint(random, view);
    const plane = [[0, 1], [1, 2], [2, 0]][k % 3];
    const [x, y] = [700 * random(), 460 * random()];
    const { cursor, told } = cursorAt(point, plane);
    if (!cursor.press(view, x, y)) {
      assert.equal(told.moves.length, 0);
      refused++;
      continue;
    }
    const [place] = told.moves;
    const across = 3 - plane[0] - plane[1];
    assert.ok(gap(pixelOf(view, place), [x, y]) < 1e-6);
    assert.ok(Math.abs(place[across] - point[across]) < 1e-9);
    assert.equal(told.drops, 1);
  }
  assert.ok(refused > 5 && refused < 150, `${refused}`);
});

test("a click on the plane of the screen keeps the depth; in 2-D there is no other", () => {
  const random = generator(15);
  const view = someView(random);
  const point = somePoint(random, view);
  const place = placeOnPlane(view, point, "view", 123, 321);
  assert.ok(gap(projectPoint(view, place), [123, 321, projectPoint(view, point)[2]]) < 1e-6);
  const flat = someView(random, 2);
  const there = placeOnPlane(flat, [-3, 2], [0, 1], 300, 200);
  assert.equal(there.length, 2);
  assert.ok(gap(pixelOf(flat, there), [300, 200]) < 1e-6);
});

test("a plane seen edge on cannot be pointed at, nor one that lies behind the eye", () => {
  const frame = geometry.frameOf(Float32Array.from([-1, -1, -1, 1, 1, 1]), 3);
  const level = { yaw: 0.3, pitch: 0, zoom: 1, panX: 0, panY: 0 };
  const view = geometry.makeView(frame, level, 700, 460);
  const [x, y] = pixelOf(view, [0, 0, 0]);
  assert.equal(placeOnPlane(view, [0, 0, 0], [0, 1], x + 5, y), null);
  assert.notEqual(placeOnPlane(view, [0, 0, 0], [0, 2], x + 5, y), null);
  const tilted = geometry.makeView(frame, { ...level, pitch: 0.15 }, 700, 460);
  assert.equal(placeOnPlane(tilted, [0, 0, 0], [0, 1], 350, -900), null);
});

test("what lies under the pointer: the centre first, then arrows; fingers get more room", () => {
  const frame = geometry.frameOf(Float32Array.from([-1, -1, -1, 1, 1, 1]), 3);
  const view = geometry.makeView(frame, camera.defaultCamera(3), 700, 460);
  const [x, y] = pixelOf(view, [0, 0, 0]);
  assert.equal(partAt(view, [0, 0, 0], x + 13, y), "centre");
  assert.equal(partAt(view, [0, 0, 0], x, y - 50), 2);
  assert.equal(partAt(view, [0, 0, 0], x + 7, y - 50), 2);
  assert.equal(partAt(view, [0, 0, 0], x + 15, y - 50), null);
  assert.equal(partAt(view, [0, 0, 0], x + 15, y - 50, true), 2);
  assert.equal(partAt(view, [0, 0, 0], x, y - 22), 2);
  assert.equal(partAt(view, [0, 0, 0], x, y - 22, true), "centre");
  assert.equal(partAt(view, [0, 0, 0], x, y - 90, true), null);
});

test("an arrow that points at the eye is gone, and those across are 60 pixels long", () => {
  const frame = geometry.frameOf(Float32Array.from([-1, -1, -1, 1, 1, 1]), 3);
  const above = { yaw: -Math.PI / 2, pitch: Math.PI / 2, zoom: 3, panX: 0, panY: 0 };
  const view = geometry.makeView(frame, above, 700, 460);
  const arrows = arrowsAt(view, [0.2, 0.1, 0.3]);
  assert.deepEqual(arrows.map(({ d }) => d), [0, 1]);
  const centre = pixelOf(view, [0.2, 0.1, 0.3]);
  for (const { high, low, alpha } of arrows) {
    assert.equal(alpha, 1);
    assert.ok(Math.abs(gap(high[1].slice(0, 2), centre) - 60) < 1e-6);
    assert.ok(Math.abs(gap(low[1].slice(0, 2), centre) - 60) < 1e-6);
  }
});

test("in a small picture arrows are shorter", () => {
  const frame = geometry.frameOf(Float32Array.from([-1, -1, 1, 1]), 2);
  const view = geometry.makeView(frame, camera.defaultCamera(2), 300, 300);
  const [{ high }] = arrowsAt(view, [0, 0]);
  assert.ok(Math.abs(gap(high[1].slice(0, 2), pixelOf(view, [0, 0])) - 44) < 1e-6);
});

test("keys walk one axis each; shift, other keys and a third axis in 2-D do not", () => {
  const walks = { ArrowRight: [0.25, 0, 0], ArrowLeft: [-0.25, 0, 0], ArrowUp: [0, 0.25, 0] };
  Object.assign(walks, { ArrowDown: [0, -0.25, 0], PageUp: [0, 0, 0.25], PageDown: [0, 0, -0.25] });
  for (const [key, change] of Object.entries(walks)) {
    const { cursor, told } = cursorAt([1, 2, 3]);
    assert.equal(cursor.key(key, true), false);
    assert.equal(cursor.key(key, false), true);
    assert.deepEqual(told, { moves: [[1, 2, 3].map((v, d) => v + change[d])], drops: 1 });
  }
  const { cursor, told } = cursorAt([1, 2]);
  for (const key of ["PageUp", "PageDown", "+", "Enter"]) assert.equal(cursor.key(key), false);
  assert.equal(told.moves.length + told.drops, 0);
});

test("without a place the cursor answers nothing", () => {
  const view = someView(generator(17));
  const { cursor, told } = cursorAt(null);
  assert.equal(cursor.grab(view, 10, 10), null);
  assert.equal(cursor.hint(view, 10, 10), null);
  assert.equal(cursor.press(view, 10, 10), false);
  assert.equal(cursor.key("ArrowUp", false), false);
  cursor.over(null, view, {});
  assert.equal(told.moves.length, 0);
});

test("the pointer says which way a part can be moved", () => {
  const frame = geometry.frameOf(Float32Array.from([-1, -1, 1, 1]), 2);
  const view = geometry.makeView(frame, camera.defaultCamera(2), 500, 500);
  const { cursor } = cursorAt([0, 0]);
  const [x, y] = pixelOf(view, [0, 0]);
  assert.equal(cursor.hint(view, x + 4, y), "move");
  assert.equal(cursor.hint(view, x + 50, y), "ew-resize");
  assert.equal(cursor.hint(view, x, y + 50), "ns-resize");
  assert.equal(cursor.hint(view, x + 50, y + 50), null);
  const hints = [[1, 1], [-1, -1], [1, -1], [-1, 1], [-1, 0]].map((way) => resizeHint(...way));
  assert.deepEqual(hints, [
    ...["nwse-resize", "nwse-resize", "nesw-resize", "nesw-resize", "ew-resize"],
  ]);
});

const linear = (value) => (value <= 10 ? value / 3294 : ((value / 255 + 0.055) / 1.055) ** 2.4);
const lightOf = (colour) => parseColour(colour).map(linear);

test("the axes' colours stand out from white and from dark", () => {
  const luminance = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
  for (const colour of AXIS_COLOURS.map(lightOf)) {
    assert.ok(1.05 / (luminance(colour) + 0.05) > 3);
    assert.ok((luminance(colour) + 0.05) / (luminance(lightOf("#0e1117")) + 0.05) > 3);
  }
});

/** CIE L*a*b* of linear sRGB, D65. */
function labOf(light) {
  const [r, g, b] = light.map((value) => Math.max(0, value));
  const bend = (t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = bend((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const y = bend(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = bend((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

test("the axes' colours are told apart by every kind of colour vision", () => {
  // Machado, Oliveira & Fernandes 2009, severity 1: protan, deutan, tritan, on linear RGB
  const visions = [
    [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
    [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
    [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
  ];
  for (const m of visions) {
    const seen = AXIS_COLOURS.map(lightOf).map((light) =>
      labOf([0, 3, 6].map((row) => light.reduce((sum, v, k) => sum + m[row + k] * v, 0))),
    );
    for (const [a, b] of [[0, 1], [1, 2], [0, 2]]) assert.ok(gap(seen[a], seen[b]) > 40);
  }
});
