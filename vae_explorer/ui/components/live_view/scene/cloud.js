// A cloud of points as a view holds it.
import { carriedOver, defaultCamera, restoreCamera } from "../geometry/camera.js";
import { frameOf } from "../geometry/geometry.js";
/** @import { Camera, Direction } from "../geometry/camera.js" */
/** @import { Frame } from "../geometry/geometry.js" */

/**
 * @typedef {object} Cloud
 * @property {string} key of the view, under which the browser remembers its camera
 * @property {number} height CSS pixels, the legend not counted
 * @property {string[]} names of the classes
 * @property {string[]} colours of the classes
 * @property {string[]} axes a name for each dimension
 * @property {number} count of the points
 * @property {number} dims 2 or 3
 * @property {Float32Array} points (count * dims)
 * @property {Uint16Array} labels (count)
 * @property {string} [group] views of one are turned together
 * @property {string} [items] what the points are: see group.js
 * @property {Frame} [frame] the box to show, else the one around the points
 * @property {Direction | null} [home] from where it is seen at first
 */

/**
 * What the browser remembers: a camera only of where the person has turned a cloud with this home.
 * @typedef {{dims: number, home: Direction | null, camera: Camera | null, hidden: string[]}} Saved
 */

/** What a view holds before it is given one. @type {Cloud} */
export const NO_CLOUD = {
  ...{ key: "", height: 0, names: [], colours: [], axes: [], count: 0, dims: 2 },
  ...{ points: new Float32Array(0), labels: new Uint16Array(0) },
};

/** Its box, which fits into the picture as it is seen at first. @type {(cloud: Cloud) => Frame} */
export function framed(cloud) {
  const frame = cloud.frame ?? frameOf(cloud.points, cloud.dims);
  return cloud.home ? { ...frame, home: cloud.home } : frame;
}

/**
 * What is to be remembered of a view.
 * @type {(view: {cloud: Cloud, camera: Camera, start: Camera, hidden: boolean[]}) => Saved}
 */
export function savedOf({ cloud, camera, start, hidden }) {
  const { dims, home = null, names } = cloud;
  const turned = camera === start ? null : camera;
  return { dims, home, camera: turned, hidden: names.filter((_, label) => hidden[label]) };
}

/**
 * The camera that was remembered where it makes sense in this cloud too, else its first one. An
 * angle says nothing of another model; but views of a group are turned together, whatever joins.
 * @type {(cloud: Cloud, saved: Saved | null, start: Camera) => Camera}
 */
export function cameraFor({ dims, home = null, group }, saved, start) {
  if (saved?.dims !== dims) return start;
  const before = saved.home ?? null;
  if (JSON.stringify(before) === JSON.stringify(home)) return restoreCamera(saved.camera, start);
  if (!group || !saved.camera) return start;
  const others = defaultCamera(dims, before);
  const camera = restoreCamera(saved.camera, others);
  return carriedOver(camera, { dims, start: others }, { dims, start, camera: start });
}
