import assert from "node:assert/strict";
import { test } from "node:test";
import {
  boxOf,
  leaderEnd,
  overlap,
  placeNames,
} from "../../../vae_explorer/ui/components/live_view/geometry/name_places.js";

const SIZE = { width: 590, height: 460 };
const NARROW = { width: 358, height: 376 };

/** Numbers in [0, 1), the same ones at every run. */
function generator(seed = 1) {
  return () => (seed = (seed * 48271) % 2147483647) / 2147483647;
}

const name = (x, y, width = 40, weight = 1) => ({ x, y, width, height: 14, weight });

/** So many names around the middle of a picture, and things that they keep off. */
function scene(count, size, seed, spread = 0.6) {
  const random = generator(seed);
  const somewhere = (side) => side / 2 + (random() - 0.5) * side * spread;
  const names = Array.from({ length: count }, () =>
    name(somewhere(size.width), somewhere(size.height), 8 + 80 * random(), random()),
  );
  const taken = Array.from({ length: 6 }, () => {
    const [x, y] = [somewhere(size.width), somewhere(size.height)];
    return [x - 14, y - 14, x + 14, y + 14];
  });
  return { names, taken };
}

const boxesOf = (names, places) =>
  places.flatMap((place, i) => (place ? [boxOf(names[i], place)] : []));

test("with room for all of them names are where they belong", () => {
  const names = [name(100, 100), name(300, 100), name(100, 122)];
  assert.deepEqual(placeNames(names, [], SIZE, []), [[0, 0], [0, 0], [0, 0]]);
});

test("no name lies on another, on what is taken, or over the edge", () => {
  for (const size of [SIZE, NARROW]) {
    for (const count of [10, 20, 60]) {
      for (let seed = 1; seed < 30; seed++) {
        const { names, taken } = scene(count, size, seed * 101);
        const boxes = boxesOf(names, placeNames(names, taken, size, []));
        boxes.forEach((box, i) => {
          assert.ok(![...boxes.slice(i + 1), ...taken].some((other) => overlap(box, other)));
          assert.ok(box[0] >= 0 && box[1] >= 0 && box[2] <= size.width && box[3] <= size.height);
        });
      }
    }
  }
});

test("ten names find room in a narrow picture", () => {
  for (let seed = 1; seed < 30; seed++) {
    const { names, taken } = scene(10, NARROW, seed * 101);
    assert.ok(placeNames(names, taken, NARROW, []).every(Boolean));
  }
});

test("what is moved goes no farther than it has to", () => {
  const names = [name(200, 200, 40, 2), name(202, 203, 40, 1)];
  const [first, second] = placeNames(names, [], SIZE, []);
  assert.deepEqual(first, [0, 0]);
  assert.ok(Math.hypot(...second) < 30, String(second));
});

test("what is moved is not put nearer to where another one belongs", () => {
  const names = [name(200, 200, 12, 1), name(222, 200, 12, 2)];
  const cursor = [180, 195, 208, 206]; // the free place that is nearest is at the other's
  const [place] = placeNames(names, [cursor], SIZE, []);
  const box = boxOf(names[0], place);
  const far = ({ x, y }) => {
    const across = Math.max(box[0] - x, x - box[2], 0);
    return Math.hypot(across, Math.max(box[1] - y, y - box[3], 0));
  };
  assert.ok(far(names[0]) <= far(names[1]), String(place));
});

test("without room the least important are left out", () => {
  const size = { width: 60, height: 50 };
  const names = [3, 1, 2, 5, 4].map((weight) => name(30, 25, 50, weight));
  const places = placeNames(names, [], size, []);
  const shown = names.filter((_, i) => places[i]).map(({ weight }) => weight);
  assert.deepEqual(shown.sort(), [4, 5].slice(2 - shown.length));
  assert.ok(shown.length >= 1 && shown.length < 5);
  const wide = placeNames([name(30, 25, 200)], [], size, []);
  assert.deepEqual(wide, [null]);
});

test("a name goes no farther than it may, and none is shown that belongs outside", () => {
  const names = [name(100, 100, 40, 2), name(100, 100, 40, 1), name(-5, 100)];
  assert.deepEqual(placeNames(names, [], SIZE, [], 10), [[0, 0], null, null]);
});

test("names do not tremble: small shifts move nothing", () => {
  const { names, taken } = scene(10, SIZE, 77);
  const random = generator(5);
  const still = placeNames(names, taken, SIZE, placeNames(names, taken, SIZE, []));
  let before = still;
  for (let frame = 0; frame < 100; frame++) {
    const shaken = names.map((each) => ({ ...each, x: each.x + random() - 0.5 }));
    before = placeNames(shaken, taken, SIZE, before);
    assert.deepEqual(before, still);
  }
});

test("a name gives way to the cursor, and comes back when that has gone", () => {
  const names = [name(200, 200), name(400, 200)];
  const cursor = [190, 190, 210, 210];
  const away = placeNames(names, [cursor], SIZE, [[0, 0], [0, 0]]);
  assert.ok(!overlap(boxOf(names[0], away[0]), cursor));
  assert.deepEqual(away[1], [0, 0]);
  assert.deepEqual(placeNames(names, [], SIZE, away), [[0, 0], [0, 0]]);
});

test("while a cloud is turned names change places seldom, and not to and fro", () => {
  const random = generator(9);
  const places3 = Array.from({ length: 10 }, () => [0, 1, 2].map(() => random() - 0.5));
  let before = [];
  const left = new Map(); // by name: the frame in which it left a place, and that
  let moves = 0;
  for (let frame = 0; frame < 720; frame++) {
    const turn = (frame * Math.PI) / 360;
    const names = places3.map(([x, y, z], i) =>
      name(295 + 300 * (x * Math.cos(turn) + y * Math.sin(turn)), 230 + 300 * z, 12, i),
    );
    const places = placeNames(names, [[280, 215, 310, 245]], SIZE, before);
    if (frame) {
      places.forEach((place, i) => {
        if (String(place) === String(before[i])) return;
        moves++;
        const last = left.get(i);
        const back = last && last.place === String(place) && frame - last.frame < 5;
        assert.ok(!back, `name ${i} is back in frame ${frame}`);
        left.set(i, { frame, place: String(before[i]) });
      });
    }
    before = places;
  }
  assert.ok(moves < 60, `${moves} moves in 720 frames`);
});

test("a line leads from where a name belongs to one that was moved", () => {
  const moved = name(200, 200, 40);
  assert.equal(leaderEnd(moved, [0, 0]), null);
  assert.equal(leaderEnd(moved, [0, -10]), null); // near enough
  assert.deepEqual(leaderEnd(moved, [60, 0]), [240, 200]);
  assert.deepEqual(leaderEnd(moved, [0, 40]), [200, 233]);
});
