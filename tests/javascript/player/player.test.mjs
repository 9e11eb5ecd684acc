import assert from "node:assert/strict";
import { test } from "node:test";
import { columnOf, extentOf, shareOf } from "../../../vae_explorer/ui/components/player/charts.js";
import {
  advance,
  makePlaying,
  resize,
  seek,
  stepAt,
  toggle,
} from "../../../vae_explorer/ui/components/player/playing.js";
import {
  curveWords,
  percentWords,
  readingsOf,
  runsOf,
} from "../../../vae_explorer/ui/components/player/words.js";

/** The steps that are shown, one after the other. */
function watched(playing, count) {
  const seen = [playing.at];
  for (let n = 1; n < count; n++) {
    playing = advance(playing);
    seen.push(playing.at);
  }
  return seen;
}

test("forth and back turns round at both ends and shows each end once", () => {
  assert.deepEqual(watched(makePlaying(4, 1, true), 9), [0, 1, 2, 3, 2, 1, 0, 1, 2]);
  assert.deepEqual(watched(makePlaying(2, 1, true), 5), [0, 1, 0, 1, 0]);
});

test("only forth begins again at the end", () => {
  assert.deepEqual(watched(makePlaying(3, 1, false), 7), [0, 1, 2, 0, 1, 2, 0]);
});

test("changing the way of playing half-way goes on from there", () => {
  let playing = makePlaying(4, 1, true);
  for (let n = 0; n < 4; n++) playing = advance(playing); // at 2, on the way back
  assert.deepEqual(watched({ ...playing, pingPong: false }, 4), [2, 3, 0, 1]);
});

test("a step that was chosen is held within the walk and stops it", () => {
  const playing = toggle(makePlaying(5, 1, true));
  assert.equal(playing.on, true);
  for (const [wanted, at] of [[-3, 0], [2, 2], [99, 4]]) {
    assert.deepEqual([seek(playing, wanted).at, seek(playing, wanted).on], [at, false]);
  }
  assert.equal(toggle(playing).on, false);
});

test("who plays only forth from the end begins anew", () => {
  assert.equal(toggle(seek(makePlaying(5, 1, false), 4)).at, 0);
  assert.equal(toggle(seek(makePlaying(5, 1, true), 4)).at, 4);
});

test("with another number of steps one stays at the same share of the way", () => {
  const end = seek(makePlaying(5, 1, true), 4);
  assert.equal(resize(end, 33).at, 32);
  assert.equal(resize(seek(end, 2), 33).at, 16);
  assert.equal(resize(seek(end, 2), 3).at, 1);
});

test("a row of n pictures is n columns wide", () => {
  assert.deepEqual([0, 0.249, 0.25, 0.999, 1, 2, -1].map((share) => stepAt(share, 4)), [0, 0, 1, 3, 3, 3, 0]);
});

test("a press in a chart chooses the step whose dot is there", () => {
  for (const steps of [3, 16, 32]) {
    for (let n = 0; n < steps; n++) assert.equal(stepAt(shareOf(columnOf(n, steps) / 300), steps), n);
  }
});

test("a chart's extent holds all finite values and is never nothing", () => {
  const [low, high] = extentOf([3, 1, 2, -Infinity, NaN]);
  assert.ok(low < 1 && high > 3 && high < 4);
  for (const values of [[], [5, 5], [NaN]]) {
    const [from, to] = extentOf(values);
    assert.ok(to > from);
  }
});

test("votes become runs with their mean share", () => {
  const votes = [[6, "six", 1], [6, "six", 0.6], [4, "four", 0.4], [6, "six", 1]];
  assert.deepEqual(runsOf(votes), [
    { label: 6, name: "six", steps: 2, share: 0.8 },
    { label: 4, name: "four", steps: 1, share: 0.4 },
    { label: 6, name: "six", steps: 1, share: 1 },
  ]);
});

test("a step is read out with what is known of it", () => {
  const votes = [[6, "six", 1], [4, "four", 0.6]];
  assert.deepEqual(readingsOf({ votes, percent: [40.3, 0] }, 0, 5), ["six", "denser than 40 %"]);
  assert.deepEqual(readingsOf({ votes, percent: [40.3, 0] }, 1, 5), ["four, by 3 of 5", "denser than <0.1 %"]);
  assert.deepEqual(readingsOf({ votes: null, percent: null }, 0, 5), []);
  assert.deepEqual([0, 0.3, 5.4, 100].map(percentWords), ["<0.1 %", "0.3 %", "5 %", "100 %"]);
});

test("a curve is told by its ends and its extent", () => {
  assert.equal(curveWords("straight", [0, -3, 2]), "straight: from 0.0 to 2.0, between -3.0 and 2.0");
});
