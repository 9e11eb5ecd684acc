// What the player says about a step, in words.
/** @import { Route, Vote } from "./player_view.js" */

/** Where one is: "step 3 of 16". @type {(at: number, steps: number) => string} */
export function stepWords(at, steps) {
  return `step ${at + 1} of ${steps}`;
}

/**
 * What is known of a step of a way, in short lines.
 * @type {(route: Pick<Route, "votes" | "percent">, at: number, voters: number) => string[]}
 */
export function readingsOf({ votes, percent }, at, voters) {
  const lines = [];
  if (votes) {
    const [, name, share] = votes[at];
    lines.push(share < 1 ? `${name}, by ${Math.round(share * voters)} of ${voters}` : name);
  }
  if (percent) lines.push(`denser than ${percentWords(percent[at])}`);
  return lines;
}

/**
 * A share of the test items: one of 1,000 compared is the least that can be told.
 * @type {(percent: number) => string}
 */
export function percentWords(percent) {
  return percent === 0 ? "<0.1 %" : `${percent < 1 ? percent : Math.round(percent)} %`;
}

/**
 * Runs of steps with the same vote: [{label, name, steps, share}] with the mean share.
 * @type {(votes: Vote[]) => {label: number, name: string, steps: number, share: number}[]}
 */
export function runsOf(votes) {
  /** @type {ReturnType<typeof runsOf>} */
  const runs = [];
  for (const [label, name, share] of votes) {
    const last = runs.at(-1);
    if (last && last.label === label) {
      last.share += (share - last.share) / ++last.steps;
    } else runs.push({ label, name, steps: 1, share });
  }
  return runs;
}

/** A curve for those who do not see it. @type {(name: string, values: number[]) => string} */
export function curveWords(name, values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const short = (/** @type {number} */ value) => value.toFixed(1).replace("-0.0", "0.0");
  const ends = `from ${short(values[0])} to ${short(values[values.length - 1])}`;
  return `${name}: ${ends}, between ${short(low)} and ${short(high)}`;
}
