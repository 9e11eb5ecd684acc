// What a person watches: which epoch, playing or not, following a run or not. Pure: each function
// takes a player and returns another.

const WHOLE = 10000; // milliseconds that all epochs take at normal speed
const QUICKEST = 120; // milliseconds from one epoch to the next, or some are skipped
const SLOWEST = 1000; // where there are few
const AHEAD = 6; // epochs fetched in advance while playing
const AROUND = [1, -1, 2, -2]; // epochs fetched in advance while standing still

/**
 * @typedef {object} Player
 * @property {number[]} epochs in rising order
 * @property {number | null} at the epoch shown, null where there are none
 * @property {boolean} playing
 * @property {boolean} live whether further epochs will come
 * @property {boolean} following whether they will be shown at once
 * @property {number} speed
 */

/** A player that stands at the newest epoch. @type {(epochs: number[], live: boolean) => Player} */
export function makePlayer(epochs, live) {
  return { epochs, at: epochs.at(-1) ?? null, playing: false, live, following: live, speed: 1 };
}

/**
 * The epochs that there are now: who follows is at the newest, all others stay where they are.
 * @type {(player: Player, epochs: number[], live: boolean) => Player}
 */
export function arrive(player, epochs, live) {
  const { at, playing, following } = player;
  const newest = epochs.at(-1) ?? null;
  const stays = !following && at !== null;
  const shown = stays ? (epochs.includes(at) ? at : nearest(epochs, at)) : newest;
  const resumed = live && !player.live && !playing && at === player.epochs.at(-1);
  return { ...player, epochs, live, at: shown, following: live && (following || resumed) };
}

/**
 * The latest epoch up to this one, or else the first.
 * @type {(epochs: number[], at: number) => number | null}
 */
function nearest(epochs, at) {
  return epochs.findLast((epoch) => epoch <= at) ?? epochs[0] ?? null;
}

/**
 * The person chose an epoch. Who chooses the newest of a live run follows it.
 * @type {(player: Player, epoch: number | null) => Player}
 */
export function seek(player, epoch) {
  const following = player.live && epoch === player.epochs.at(-1);
  return { ...player, at: epoch, playing: false, following };
}

/** To the newest epoch, and on with each that comes. @type {(player: Player) => Player} */
export function follow(player) {
  return seek(player, player.epochs.at(-1) ?? null);
}

/**
 * Play from here, from the end from the beginning; or stop here.
 * @type {(player: Player) => Player}
 */
export function toggle(player) {
  const { epochs, at, playing } = player;
  if (playing) return seek(player, at);
  if (epochs.length < 2) return player;
  const from = at === epochs.at(-1) ? epochs[0] : at;
  return { ...player, at: from, playing: true, following: false };
}

/**
 * On to the next epoch that is played; at the last one playing ends.
 * @type {(player: Player) => Player}
 */
export function advance(player) {
  const [next] = stopsAhead(player, 1);
  if (next === undefined || next === player.epochs.at(-1)) return follow(player);
  return { ...player, at: next };
}

/**
 * How `count` epochs are played: so many forward and so many milliseconds at each step.
 * @type {(count: number, speed: number) => {stride: number, milliseconds: number}}
 */
export function pace(count, speed) {
  const steps = Math.max(1, count - 1);
  const stride = Math.ceil((steps * QUICKEST * speed) / WHOLE);
  const milliseconds = Math.min(SLOWEST, WHOLE / Math.ceil(steps / stride)) / speed;
  return { stride, milliseconds };
}

/**
 * The next epochs that are played from here, at most so many; the very last is never left out.
 * @type {(player: Player, most: number) => number[]}
 */
export function stopsAhead({ epochs, at, speed }, most) {
  const { stride } = pace(epochs.length, speed);
  const last = epochs.length - 1;
  /** @type {number[]} */
  const stops = [];
  for (let i = epochs.indexOf(at ?? NaN); i < last && stops.length < most; ) {
    i = Math.min(last, i + stride);
    stops.push(epochs[i]);
  }
  return stops;
}

/** The epochs to have at hand, the most urgent first. @type {(player: Player) => number[]} */
export function wantedEpochs(player) {
  const { epochs, at, playing } = player;
  if (at === null) return [];
  if (playing) return [at, ...stopsAhead(player, AHEAD)];
  const around = AROUND.map((step) => epochs[epochs.indexOf(at) + step]);
  const played = at === epochs.at(-1) ? epochs.slice(0, 1) : stopsAhead(player, 2);
  return [...new Set([at, ...around, ...played])].filter((epoch) => epoch !== undefined);
}
