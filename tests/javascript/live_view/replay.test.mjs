import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { centroids, frameOf } from "../../../vae_explorer/ui/components/live_view/geometry/geometry.js";
import { Picker } from "../../../vae_explorer/ui/components/live_view/geometry/picking.js";
import { makeMounts } from "../../../vae_explorer/ui/components/browser/mount.js";
import { fairSample, placeSample } from "../../../vae_explorer/ui/components/live_view/points/gl_dots.js";
import * as play from "../../../vae_explorer/ui/components/live_view/replay/player.js";
import { EpochStore, retryDelay } from "../../../vae_explorer/ui/components/live_view/replay/store.js";
import * as travel from "../../../vae_explorer/ui/components/live_view/replay/travel.js";

const upTo = (count) => Array.from({ length: count }, (_, n) => n + 1);

/** The epochs shown from pressing play to the end, and the milliseconds that takes. */
function playThrough(player) {
  let now = play.toggle(player);
  const shown = [now.at];
  const { milliseconds } = play.pace(now.epochs.length, now.speed);
  while (now.playing) {
    now = play.advance(now);
    shown.push(now.at);
  }
  return { shown, lasts: (shown.length - 1) * milliseconds, end: now };
}

test("playing takes about ten seconds for any number of epochs, and ends with the last", () => {
  for (const count of [12, 40, 84, 85, 100, 333, 1000, 5001]) {
    const { shown, lasts, end } = playThrough(play.makePlayer(upTo(count), false));
    assert.ok(Math.abs(lasts - 10000) < 200, `${count} epochs take ${lasts} ms`);
    assert.deepEqual([shown[0], shown.at(-1)], [1, count]);
    assert.ok(lasts / (shown.length - 1) >= 119, "no epoch is but a flash");
    assert.ok(!end.playing);
  }
});

test("up to eighty epochs are all played, and few of them do not drag", () => {
  assert.deepEqual(playThrough(play.makePlayer(upTo(80), false)).shown, upTo(80));
  assert.equal(play.pace(3, 1).milliseconds, 1000);
  assert.equal(play.pace(3, 4).milliseconds, 250);
});

test("a speed divides the time", () => {
  for (const speed of [1, 2, 4]) {
    const { lasts } = playThrough({ ...play.makePlayer(upTo(200), false), speed });
    assert.ok(Math.abs(lasts * speed - 10000) < 800, `${speed}: ${lasts}`);
  }
});

test("who follows is taken to each new epoch, who has gone back stays until asked for", () => {
  const live = play.makePlayer([1, 2, 3], true);
  assert.deepEqual([live.at, live.following], [3, true]);
  assert.equal(play.arrive(live, [1, 2, 3, 4], true).at, 4);
  const back = play.arrive(play.seek(live, 2), [1, 2, 3, 4], true);
  assert.deepEqual([back.at, back.following], [2, false]);
  const again = play.follow(back);
  assert.deepEqual([again.at, again.following], [4, true]);
  assert.ok(play.seek(back, 4).following, "choosing the newest is following, too");
});

test("a run that ends takes its followers to the last epoch, and nobody follows any more", () => {
  const live = play.makePlayer([1, 2], true);
  const over = play.arrive(live, [1, 2, 3, 4], false);
  assert.deepEqual([over.at, over.following, over.live], [4, false, false]);
  assert.equal(play.arrive(play.seek(live, 1), [1, 2, 3], false).at, 1);
  assert.ok(play.arrive(over, [1, 2, 3, 4, 5], true).following, "a resumed run is followed again");
});

test("playing goes on while epochs come, and then follows", () => {
  let player = play.toggle(play.seek(play.makePlayer([1, 2, 3], true), 1));
  player = play.arrive(player, [1, 2, 3, 4], true);
  assert.deepEqual([player.at, player.playing, player.following], [1, true, false]);
  while (player.playing) player = play.advance(player);
  assert.deepEqual([player.at, player.following], [4, true]);
});

test("play begins anew at the end, stops where it is, and needs two epochs", () => {
  const player = play.makePlayer([5, 6, 7], false);
  const playing = play.toggle(player);
  assert.deepEqual([playing.at, playing.playing], [5, true]);
  const stopped = play.toggle(play.advance(playing));
  assert.deepEqual([stopped.at, stopped.playing], [6, false]);
  assert.ok(!play.seek(playing, 6).playing);
  for (const epochs of [[], [1]]) assert.ok(!play.toggle(play.makePlayer(epochs, false)).playing);
});

test("without epochs there is nowhere to be, with the first one comes a place", () => {
  const none = play.makePlayer([], true);
  assert.deepEqual([none.at, play.wantedEpochs(none)], [null, []]);
  assert.equal(play.arrive(none, [1], true).at, 1);
  assert.equal(play.arrive(play.makePlayer([], false), [1, 2], false).at, 2);
});

test("an epoch that is gone gives way to the one before it", () => {
  const player = play.seek(play.makePlayer([2, 4, 6], false), 4);
  assert.equal(play.arrive(player, [1, 3, 5], false).at, 3);
  assert.equal(play.arrive(player, [5, 6], false).at, 5);
});

test("fetched in advance is what is shown next, the present epoch first", () => {
  const player = play.makePlayer(upTo(400), false);
  const playing = { ...play.toggle(player), at: 11 };
  assert.deepEqual(play.wantedEpochs(playing).slice(0, 3), [11, 16, 21]);
  const nearEnd = play.wantedEpochs({ ...playing, at: 397 });
  assert.deepEqual(nearEnd, [397, 400]);
  const still = play.wantedEpochs(play.seek(player, 11));
  assert.equal(still[0], 11);
  for (const epoch of [10, 12, 16]) assert.ok(still.includes(epoch));
  assert.ok(play.wantedEpochs(player).includes(1), "at the end play would begin anew");
  assert.deepEqual(new Set(play.wantedEpochs(play.makePlayer([7], false))), new Set([7]));
});

/** A store whose fetches are answered by hand. */
function heldStore() {
  const asked = [];
  const changes = [];
  const load = (epoch, signal) =>
    new Promise((resolve, reject) => asked.push({ epoch, signal, resolve, reject }));
  return { asked, changes, store: new EpochStore(load, (epoch) => changes.push(epoch)) };
}

test("a few epochs are fetched at once, further ones as soon as there is room", async () => {
  const { asked, changes, store } = heldStore();
  store.want([1, 2, 3, 4, 5, 6]);
  assert.deepEqual(asked.map(({ epoch }) => epoch), [1, 2, 3, 4]);
  asked[1].resolve("two");
  await turn();
  assert.equal(store.get(2), "two");
  assert.deepEqual(changes, [2]);
  assert.equal(asked[4].epoch, 5);
  store.clear();
});

test("what is no longer wanted is given up, what is kept is not fetched again", async () => {
  const { asked, changes, store } = heldStore();
  store.want([1, 2]);
  asked[0].resolve("one");
  await turn();
  store.want([1, 9]);
  assert.ok(asked[1].signal.aborted && !asked[2].signal.aborted);
  asked[1].resolve("two, too late");
  asked[1].reject(new Error("aborted"));
  await turn();
  assert.deepEqual([asked.length, store.get(2), changes], [3, null, [1]]);
  store.clear();
  assert.ok(asked[2].signal.aborted);
  assert.equal(store.get(1), null);
});

test("a failed fetch is tried again, later each time, until it comes", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { asked, changes, store } = heldStore();
  store.want([3]);
  for (const failures of [1, 2, 3]) {
    asked.at(-1).reject(new Error("lost"));
    await turn();
    assert.equal(store.failures(3), failures);
    assert.deepEqual(changes, Array(failures).fill(3));
    context.mock.timers.tick(retryDelay(failures) - 1);
    assert.equal(asked.length, failures);
    context.mock.timers.tick(1);
    assert.equal(asked.length, failures + 1);
  }
  asked.at(-1).resolve("three");
  await turn();
  assert.deepEqual([store.get(3), store.failures(3)], ["three", 0]);
  assert.ok(retryDelay(2) > retryDelay(1));
  assert.equal(retryDelay(50), 8000);
});

test("tries that go on beside the others leave no room for more", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { asked, store } = heldStore();
  store.want([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  asked[0].reject(new Error("lost"));
  await turn();
  assert.equal(asked.length, 5, "the lane of the one that waits is free");
  context.mock.timers.tick(retryDelay(1));
  assert.equal(asked.length, 6);
  store.want([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(asked.length, 6);
  store.clear();
});

test("an answer that does not come counts as a failure", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { asked, store } = heldStore();
  store.want([3]);
  asked[0].signal.addEventListener("abort", () => asked[0].reject(new Error("aborted")));
  context.mock.timers.tick(15000);
  await turn();
  assert.equal(store.failures(3), 1);
  store.clear();
  context.mock.timers.tick(60000);
  assert.equal(asked.length, 1, "a cleared store asks for nothing");
});

test("of very many epochs the oldest are forgotten", async () => {
  const store = new EpochStore((epoch) => Promise.resolve({ epoch }), () => {});
  for (const epoch of upTo(1100)) {
    store.want([epoch, 1]);
    await turn();
  }
  assert.ok(store.loaded.size <= 1000);
  assert.deepEqual([store.get(2), store.get(1)?.epoch, store.get(1100)?.epoch], [null, 1, 1100]);
});

test("the way begins and ends where it should, and is slow at both ends", () => {
  assert.deepEqual([travel.ease(0), travel.ease(0.5), travel.ease(1)], [0, 0.5, 1]);
  assert.ok(travel.ease(0.1) < 0.1 && travel.ease(0.9) > 0.9);
  const [from, to, out] = [Float32Array.of(0, 4), Float32Array.of(2, 0), new Float32Array(2)];
  assert.deepEqual(travel.mixInto(out, from, to, 0), from);
  assert.deepEqual(travel.mixInto(out, from, to, 0.25), Float32Array.of(0.5, 3));
  assert.deepEqual(travel.mixInto(out, from, to, 1), to);
});

/** Points on the corners of a box and in its middle. */
function boxed(half, centre = [0, 0, 0]) {
  const points = [...centre];
  for (let n = 0; n < 8; n++) {
    for (let d = 0; d < 3; d++) points.push(centre[d] + (n & (1 << d) ? half : -half));
  }
  return Float32Array.from(points);
}

/** Is every point within the frame's reach, and nearly within its box? */
function holds(frame, points) {
  for (let i = 0; i < points.length; i += 3) {
    const away = frame.centre.map((value, d) => points[i + d] - value);
    if (Math.hypot(...away) > frame.reach * frame.radius * (1 + 1e-6)) return false;
    if (away.some((value, d) => Math.abs(value) > frame.half[d] * 1.05)) return false;
  }
  return true;
}

test("the box stays while the points are at home in it", () => {
  const first = travel.steadyFrame(null, frameOf(boxed(2), 3));
  for (const points of [boxed(1.7), boxed(2.1), boxed(1.8, [0.2, 0, -0.2])]) {
    const next = travel.steadyFrame(first, frameOf(points, 3));
    assert.deepEqual([next.half, next.centre], [first.half, first.centre]);
    assert.ok(holds(next, points));
  }
  assert.equal(travel.steadyFrame(first, frameOf(boxed(1.9), 3)), first);
});

test("the box follows points that leave it, or that fill little of it", () => {
  const first = travel.steadyFrame(null, frameOf(boxed(2), 3));
  for (const points of [boxed(3), boxed(0.5), boxed(2, [1, 0, 0]), boxed(1, [40, 0, 0])]) {
    const next = travel.steadyFrame(first, frameOf(points, 3));
    assert.notDeepEqual(next.half.concat(next.centre), first.half.concat(first.centre));
    assert.ok(holds(next, points));
  }
  const flat = travel.steadyFrame(first, frameOf(Float32Array.of(0, 0, 1, 1), 2));
  assert.equal(flat.dims, 2);
});

test("the box around two boxes holds what they hold", () => {
  for (const other of [boxed(0.1), boxed(3, [5, 0, -1]), boxed(0.2, [9, 9, 9])]) {
    const [a, b] = [frameOf(boxed(2), 3), frameOf(other, 3)];
    for (const joined of [travel.joinFrames(a, b), travel.joinFrames(b, a)]) {
      assert.ok(holds(joined, boxed(2)) && holds(joined, other));
    }
  }
  const [small, large] = [frameOf(boxed(0.1), 3), frameOf(boxed(2), 3)];
  assert.deepEqual(travel.joinFrames(small, large).half, large.half);
});

test("between two boxes each point on its way has room", () => {
  const [from, to] = [boxed(1), boxed(4, [3, 0, 0])];
  const frames = [frameOf(from, 3), frameOf(to, 3)];
  for (const share of [0, 0.3, 0.7, 1]) {
    const points = travel.mixInto(new Float32Array(from.length), from, to, share);
    assert.ok(holds(travel.mixFrames(...frames, share), points), `at ${share}`);
  }
  assert.equal(travel.mixFrames(frames[1], frames[1], 0.5), frames[1]);
});

test("points put elsewhere are drawn and found where they are now", () => {
  const labels = Uint16Array.of(0, 1, 0, 1);
  const points = Float32Array.of(0, 0, 1, 1, 2, 2, 3, 3);
  const frame = frameOf(points, 2);
  const sample = fairSample({ points, labels, dims: 2 }, frame);
  const moved = points.map((value) => value - 7);
  const there = frameOf(moved, 2);
  placeSample(sample, moved, 2, there);
  const fresh = fairSample({ points: moved, labels, dims: 2 }, there);
  assert.deepEqual(sample.positions, fresh.positions);
  const picker = new Picker({ points, dims: 2, count: 4, labels });
  const view = { frame, rotation: [1, 0, 0, 0, 1, 0, 0, 0, 1], eye: 5, scale: 10, x0: 0, y0: 0 };
  const before = [...picker.project(view).x];
  picker.setPoints(moved);
  assert.ok(picker.project(view).x.every((x, i) => x < before[i]));
  assert.deepEqual(centroids(moved, labels, 2, 2)[0].slice(0, 2), [-6, -6]);
});

test("a node has one mount, which a late clean-up leaves alone and the last one ends", () => {
  const said = [];
  const create = (parent, signal) => {
    signal.addEventListener("abort", () => said.push("abort"));
    return { parent, updates: 0 };
  };
  const onMount = makeMounts(create, ({ updates }) => said.push(`destroy after ${updates}`));
  const [here, there] = [{}, {}];
  const mounts = [];
  const call = (parent) => onMount(parent, (mount) => mounts.push(mount) && mount.updates++);
  const [first, second] = [call(here), call(here)];
  call(there);
  assert.ok(mounts[0] === mounts[1] && mounts[1] !== mounts[2]);
  first();
  assert.deepEqual(said, []);
  second();
  assert.deepEqual(said, ["abort", "destroy after 2"]);
  call(here);
  assert.notEqual(mounts[3], mounts[0]);
});
