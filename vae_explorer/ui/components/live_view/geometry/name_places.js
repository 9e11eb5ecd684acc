// Where names go so that none lies on another or on what has to be seen: each as near to its place
// as there is room, where it was before as long as that is good enough, the least important left
// out where there is none. Pure: knows no canvas and no texts.

/** @typedef {[number, number, number, number]} Box left, top, right, bottom: pixels */
/** @typedef {[number, number]} Offset pixels from where a name belongs to its middle */
/**
 * @typedef {{x: number, y: number, width: number, height: number, weight: number}} Name where it
 *   belongs, the size of its text, how important it is
 */

const GAP = 2; // pixels that names keep from each other and from all else
const CAUTION = 3; // pixels more, that a new place keeps: it is not to be left at once
const KEEP = 18; // pixels that a move has to save
const DISTURBS = 24; // pixels that it counts as, if a less important name has to go for it
const MISLEADS = 24; // pixels that it counts as, if another name belongs nearer to it
const SIDEWAYS = 9; // pixels that a step to the side costs more: above and below are read better
const LEADS = 4; // pixels from a name's place to its box, from which a line leads there
const RADII = [15, 20, 26, 33, 42, 52, 64, 78, 94, 112];
const SPOKES = 16;

/** What a shift costs. @type {(offset: Offset) => number} */
const costOf = ([dx, dy]) => {
  const far = Math.hypot(dx, dy);
  return far && far + (SIDEWAYS * Math.abs(dx)) / far;
};

/** Where a name may go, the cheapest first. @type {Offset[]} */
const OFFSETS = [[0, 0]];
for (const radius of RADII) {
  for (let n = 0; n < SPOKES; n++) {
    const angle = (2 * Math.PI * n) / SPOKES;
    OFFSETS.push([radius * Math.cos(angle), -radius * Math.sin(angle)]);
  }
}
OFFSETS.sort((one, other) => costOf(one) - costOf(other));

/** The box of a name that is shifted. @type {(name: Name, offset: Offset) => Box} */
export function boxOf({ x, y, width, height }, [dx, dy]) {
  const [left, top] = [x + dx - width / 2, y + dy - height / 2];
  return [left, top, left + width, top + height];
}

/**
 * Whether two boxes come nearer to each other than `gap`.
 * @type {(one: Box, other: Box, gap: number) => boolean}
 */
export function overlap(one, other, gap = 0) {
  const across = one[0] < other[2] + gap && other[0] < one[2] + gap;
  return across && one[1] < other[3] + gap && other[1] < one[3] + gap;
}

/** @type {(box: Box, others: Box[], gap: number) => boolean} */
const hits = (box, others, gap) => others.some((other) => overlap(box, other, gap));

/**
 * How far each name is shifted, or null for one that is left out: those whose place is not in the
 * picture, and those that find no room.
 * @param {Name[]} names
 * @param {Box[]} taken what they keep off
 * @param {{width: number, height: number}} size of the picture
 * @param {(Offset | null | undefined)[]} before how far they were shifted, in the same order
 * @param {number} farthest pixels that a name may go
 * @returns {(Offset | null)[]}
 */
export function placeNames(names, taken, size, before, farthest = Infinity) {
  /** @type {(Offset | null)[]} */
  const places = names.map(() => null);
  const order = names.map((_, i) => i);
  order.sort((a, b) => names[b].weight - names[a].weight || a - b);
  const blocked = [...taken];
  /** @type {Map<number, Box>} */
  const waiting = new Map(); // where names were whose turn has not come
  for (const i of order) {
    const offset = before[i];
    if (offset) waiting.set(i, boxOf(names[i], offset));
  }
  for (const i of order) {
    waiting.delete(i);
    const others = names.filter((_, k) => k !== i);
    const room = { blocked, waiting: [...waiting.values()], others, size, farthest };
    places[i] = isWithin(names[i], size) ? bestPlace(names[i], before[i] ?? null, room) : null;
    const chosen = places[i];
    if (chosen) blocked.push(boxOf(names[i], chosen));
  }
  return places;
}

/** @type {(name: Name, size: {width: number, height: number}) => boolean} */
const isWithin = ({ x, y }, { width, height }) => x >= 0 && y >= 0 && x <= width && y <= height;

/**
 * @typedef {{blocked: Box[], waiting: Box[], others: Name[], farthest: number,
 *   size: {width: number, height: number}}} Room
 */

/**
 * The cheapest free place.
 * @type {(name: Name, before: Offset | null, room: Room) => Offset | null}
 */
function bestPlace(name, before, room) {
  /** @type {Offset | null} */
  let best = null;
  let least = Infinity;
  if (before && isFree(boxOf(name, before), room, GAP)) {
    [best, least] = [before, costOf(before) - KEEP];
  }
  for (const offset of OFFSETS) {
    const dear = costOf(offset);
    if (dear >= least) break;
    if (Math.hypot(...offset) > room.farthest) continue;
    const box = boxOf(name, offset);
    if (!isFree(box, room, GAP + CAUTION)) continue;
    const cost = dear + surcharge(name, box, room);
    if (cost < least) [best, least] = [offset, cost];
  }
  return best;
}

/** @type {(box: Box, room: Room, gap: number) => boolean} */
function isFree(box, { blocked, size }, gap) {
  const inside = box[0] >= 0 && box[1] >= 0 && box[2] <= size.width && box[3] <= size.height;
  return inside && !hits(box, blocked, gap);
}

/** @type {(name: Name, box: Box, room: Room) => number} */
function surcharge(name, box, { waiting, others }) {
  const own = farFrom(box, name);
  const misleads = others.some((other) => farFrom(box, other) < own);
  return (hits(box, waiting, GAP) ? DISTURBS : 0) + (misleads ? MISLEADS : 0);
}

/** @type {(box: Box, place: {x: number, y: number}) => [number, number]} */
function nearestOf([left, top, right, bottom], { x, y }) {
  return [Math.min(right, Math.max(left, x)), Math.min(bottom, Math.max(top, y))];
}

/** @type {(box: Box, place: {x: number, y: number}) => number} */
function farFrom(box, place) {
  const [x, y] = nearestOf(box, place);
  return Math.hypot(x - place.x, y - place.y);
}

/**
 * Where a line from where a name belongs meets its box, or null where it is close enough to need
 * no line.
 * @type {(name: Name, offset: Offset) => [number, number] | null}
 */
export function leaderEnd(name, offset) {
  const box = boxOf(name, offset);
  return farFrom(box, name) > LEADS ? nearestOf(box, name) : null;
}
