// A cloud of points as a view holds it.
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

/**
 * Whether a camera makes sense in the one as in the other: an angle says nothing of another model,
 * but views of a group are turned together, whatever joins them.
 * @type {(one: Pick<Saved, "dims" | "home">, other: Pick<Cloud, "dims" | "home" | "group">) =>
 *   boolean}
 */
export function seenAlike(one, other) {
  const same = JSON.stringify(one.home ?? null) === JSON.stringify(other.home ?? null);
  return one.dims === other.dims && (same || Boolean(other.group));
}
