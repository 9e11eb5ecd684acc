import assert from "node:assert/strict";
import { test } from "node:test";
import { roomBeside } from "../../../vae_explorer/ui/components/tour/find.js";
import {
  keepAlways,
  recallAlways,
} from "../../../vae_explorer/ui/components/browser/view_storage.js";

const WINDOW = { width: 1000, height: 800 };
const WORDS = { width: 300, height: 150 };
const at = (left, top, width, height) => roomBeside({ left, top, width, height }, WORDS, WINDOW);

/** How much of a part the words cover, pixels. */
function covered({ left, top }, part) {
  const over = (a, b, c, d) => Math.max(0, Math.min(a + b, c + d) - Math.max(a, c));
  const across = over(left, WORDS.width, part.left, part.width);
  return across * over(top, WORDS.height, part.top, part.height);
}

test("words go below a part, else above it, else beside it", () => {
  assert.deepEqual(at(50, 100, 200, 80), { left: 50, top: 194 });
  assert.deepEqual(at(50, 600, 200, 150), { left: 50, top: 436 });
  assert.deepEqual(at(500, 20, 400, 760), { left: 186, top: 20 });
  assert.deepEqual(at(20, 20, 400, 760), { left: 434, top: 20 });
});

test("words never leave the window, and cover a part only where it fills the window", () => {
  for (const left of [-50, 0, 300, 900]) {
    for (const top of [-80, 0, 300, 700, 790]) {
      for (const [width, height] of [[60, 40], [400, 300], [980, 780]]) {
        const part = { left, top, width, height };
        const place = roomBeside(part, WORDS, WINDOW);
        assert.ok(place.left >= 14 && place.left + WORDS.width <= 986, JSON.stringify(part));
        assert.ok(place.top >= 14 && place.top + WORDS.height <= 786, JSON.stringify(part));
        if (width < 900) assert.equal(covered(place, part), 0, JSON.stringify(part));
      }
    }
  }
});

test("where the browser keeps nothing, each visit is a first one", () => {
  globalThis.localStorage = {
    setItem: () => {
      throw new Error("refused");
    },
    getItem: () => {
      throw new Error("refused");
    },
  };
  keepAlways("tour", true);
  assert.equal(recallAlways("tour"), null);
  const kept = new Map();
  globalThis.localStorage = {
    setItem: (key, value) => kept.set(key, value),
    getItem: (key) => kept.get(key) ?? null,
  };
  keepAlways("tour", true);
  assert.equal(recallAlways("tour"), true);
});
