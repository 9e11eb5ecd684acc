// Names of classes in clouds (files as the browser gets them), from 24 cameras: how many collide.
// node count_names.mjs FILE… prints, for each file and size, what is counted; beside it what it
// was with each name at the middle of its class.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { unpack } from "../../../vae_explorer/ui/components/browser/unpack.js";
import { defaultCamera } from "../../../vae_explorer/ui/components/live_view/geometry/camera.js";
import * as geometry from "../../../vae_explorer/ui/components/live_view/geometry/geometry.js";
import { boxOf, overlap } from "../../../vae_explorer/ui/components/live_view/geometry/name_places.js";
import { ClassNames } from "../../../vae_explorer/ui/components/live_view/overlays/class_names.js";
import { Cursor } from "../../../vae_explorer/ui/components/live_view/overlays/cursor.js";
import { targetBoxes } from "../../../vae_explorer/ui/components/live_view/scene/paint.js";

// Of the cloud's canvas on pages of 1,280 and of 390 pixels, and as wide as the first of them
const SIZES = [[590, 460], [358, 376], [1280, 460]].map(([width, height]) => ({ width, height }));
const THEME = { text: "#000000", background: "#ffffff", primary: "#c2410c", font: "sans-serif" };
const PITCHES = [-0.6, 0.38, 1];

/** A context that measures text as a wide font would be. */
const ctx = {
  font: "",
  measureText(text) {
    return { width: 0.64 * Number(/(\d+)px/.exec(this.font)[1]) * text.length };
  },
};

/** Where it starts and 23 others all around it; a plane is zoomed instead. */
function cameras({ dims, home }) {
  const start = defaultCamera(dims, home);
  if (dims === 2) return Array.from({ length: 24 }, (_, n) => ({ ...start, zoom: 1 + n / 8 }));
  const around = Array.from({ length: 24 }, (_, n) => {
    const yaw = start.yaw + (Math.floor(n / 3) * Math.PI) / 4;
    return { ...start, yaw, pitch: PITCHES[n % 3] };
  });
  return [start, ...around.slice(1)];
}

/** How many of the boxes lie on another one, or on what is taken. */
const collisions = (boxes, taken) =>
  boxes.filter((box, i) => [...boxes.toSpliced(i, 1), ...taken].some((other) => overlap(box, other)))
    .length;

/** The cursor in the middle of the data, and an endpoint in the middle of two classes. */
function count(cloud, size) {
  const { points, labels } = cloud.arrays;
  const frame = { ...geometry.frameOf(points, cloud.dims), home: cloud.home };
  const middles = geometry.centroids(points, labels, cloud.dims, cloud.names.length);
  const all = geometry.centroids(points, labels.map(() => 0), cloud.dims, 1)[0];
  const nothing = () => {};
  const cursor = new Cursor({ at: () => all, move: nothing, drop: nothing, step: 1,
    axes: cloud.axes, plane: () => "view" });
  const targets = ["from", "to"].map((label, n) => ({ label, point: middles[n] ?? all }));
  const names = new ClassNames();
  names.setCloud({ ...cloud, labels });
  const counted = { collisions: 0, before: 0, leftOut: 0, cameras: 0 };
  for (const camera of cameras(cloud)) {
    const view = geometry.makeView(frame, camera, size.width, size.height);
    const taken = [...cursor.covers(view), ...targetBoxes(ctx, view, targets, THEME)];
    names.arrange(ctx, view, middles, [], { taken, size, theme: THEME });
    const boxes = names.boxes().map(({ box }) => box);
    const shown = middles.flatMap((middle, label) => (middle ? [{ middle, label }] : []));
    const plain = shown.map(({ middle, label }) => {
      const [x, y] = geometry.projectPoint(view, middle);
      const width = ctx.measureText(cloud.names[label]).width;
      return boxOf({ x, y, width, height: 14, weight: 1 }, [0, 0]);
    });
    counted.collisions += collisions(boxes, taken);
    counted.before += collisions(plain, taken);
    counted.leftOut += shown.length - boxes.length;
    counted.cameras++;
  }
  return counted;
}

const rows = process.argv.slice(2).flatMap((path) => {
  const cloud = unpack(new Uint8Array(readFileSync(path)));
  return SIZES.map((size) => ({ name: basename(path), size, ...count(cloud, size) }));
});
console.log(JSON.stringify(rows));
