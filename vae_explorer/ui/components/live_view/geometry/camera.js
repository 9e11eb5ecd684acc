// The camera: yaw and pitch in radians, zoom as a factor, pan as a fraction of the shorter side of
// the picture (so that it survives a resize). Each function returns a new camera.

const RIGHT_ANGLE = Math.PI / 2;
const [LEAST_ZOOM, MOST_ZOOM] = [0.3, 40];

/** @typedef {{width: number, height: number}} Extent CSS pixels */
/** @typedef {{yaw: number, pitch: number}} Direction from the middle to the eye */
/** @typedef {Direction & {zoom: number, panX: number, panY: number}} Camera */
/** @typedef {{dims: number, start: Camera}} Seen how a view is seen at first */

const [FROM_ABOVE, ASLANT] = [
  { yaw: -RIGHT_ANGLE, pitch: RIGHT_ANGLE },
  { yaw: -0.95, pitch: 0.38 },
];

/** @type {(value: number, low: number, high: number) => number} */
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/**
 * Where a view starts and where a double click leads: three dimensions are seen from `home`, where
 * that is known, two from above.
 * @type {(dims: number, home?: Direction | null) => Camera}
 */
export function defaultCamera(dims, home) {
  const { yaw, pitch } = dims === 2 ? FROM_ABOVE : home ?? ASLANT;
  return { yaw, pitch, zoom: 1, panX: 0, panY: 0 };
}

/**
 * Turn by a drag of (dx, dy) pixels: the near side of the box follows the pointer.
 * @type {(camera: Camera, dx: number, dy: number) => Camera}
 */
export function orbitBy(camera, dx, dy) {
  const yaw = (camera.yaw - dx * 0.008) % (2 * Math.PI);
  const pitch = clamp(camera.pitch + dy * 0.008, -RIGHT_ANGLE, RIGHT_ANGLE);
  return { ...camera, yaw, pitch };
}

/**
 * Shift the picture by (dx, dy) pixels. `size` is {width, height} in the same pixels.
 * @type {(camera: Camera, dx: number, dy: number, size: Extent) => Camera}
 */
export function panBy(camera, dx, dy, size) {
  const side = Math.min(size.width, size.height);
  const panX = clamp(camera.panX + dx / side, -20, 20);
  const panY = clamp(camera.panY + dy / side, -20, 20);
  return { ...camera, panX, panY };
}

/**
 * Zoom by `factor`; what lies under pixel (x, y) stays there.
 * @type {(camera: Camera, factor: number, x: number, y: number, size: Extent) => Camera}
 */
export function zoomAt(camera, factor, x, y, size) {
  const zoom = clamp(camera.zoom * factor, LEAST_ZOOM, MOST_ZOOM);
  const keep = 1 - zoom / camera.zoom;
  const side = Math.min(size.width, size.height);
  const dx = (x - size.width / 2 - camera.panX * side) * keep;
  const dy = (y - size.height / 2 - camera.panY * side) * keep;
  return panBy({ ...camera, zoom }, dx, dy, size);
}

/**
 * A camera read back from storage, or `start` where it is not a sound one.
 * @type {(saved: any, start: Camera) => Camera}
 */
export function restoreCamera(saved, start) {
  const sound = saved && Object.keys(start).every((name) => Number.isFinite(saved[name]));
  if (!sound || saved.zoom < LEAST_ZOOM || saved.zoom > MOST_ZOOM) return start;
  const { yaw, pitch, zoom, panX, panY } = saved;
  return { yaw, pitch, zoom, panX, panY };
}

/**
 * The camera of a view when another one of its group has turned to `camera`: as far from its own
 * start as that is from the other's; null: back at the start. In other dimensions the same of zoom
 * and shift alone.
 * @type {(camera: Camera | null, from: Seen, to: Seen & {camera: Camera}) => Camera}
 */
export function carriedOver(camera, from, to) {
  if (!camera) return to.start;
  const { yaw, pitch } = to.camera;
  if (from.dims !== to.dims) return { ...camera, yaw, pitch };
  const [there, here] = [from.start, to.start];
  if (there.yaw === here.yaw && there.pitch === here.pitch) return camera;
  const turn = (here.yaw + camera.yaw - there.yaw) % (2 * Math.PI);
  const tilt = clamp(here.pitch + camera.pitch - there.pitch, -RIGHT_ANGLE, RIGHT_ANGLE);
  return { ...camera, yaw: turn, pitch: tilt };
}
