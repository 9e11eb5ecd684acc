import assert from "node:assert/strict";
import { test } from "node:test";
import { placeHash, readPlace } from "../../../vae_explorer/ui/components/live_view/offline/address.js";
import { Answers } from "../../../vae_explorer/ui/components/live_view/offline/answers.js";

const SPACE = {
  count: 5,
  latent: 2,
  arrays: {
    points: Float32Array.from([0, 0, 9, 9, 1, 0, -4, 0, 0.2, 0]),
    labels: Uint16Array.from([1, 0, 1, 1, 1]),
  },
};

test("a place comes back from the address it was put into", () => {
  const hash = placeHash({ z: Float32Array.from([0.5, -1.25]), label: 3 }, 10);
  assert.equal(hash, "#z1=0.50&z2=-1.25&label=3");
  assert.deepEqual(readPlace(2, 10, hash), { z: [0.5, -1.25], label: 3 });
  assert.equal(placeHash({ z: [1], label: 0 }, 0), "#z1=1.00");
  assert.equal(placeHash({ z: [0.0012], label: 0 }, 0, 1e-4), "#z1=0.0012", "of a small space");
});

test("an address that is no place of the space is none", () => {
  for (const hash of ["", "#", "#z1=1", "#z1=1&z2=x", "#z1=1&z2=", "#z1=Infinity&z2=0"]) {
    assert.equal(readPlace(2, 0, hash), null, hash);
  }
});

test("a label that is no class is the first", () => {
  for (const label of ["10", "-1", "0.5", "x", ""]) {
    assert.equal(readPlace(1, 10, `#z1=0&label=${label}`).label, 0);
  }
});

test("a class is visited from its middle outwards, again and again", () => {
  const answers = new Answers(SPACE);
  const places = Array.from({ length: 5 }, () => answers.to(1)[0]);
  const round = places.map((value) => Number(value.toFixed(3)));
  assert.deepEqual(round, [0, 0.2, 1, -4, 0]);
  assert.deepEqual(answers.to(0), [9, 9]);
  assert.equal(answers.to(7), null);
});

test("codes count, not where they are drawn", () => {
  const arrays = { ...SPACE.arrays, mu: Float32Array.from([5, 0, 6, 0, 7]) };
  assert.deepEqual(new Answers({ count: 5, latent: 1, arrays }).to(0), [0]);
});

test("random places are draws from the standard normal", () => {
  let state = 1; // Park and Miller's generator
  const random = () => (state = (state * 16807) % 2147483647) / 2147483647;
  const answers = new Answers(SPACE, random);
  const draws = Array.from({ length: 5000 }, () => answers.to("random")).flat();
  const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
  const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
  const within = draws.filter((x) => Math.abs(x) < 1).length / draws.length;
  assert.ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.05, `${mean} ${variance}`);
  assert.ok(Math.abs(within - 0.6827) < 0.02, `${within}`);
});
