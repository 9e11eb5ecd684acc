// Curves over the steps, as SVG: what is true of each step on each way.
import { niceTicks } from "../live_view/geometry/ticks.js";

/**
 * @typedef {{colour: string, values: number[]}} Line "" is the text's colour
 * @typedef {{value: number, text: string}} Level a line to compare with
 * @typedef {{picture: SVGElement, show: (at: number) => void}} Chart `show` marks a step
 */

const [WIDTH, HEIGHT] = [300, 132];
const ROOM = { left: 34, right: 8, top: 8, bottom: 18 };
const NAMESPACE = "http://www.w3.org/2000/svg";

/**
 * Element of a picture with attributes and children.
 * @type {(tag: string, attributes?: {[name: string]: string | number}, children?: (Node |
 *   string)[]) => SVGElement}
 */
function draw(tag, attributes = {}, children = []) {
  const element = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, String(value));
  }
  element.append(...children);
  if (!(element instanceof SVGElement)) throw new Error(`${tag} is no part of a picture.`);
  return element;
}

/**
 * The lowest and highest of all values, with some air; never the same.
 * @type {(values: number[]) => [number, number]}
 */
export function extentOf(values) {
  const finite = values.filter(Number.isFinite);
  const [low, high] = finite.length ? [Math.min(...finite), Math.max(...finite)] : [0, 1];
  const air = (high - low || 1) * 0.06;
  return [low - air, high + air];
}

/**
 * Pixels of step `n` of `steps`, in the middle of its column.
 * @type {(n: number, steps: number) => number}
 */
export function columnOf(n, steps) {
  return ROOM.left + ((n + 0.5) / steps) * (WIDTH - ROOM.left - ROOM.right);
}

/**
 * Which share of the way from left to right in the chart a share of its box is.
 * @type {(share: number) => number}
 */
export function shareOf(share) {
  return (share * WIDTH - ROOM.left) / (WIDTH - ROOM.left - ROOM.right);
}

/** Curves over the steps. @type {(lines: Line[], levels: Level[], steps: number) => Chart} */
export function makeChart(lines, levels, steps) {
  const all = [...lines.flatMap(({ values }) => values), ...levels.map(({ value }) => value)];
  const [low, high] = extentOf(all);
  const inner = HEIGHT - ROOM.top - ROOM.bottom;
  const y = (/** @type {number} */ value) =>
    ROOM.top + (1 - (value - low) / (high - low)) * inner;
  const rule = draw("line", { class: "now", y1: ROOM.top, y2: ROOM.top + inner });
  const dots = lines.map(({ colour }) =>
    draw("circle", { r: 3.5, fill: colour || "currentColor" }),
  );
  const parts = [
    ...niceTicks(low, high, 4).flatMap(({ value, text }) => tick(value, text, y)),
    ...stepTicks(steps),
    ...levels.flatMap(({ value, text }) => level(text, y(value))),
    rule,
    ...lines.map(({ colour, values }) => curve(colour, values, y, steps)),
    ...dots,
  ];
  const viewBox = `0 0 ${WIDTH} ${HEIGHT}`;
  const picture = draw("svg", { class: "chart", viewBox, role: "img" }, parts);
  const show = (/** @type {number} */ at) => {
    const x = String(columnOf(at, steps));
    for (const end of ["x1", "x2"]) rule.setAttribute(end, x);
    dots.forEach((dot, k) => {
      dot.setAttribute("cx", x);
      dot.setAttribute("cy", String(y(lines[k].values[at])));
    });
  };
  return { picture, show };
}

/** @type {(value: number, text: string, y: (value: number) => number) => SVGElement[]} */
function tick(value, text, y) {
  const [at, end] = [y(value), WIDTH - ROOM.right];
  return [
    draw("line", { class: "grid", x1: ROOM.left, x2: end, y1: at, y2: at }),
    draw("text", { class: "tick", x: ROOM.left - 5, y: at + 3.5, "text-anchor": "end" }, [text]),
  ];
}

/** First, middle and last step by number. @type {(steps: number) => SVGElement[]} */
function stepTicks(steps) {
  const shown = steps > 4 ? [0, Math.floor((steps - 1) / 2), steps - 1] : [0, steps - 1];
  return shown.map((n) => {
    const at = { class: "tick", x: columnOf(n, steps), y: HEIGHT - 4, "text-anchor": "middle" };
    return draw("text", at, [String(n + 1)]);
  });
}

/** @type {(text: string, at: number) => SVGElement[]} */
function level(text, at) {
  const end = WIDTH - ROOM.right;
  return [
    draw("line", { class: "level", x1: ROOM.left, x2: end, y1: at, y2: at }),
    draw("text", { class: "tick", x: end, y: at - 3, "text-anchor": "end" }, [text]),
  ];
}

/**
 * @type {(colour: string, values: number[], y: (value: number) => number, steps: number) =>
 *   SVGElement}
 */
function curve(colour, values, y, steps) {
  const points = values
    .map((value, n) => `${columnOf(n, steps).toFixed(1)},${y(value).toFixed(1)}`)
    .join(" ");
  return draw("polyline", { class: "curve", points, stroke: colour || "currentColor" });
}
