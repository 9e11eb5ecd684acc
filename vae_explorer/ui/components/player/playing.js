// What a person watches: which step, playing or not, forth and back or only forth. Pure: each
// function takes a state and returns another.

/**
 * @typedef {object} Playing
 * @property {number} steps
 * @property {number} at the step shown, 0 to steps - 1
 * @property {boolean} on
 * @property {1 | -1} direction
 * @property {boolean} pingPong at an end it turns round, else it begins again
 * @property {number} speed
 */

/** @type {(steps: number, speed: number, pingPong: boolean) => Playing} */
export function makePlaying(steps, speed, pingPong) {
  return { steps, at: 0, on: false, direction: 1, pingPong, speed };
}

/**
 * So many steps now: stay at the same share of the way.
 * @type {(playing: Playing, steps: number) => Playing}
 */
export function resize(playing, steps) {
  const share = playing.at / Math.max(1, playing.steps - 1);
  return { ...playing, steps, at: Math.round(share * (steps - 1)) };
}

/** The person chose a step. @type {(playing: Playing, at: number) => Playing} */
export function seek(playing, at) {
  return { ...playing, at: Math.min(playing.steps - 1, Math.max(0, at)), on: false };
}

/**
 * Play from here, from the end from the beginning; or stop here.
 * @type {(playing: Playing) => Playing}
 */
export function toggle(playing) {
  const { steps, at, on, pingPong } = playing;
  if (on) return { ...playing, on: false };
  const ended = !pingPong && at === steps - 1;
  return { ...playing, on: true, at: ended ? 0 : at };
}

/** On to the next step. @type {(playing: Playing) => Playing} */
export function advance(playing) {
  const { steps, at, direction, pingPong } = playing;
  if (!pingPong) return { ...playing, at: (at + 1) % steps, direction: 1 };
  const back = direction === 1 ? -1 : 1;
  const turned = at + direction < 0 || at + direction >= steps ? back : direction;
  return { ...playing, at: at + turned, direction: turned };
}

/**
 * Where a place on a row of n steps lies, 0 to n - 1; `share` is 0 at its left, 1 at its right.
 * @type {(share: number, steps: number) => number}
 */
export function stepAt(share, steps) {
  return Math.min(steps - 1, Math.max(0, Math.floor(share * steps)));
}
