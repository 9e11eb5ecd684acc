// What the player says about a step, in words.

const VOTERS = 5; // neighbours

/** Where one is: "step 3 of 16". */
export function stepWords(at, steps) {
  return `step ${at + 1} of ${steps}`;
}

/** What is known of a step of a way, in short lines. */
export function readingsOf({ votes, percent }, at) {
  const lines = [];
  if (votes) {
    const [, name, share] = votes[at];
    lines.push(share < 1 ? `${name}, by ${Math.round(share * VOTERS)} of ${VOTERS}` : name);
  }
  if (percent) lines.push(`rank ${percentWords(percent[at])}`);
  return lines;
}

/** A share of the test items: one of 1,000 compared is the least that can be told. */
export function percentWords(percent) {
  return percent === 0 ? "<0.1 %" : `${percent < 1 ? percent : Math.round(percent)} %`;
}

/** Runs of steps with the same vote: [{label, name, steps, share}] with the mean share. */
export function runsOf(votes) {
  const runs = [];
  for (const [label, name, share] of votes) {
    const last = runs.at(-1);
    if (last?.label === label) {
      last.share += (share - last.share) / ++last.steps;
    } else runs.push({ label, name, steps: 1, share });
  }
  return runs;
}

/** A curve for those who do not see it. */
export function curveWords(name, values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const short = (value) => value.toFixed(1).replace("-0.0", "0.0");
  return `${name}: from ${short(values[0])} to ${short(values.at(-1))}, between ${short(low)} and ${short(high)}`;
}
