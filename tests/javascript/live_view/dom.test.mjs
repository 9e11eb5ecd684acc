import assert from "node:assert/strict";
import { test } from "node:test";
import { describe, noticeFor } from "../../../vae_explorer/ui/components/live_view/scene/dom.js";

test("the picture is told in words", () => {
  const cloud = { names: ["a", "b"], dims: 3, axes: ["z1", "z2", "z3"], count: 12345 };
  const words = describe(cloud, [false, true], { point: [0.5, -1, 2] });
  assert.match(words, /12,345 points in 2 classes: a, b\. Hidden: b\./);
  assert.match(words, /Current point: z1 0\.50, z2 -1\.00, z3 2\.00\./);
  assert.match(describe({ ...cloud, names: ["a"] }, [false], {}), /one class: a/);
  const small = describe(cloud, [false, true], { point: [0.0005, 0, 0] }, "Keys", 0.01);
  assert.match(small, /Current point: z1 0\.0005, z2 0\.0000/, "of a small space");
});

test("an empty, hidden or broken cloud gets one sentence", () => {
  assert.match(noticeFor({ count: 0 }, [], 0), /no points/);
  assert.match(noticeFor({ count: 5 }, [true, true], 0), /hidden/);
  assert.match(noticeFor({ count: 5 }, [false], 5), /None of the points/);
  assert.match(noticeFor({ count: 5 }, [false], 2), /^2 points/);
  assert.equal(noticeFor({ count: 5 }, [false], 0), "");
});
