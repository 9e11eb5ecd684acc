// Which projected points lie in a polygon: pure, and quick for many points and many corners.
/** @import { Pixel } from "../scene/input.js" */

/** @typedef {[ax: number, ay: number, bx: number, by: number]} Edge */

const BANDS = 64; // a point is compared with the edges of its band alone

/** Where outlines of so many corners go on. @type {(corners: Pixel[]) => Edge[]} */
function edgesOf(corners) {
  return corners.map(({ x, y }, k) => {
    const next = corners[(k + 1) % corners.length];
    return [x, y, next.x, next.y];
  });
}

/**
 * How often edges, four numbers each, wind around (x, y).
 * @type {(edges: Float64Array, x: number, y: number) => number}
 */
function winding(edges, x, y) {
  let turns = 0;
  for (let k = 0; k < edges.length; k += 4) {
    const [ax, ay, bx, by] = [edges[k], edges[k + 1], edges[k + 2], edges[k + 3]];
    const side = (bx - ax) * (y - ay) - (x - ax) * (by - ay);
    if (y >= ay && y < by && side > 0) turns++;
    else if (y >= by && y < ay && side < 0) turns--;
  }
  return turns;
}

/**
 * A test whether a pixel lies in a polygon, which closes by itself. Where it crosses itself, inside
 * is what it winds around, as a canvas fills it; what is not finite lies nowhere.
 * @type {(corners: Pixel[]) => (x: number, y: number) => boolean}
 */
export function insideOf(corners) {
  const [left, right] = extent(corners.map(({ x }) => x));
  const [top, bottom] = extent(corners.map(({ y }) => y));
  const scale = BANDS / Math.max(bottom - top, 1e-9);
  const bandOf = (/** @type {number} */ y) => Math.min(BANDS - 1, Math.floor((y - top) * scale));
  /** @type {Edge[][]} */
  const bands = Array.from({ length: BANDS }, () => []);
  for (const edge of edgesOf(corners)) {
    const [first, last] = [Math.min(edge[1], edge[3]), Math.max(edge[1], edge[3])].map(bandOf);
    for (let band = first; band <= last; band++) bands[band].push(edge);
  }
  const packed = bands.map((edges) => Float64Array.from(edges.flat()));
  return (x, y) => {
    if (!(x >= left && x <= right && y >= top && y <= bottom)) return false;
    return winding(packed[bandOf(y)], x, y) !== 0;
  };
}

/** Least and greatest, also of very many. @type {(values: number[]) => [number, number]} */
function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}
