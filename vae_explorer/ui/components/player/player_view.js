// Walks to play: one step shown at a time, in pictures, rows, charts, and as dots in the cloud.
import { MARK, say } from "../browser/channel.js";
import { drawPicture } from "../browser/pixels.js";
import { shareOf } from "./charts.js";
import { fillCharts, fillRows, fillShown, fillSpeeds, makePlayerPage } from "./dom.js";
import { advance, makePlaying, resize, seek, stepAt, toggle } from "./playing.js";
import { readingsOf, stepWords } from "./words.js";
/** @import { Parent } from "../browser/channel.js" */
/** @import { Shape } from "../browser/pixels.js" */
/** @import { Plot, Tile } from "./dom.js" */
/** @import { Playing } from "./playing.js" */

/** @typedef {[label: number, name: string, share: number]} Vote of a step's neighbours */
/** @typedef {{speed: number, pingPong: boolean}} Pace */

/**
 * A way through the latent space; values a step, or null where they are not known.
 * @typedef {object} Route
 * @property {string} name
 * @property {string} colour "" is that of text
 * @property {number[][] | null} places as drawn
 * @property {number[] | null} travelled
 * @property {number[] | null} density nats above typical
 * @property {number[] | null} percent of the test items that lie less dense
 * @property {Vote[] | null} votes
 */

/**
 * The unpacked blob.
 * @typedef {Pace & {view: string, steps: number, shape: Shape, rare: number | null,
 *   rareWords: string, voters: number, milliseconds: number, speeds: number[], colours: string[],
 *   routes: Route[],
 *   arrays: {frames: Uint8Array}}} Walks
 *   view: key of the cloud; rare: a density, and what it is; voters: neighbours that vote;
 *   milliseconds: a step at normal speed;
 *   colours: of the classes; frames: (routes, steps, height, width, channels)
 */

/** What is held before there are walks. @type {Walks} */
const NO_WALKS = {
  ...{ view: "", steps: 1, shape: [1, 1, 1], rare: null, rareWords: "", voters: 0 },
  ...{ milliseconds: 0, speeds: [], speed: 1 },
  ...{ pingPong: false, colours: [], routes: [], arrays: { frames: new Uint8Array(0) } },
};

const SOURCE = "player"; // what the cloud knows the dots by
/** @type {{[key: string]: number}} */
const KEYS = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1 };

export class PlayerView {
  /**
   * @param {Parent} parent
   * @param {(pace: Pace) => void} report the person plays otherwise from now on
   */
  constructor(parent, report) {
    this.page = makePlayerPage(parent);
    this.report = report;
    this.walks = NO_WALKS;
    this.playing = makePlaying(1, 1, false);
    /** @type {number | undefined} */
    this.timer = undefined;
    /** @type {Tile[]} */
    this.tiles = []; // the large pictures
    /** @type {HTMLElement[]} */
    this.marks = []; // of the step, on the rows
    /** @type {Plot[]} */
    this.charts = [];
    this.listen();
  }

  destroy() {
    this.mark(null);
    clearTimeout(this.timer);
    this.page.root.remove();
  }

  /** @type {(walks: Walks) => void} */
  setWalks(walks) {
    const first = this.walks === NO_WALKS;
    if (!first && this.walks.view !== walks.view) this.mark(null);
    this.walks = walks;
    const { page } = this;
    const { steps, speed, speeds, pingPong } = walks;
    this.playing = first ? makePlaying(steps, speed, pingPong) : resize(this.playing, steps);
    fillSpeeds(page, speeds, this.playing.speed);
    page.slider.max = String(steps - 1);
    this.tiles = fillShown(page, walks.routes);
    this.marks = fillRows(page, walks, (k) => this.picturesOf(k));
    this.charts = fillCharts(page, walks);
    for (const { picture } of this.charts) this.scrub(picture, shareOf);
    this.show();
  }

  /**
   * All pictures of a way, (steps, height, width, channels) bytes.
   * @type {(k: number) => Uint8Array}
   */
  picturesOf(k) {
    const { steps, shape, arrays } = this.walks;
    const size = steps * shape[0] * shape[1] * shape[2];
    return arrays.frames.subarray(k * size, (k + 1) * size);
  }

  listen() {
    const { play, slider, speed, pingPong, rows } = this.page;
    play.addEventListener("click", () => this.change(toggle));
    slider.addEventListener("input", () => this.change((p) => seek(p, slider.valueAsNumber)));
    speed.addEventListener("change", () => this.pace({ speed: Number(speed.value) }));
    pingPong.addEventListener("click", () => this.pace({ pingPong: !this.playing.pingPong }));
    rows.addEventListener("keydown", (event) => this.key(event));
    this.scrub(rows, null);
  }

  /**
   * Let a press or drag on an element choose the step; over rows, where pictures are.
   * @type {(element: HTMLElement | SVGElement, share: ((share: number) => number) | null) => void}
   */
  scrub(element, share) {
    const choose = (/** @type {Event} */ event) => {
      if (!(event instanceof PointerEvent) || !(event.target instanceof Element)) return;
      const target = share ? element : event.target.closest(".steps");
      if (!target || event.buttons !== 1) return;
      const box = target.getBoundingClientRect();
      const across = (event.clientX - box.left) / box.width;
      this.change((p) => seek(p, stepAt(share ? share(across) : across, p.steps)));
    };
    element.addEventListener("pointerdown", choose);
    element.addEventListener("pointermove", choose);
  }

  /** @type {(event: KeyboardEvent) => void} */
  key(event) {
    const { at, steps } = this.playing;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === " ") this.change(toggle);
    else if (event.key in KEYS) this.change((p) => seek(p, at + KEYS[event.key]));
    else if (event.key === "Home") this.change((p) => seek(p, 0));
    else if (event.key === "End") this.change((p) => seek(p, steps - 1));
    else return;
    event.preventDefault();
  }

  /** @type {(change: Partial<Pace>) => void} */
  pace(change) {
    this.change((p) => ({ ...p, ...change }));
    const { speed, pingPong } = this.playing;
    this.report({ speed, pingPong });
  }

  /** Go on with another state of playing. @type {(step: (playing: Playing) => Playing) => void} */
  change(step) {
    const before = this.playing;
    this.playing = step(before);
    this.show();
    if (before.on !== this.playing.on || before.speed !== this.playing.speed) this.plan();
  }

  /** The next step, when the present one has had its time. */
  plan() {
    clearTimeout(this.timer);
    if (!this.playing.on) return;
    this.timer = setTimeout(() => {
      this.change(advance);
      this.plan();
    }, this.walks.milliseconds / this.playing.speed);
  }

  show() {
    const { page, walks, tiles, marks, charts } = this;
    const { at, steps, on, pingPong } = this.playing;
    const size = walks.shape[0] * walks.shape[1] * walks.shape[2];
    walks.routes.forEach((route, k) => {
      const picture = this.picturesOf(k).subarray(at * size, (at + 1) * size);
      drawPicture(tiles[k].canvas, picture, walks.shape, 1);
      tiles[k].canvas.setAttribute("aria-label", `${route.name}, ${stepWords(at, steps)}`);
      tiles[k].reading.textContent = readingsOf(route, at, walks.voters).join("\n");
      marks[k].style.left = `${(100 * at) / steps}%`;
    });
    for (const chart of charts) chart.show(at);
    page.root.dataset.step = String(at);
    page.root.dataset.playing = String(on);
    page.root.classList.toggle("playing", on);
    page.play.setAttribute("aria-label", on ? "Pause" : "Play");
    page.pingPong.setAttribute("aria-pressed", String(pingPong));
    page.slider.value = String(at);
    page.slider.setAttribute("aria-valuetext", stepWords(at, steps));
    page.text.textContent = `${at + 1} / ${steps}`;
    this.mark(walks.routes);
  }

  /**
   * Put a dot on each path in the cloud, or take them away.
   * @type {(routes: Route[] | null) => void}
   */
  mark(routes) {
    if (this.walks === NO_WALKS) return;
    const { view } = this.walks;
    const dots = (routes ?? []).flatMap(({ places, colour }) =>
      places ? [{ point: places[this.playing.at], colour }] : [],
    );
    say(MARK, { view, source: SOURCE, mark: routes && { dots, target: [] } });
  }
}
