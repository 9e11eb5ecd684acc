// One wall on the page: its tiles, the keys that lead through them, and the slider above them.
import { HELLO, MARK, say } from "../browser/channel.js";
import { make } from "../browser/dom.js";
import { nextTile } from "./keys.js";
import { LiveTiles } from "./live.js";
import { makeSlider, makeTile } from "./dom.js";
/** @import { Parent } from "../browser/channel.js" */
/** @import { Act, News, WallData } from "./wall.js" */
/** @import { Mark } from "../live_view/scene/marks.js" */

/** @type {{[key: string]: Act}} */
const KEYS = { l: "lock", r: "again" };

export class WallView {
  /**
   * @param {Parent} parent
   * @param {(news: News) => void} report told what was done to which tile
   */
  constructor(parent, report) {
    this.report = report;
    /** @type {WallData | null} */
    this.data = null;
    this.live = new LiveTiles((points) => this.mark(points));
    this.grid = make("div", "wall", { role: "group" });
    this.slider = makeSlider((value) => this.live.draw(value), (value) => this.settle(value));
    this.root = make("div", "box", {}, [this.slider.root, this.grid]);
    this.grid.addEventListener("keydown", (event) => this.pressed(event));
    for (const name of ["pointerover", "pointerleave", "focusin", "focusout"]) {
      this.grid.addEventListener(name, (event) => this.point(event));
    }
    /** @type {number | null} */
    this.asked = null; // the temperature that Python has yet to answer
    /** @type {number | null} */
    this.pointed = null; // index of the tile under the pointer, or on the keyboard
    parent.append(this.root);
  }

  destroy() {
    this.live.stop();
    if (this.data?.live) this.announce(null);
    this.root.remove();
  }

  /** @type {(data: WallData) => void} */
  setData(data) {
    if (this.data?.live && this.data.live.view !== data.live?.view) this.announce(null);
    const met = this.data?.live?.key === data.live?.key;
    this.data = data;
    const focused = this.tiles.findIndex((tile) => tile.matches(":focus-within"));
    this.grid.setAttribute("aria-label", data.label);
    this.grid.classList.toggle("fixed", Boolean(data.columns));
    this.grid.style.setProperty("--size", `${data.size}px`);
    this.grid.style.setProperty("--least", `${Math.round(data.size * 0.94)}px`);
    this.grid.style.setProperty("--columns", String(data.columns ?? 1));
    /** @type {(what: Act, tile: number) => void} */
    const act = (what, tile) => {
      if (data.can[what]) this.report({ what, tile });
    };
    const heads = data.heads.map((text) => make("div", "head", {}, [text]));
    const tiles = data.tiles.map((tile, i) => makeTile(tile, i, data.can, act));
    this.grid.replaceChildren(...heads, ...tiles);
    this.rest(Math.max(0, Math.min(focused, data.tiles.length - 1)), focused >= 0);
    this.slider.root.hidden = !data.live;
    this.live.setTiles([...this.grid.querySelectorAll("canvas")], data.live);
    if (!data.live) return;
    if (this.asked === data.live.temperature) this.asked = null;
    const ahead = (met ? this.slider.held() : null) ?? this.asked;
    if (ahead === null) this.slider.set(data.live);
    else this.live.draw(ahead); // this answers what was asked before
    if (!met) say(HELLO, { view: data.live.key });
    this.mark();
  }

  get tiles() {
    /** @type {NodeListOf<HTMLElement>} */
    const tiles = this.grid.querySelectorAll(".tile");
    return [...tiles];
  }

  /**
   * Let the tab key stop at one tile, which may take the focus.
   * @type {(index: number, focus: boolean) => void}
   */
  rest(index, focus) {
    /** @type {NodeListOf<HTMLElement>} */
    const buttons = this.grid.querySelectorAll(".picture");
    buttons.forEach((button, i) => {
      button.tabIndex = i === index ? 0 : -1;
    });
    if (focus) buttons[index]?.focus({ preventScroll: true });
  }

  /**
   * Arrows go from tile to tile, L locks and R draws anew; Enter opens, as buttons do.
   * @type {(event: KeyboardEvent) => void}
   */
  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const index = this.tileOf(event);
    if (index < 0) return;
    const columns = getComputedStyle(this.grid).gridTemplateColumns.split(" ").length;
    const goal = nextTile(event.key, index, this.tiles.length, columns);
    const what = KEYS[event.key.toLowerCase()];
    if (goal !== null) this.rest(goal, true);
    else if (what && this.data?.can[what]) this.report({ what, tile: index });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Index of the tile that an event is about, or -1. @type {(event: Event) => number} */
  tileOf({ target }) {
    return this.tiles.findIndex((tile) => target instanceof Node && tile.contains(target));
  }

  /** A tile that is pointed at is named in the cloud. @type {(event: Event) => void} */
  point(event) {
    if (!this.data?.live) return;
    const leaves = ["pointerleave", "focusout"].includes(event.type);
    const index = leaves ? -1 : this.tileOf(event);
    if (index === this.pointed) return;
    this.pointed = index;
    this.mark();
  }

  /** @type {(value: number) => void} */
  settle(value) {
    this.asked = value;
    this.report({ what: "temperature", value });
  }

  /**
   * Show in the cloud where the tiles lie: as Python says, or at points (n, dims) just decoded.
   * @param {number[][]} [points]
   */
  mark(points = this.data?.live?.points ?? []) {
    const tiles = this.data?.tiles ?? [];
    const name = (/** @type {number} */ i) => (i === this.pointed ? tiles[i].caption : "");
    const target = points.map((point, i) => ({ label: name(i), point }));
    this.announce({ target });
  }

  /** @type {(mark: Mark | null) => void} */
  announce(mark) {
    if (!this.data?.live) return;
    const { view, key } = this.data.live;
    say(MARK, { view, source: key, mark });
  }
}
