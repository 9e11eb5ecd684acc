// The HTML of the player: large pictures, the bar, a row a way, charts.
import { drawPicture } from "../browser/pixels.js";
import { make } from "../browser/dom.js";
import { makeChart } from "./charts.js";
import { curveWords, runsOf } from "./words.js";
/** @import { Parent } from "../browser/channel.js" */
/** @import { Shape } from "../browser/pixels.js" */
/** @import { Chart, Level } from "./charts.js" */
/** @import { Route, Vote, Walks } from "./player_view.js" */

/** @typedef {ReturnType<typeof makePlayerPage>} PlayerPage */
/** @typedef {{canvas: HTMLCanvasElement, reading: HTMLElement, figure: HTMLElement}} Tile */
/** @typedef {Chart & {figure: HTMLElement}} Plot */

const KEYS = "Steps of all paths. Arrow keys go from step to step, space plays and stops.";
const DENSITY = "How typical (log density)";
const LENGTH = "Pixel change so far";

/** All parts, in their order on the page. @param {Parent} parent */
export function makePlayerPage(parent) {
  const shown = make("div", "shown");
  /** @type {(className: string, text: string | Node) => HTMLButtonElement} */
  const button = (className, text) => make("button", className, { type: "button" }, [text]);
  const play = button("play", make("span", "icon", { "aria-hidden": "true" }));
  const slider = make("input", "slider", { type: "range", min: 0, step: 1, "aria-label": "Step" });
  const text = make("output", "at");
  const speed = make("select", "choice", { "aria-label": "Speed of playing" });
  const pingPong = button("chip", "⇄");
  pingPong.title = "Forth and back, or only forth";
  pingPong.setAttribute("aria-label", "Forth and back");
  const bar = make("div", "bar", {}, [play, slider, text, speed, pingPong]);
  const rows = make("div", "rows", { role: "group", tabindex: "0", "aria-label": KEYS });
  const charts = make("div", "charts");
  const root = make("div", "player", {}, [shown, bar, rows, charts]);
  parent.append(root);
  return { root, shown, play, slider, text, speed, pingPong, rows, charts };
}

/**
 * The speeds that can be chosen.
 * @type {(page: PlayerPage, speeds: number[], chosen: number) => void}
 */
export function fillSpeeds({ speed }, speeds, chosen) {
  speed.replaceChildren(...speeds.map((s) => make("option", "", { value: s }, [`${s}×`])));
  speed.value = String(chosen);
}

/**
 * A large picture a way, with its name and a line for what is known of the step.
 * @type {(page: PlayerPage, routes: Route[]) => Tile[]}
 */
export function fillShown({ shown }, routes) {
  const tiles = routes.map(({ name, colour }) => {
    const canvas = make("canvas", "large", { role: "img" });
    canvas.style.borderColor = colour || "currentColor";
    const title = make("figcaption", "name", {}, [name]);
    const reading = make("div", "reading");
    return { canvas, reading, figure: make("figure", "way", {}, [canvas, title, reading]) };
  });
  shown.replaceChildren(...tiles.map(({ figure }) => figure));
  return tiles;
}

/** @type {(colour: string) => HTMLElement} */
function swatch(colour) {
  const mark = make("span", "line");
  mark.style.background = colour || "currentColor";
  return mark;
}

/**
 * A row of pictures for each way, its votes under it. Returns the frames that mark a step.
 * @type {(page: PlayerPage, walks: Walks, picturesOf: (k: number) => Uint8Array) => HTMLElement[]}
 */
export function fillRows({ rows }, { routes, steps, shape, colours }, picturesOf) {
  /** @type {HTMLElement[]} */
  const marks = [];
  /** @type {HTMLElement[]} */
  const lines = routes.flatMap((route, k) => {
    const canvas = make("canvas", "pictures", { role: "img", "aria-label": rowWords(route) });
    const [channels, height, width] = shape;
    const sheet = sideBySide(picturesOf(k), steps, shape);
    drawPicture(canvas, sheet, [channels, height, steps * width], 1);
    const mark = make("div", "mark", { "aria-hidden": "true" });
    mark.style.width = `${100 / steps}%`;
    marks.push(mark);
    /** @type {HTMLElement[]} */
    const parts = [make("div", "frame", {}, [canvas, mark])];
    if (route.votes) parts.push(votesOf(route.votes, colours));
    const name = make("div", "name", {}, [swatch(route.colour), route.name]);
    return [name, make("div", "steps", {}, parts)];
  });
  rows.replaceChildren(...lines);
  return marks;
}

/** @type {(route: Route) => string} */
function rowWords({ name, votes }) {
  if (!votes) return `${name}, step by step`;
  return `${name}, step by step; classes: ${runsOf(votes).map((run) => run.name).join(", ")}`;
}

/**
 * Pictures (n, height, width, channels), one after the other -> side by side, (height, n width,
 * channels).
 * @type {(pictures: Uint8Array, steps: number, shape: Shape) => Uint8Array}
 */
function sideBySide(pictures, steps, [channels, height, width]) {
  const sheet = new Uint8Array(pictures.length);
  const line = width * channels;
  for (let n = 0; n < steps; n++) {
    for (let row = 0; row < height; row++) {
      const start = (n * height + row) * line;
      sheet.set(pictures.subarray(start, start + line), (row * steps + n) * line);
    }
  }
  return sheet;
}

/**
 * A band in the colours of the classes, fainter where the neighbours disagree.
 * @type {(votes: Vote[], colours: string[]) => HTMLElement}
 */
function votesOf(votes, colours) {
  const cells = runsOf(votes).map(({ label, name, steps, share }) => {
    const title = `${name}, ${Math.round(100 * share)} % of the votes`;
    const cell = make("span", "vote", { title });
    cell.style.flexGrow = String(steps);
    cell.style.setProperty("--class", colours[label] ?? "#888");
    cell.style.setProperty("--sure", `${Math.round(20 + 80 * share)}%`);
    cell.append(make("span", "", {}, [name]));
    return cell;
  });
  return make("div", "votes", { "aria-hidden": "true" }, cells);
}

/**
 * The charts there is something to draw in. Returns what shows a step in each.
 * @type {(page: PlayerPage, walks: Walks) => Plot[]}
 */
export function fillCharts({ charts }, { routes, steps, rare, rareWords }) {
  const least = Math.min(...routes.flatMap((route) => route.density ?? []));
  /** @type {Level[]} */
  const levels = rare === null ? [] : [{ value: 0, text: "typical" }];
  const near = rare !== null && least < 0.6 * rare;
  if (near) levels.push({ value: rare, text: rareWords });
  const plots = [
    ...chartOf(DENSITY, routes, "density", levels, steps),
    ...chartOf(LENGTH, routes, "travelled", [], steps),
  ];
  charts.replaceChildren(...plots.map(({ figure }) => figure));
  return plots;
}

/**
 * A chart of what is known of each route, or none.
 * @type {(title: string, routes: Route[], name: "density" | "travelled", levels: Level[],
 *   steps: number) => Plot[]}
 */
function chartOf(title, routes, name, levels, steps) {
  const lines = routes.flatMap((route) => {
    const values = route[name];
    return values ? [{ name: route.name, colour: route.colour, values }] : [];
  });
  if (!lines.length) return [];
  const { picture, show } = makeChart(lines, levels, steps);
  const words = lines.map((line) => curveWords(line.name, line.values));
  picture.setAttribute("aria-label", `${title}. ${words.join("; ")}.`);
  const caption = make("figcaption", "title", {}, [title]);
  return [{ picture, show, figure: make("figure", "plot", {}, [caption, picture]) }];
}
