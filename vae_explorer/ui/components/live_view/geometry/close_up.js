// Where a camera has to stand to see one place from near. Knows nothing of canvas or page.
import { panBy, zoomAt } from "./camera.js";
import { makeView, projectPoint } from "./geometry.js";
import { pixelsPerUnit } from "./ray.js";
/** @import { Camera, Extent } from "./camera.js" */
/** @import { Frame } from "./geometry.js" */

const SHARE = 0.32; // of the shorter side of the picture, which the radius then takes

/** @typedef {{point: number[], radius: number}} Place drawn coordinates, and how much around it */

/**
 * The camera, turned as it is, that has a place in the middle of the picture, as large as fits.
 * @type {(frame: Frame, camera: Camera, size: Extent, place: Place) => Camera}
 */
export function closeUp(frame, camera, size, { point, radius }) {
  const { width, height } = size;
  const middle = [width / 2, height / 2];
  const straight = { ...camera, panX: 0, panY: 0 };
  const view = makeView(frame, straight, width, height);
  const factor = (SHARE * Math.min(width, height)) / (radius * pixelsPerUnit(view, point));
  const near = zoomAt(straight, factor, middle[0], middle[1], size);
  const [x, y] = projectPoint(makeView(frame, near, width, height), point);
  return panBy(near, middle[0] - x, middle[1] - y, size);
}
