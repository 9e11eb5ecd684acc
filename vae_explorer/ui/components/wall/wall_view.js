// One wall on the page: its tiles, the keys that lead through them, and the slider above them.
import { HELLO, MARK, say } from "../browser/channel.js";
import { make } from "../browser/dom.js";
import { nextTile } from "./keys.js";
import { LiveTiles } from "./live.js";
import { makeSlider, makeTile } from "./dom.js";

const KEYS = { l: "lock", r: "again" };

export class WallView {
  /** @param {(news: object) => void} report told what was done to which tile */
  constructor(parent, report) {
    this.report = report;
    this.data = null;
    this.live = new LiveTiles((z) => this.mark(z));
    this.grid = make("div", "wall", { role: "group" });
    this.slider = makeSlider((value) => this.warm(value), (value) => this.settle(value));
    this.root = make("div", "box", {}, [this.slider.root, this.grid]);
    this.grid.addEventListener("keydown", (event) => this.pressed(event));
    for (const name of ["pointerover", "pointerleave", "focusin", "focusout"]) {
      this.grid.addEventListener(name, (event) => this.point(event));
    }
    this.asked = null; // the temperature that Python has yet to answer
    this.pointed = null; // place of the tile under the pointer, or on the keyboard
    parent.append(this.root);
  }

  destroy() {
    this.live.stop();
    if (this.data?.live) this.announce(null);
    this.root.remove();
  }

  setData(data) {
    if (this.data?.live && this.data.live.view !== data.live?.view) this.announce(null);
    const met = this.data?.live?.key === data.live?.key;
    this.data = data;
    const focused = this.tiles.indexOf(this.grid.getRootNode().activeElement?.closest(".tile"));
    this.grid.setAttribute("aria-label", data.label);
    this.grid.classList.toggle("fixed", Boolean(data.columns));
    this.grid.style.setProperty("--size", `${data.size}px`);
    this.grid.style.setProperty("--least", `${Math.round(data.size * 0.94)}px`);
    this.grid.style.setProperty("--columns", data.columns ?? 1);
    const act = (what, tile) => data.can[what] && this.report({ what, tile });
    const heads = data.heads.map((text) => make("div", "head", {}, [text]));
    this.grid.replaceChildren(...heads, ...data.tiles.map((tile, i) => makeTile(tile, i, data.can, act)));
    this.rest(Math.max(0, Math.min(focused, data.tiles.length - 1)), focused >= 0);
    this.slider.root.hidden = !data.live;
    this.live.setTiles(this.tiles, data.live);
    if (!data.live) return;
    if (this.asked === data.live.temperature) this.asked = null;
    if (this.asked === null) this.slider.set(data.live);
    else this.live.draw(this.asked); // an answer to what was asked before
    if (!met) say(HELLO, { view: data.live.key });
    this.mark();
  }

  get tiles() {
    return [...this.grid.querySelectorAll(".tile")];
  }

  /** Let the tab key stop at one tile, which may take the focus. */
  rest(place, focus) {
    const buttons = this.tiles.map((tile) => tile.querySelector(".picture"));
    buttons.forEach((button, index) => (button.tabIndex = index === place ? 0 : -1));
    if (focus) buttons[place]?.focus({ preventScroll: true });
  }

  /** Arrows go from tile to tile, L locks and R draws anew; Enter opens, as buttons do. */
  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const place = this.tiles.indexOf(event.target.closest(".tile"));
    if (place < 0) return;
    const columns = getComputedStyle(this.grid).gridTemplateColumns.split(" ").length;
    const goal = nextTile(event.key, place, this.tiles.length, columns);
    const what = KEYS[event.key.toLowerCase()];
    if (goal !== null) this.rest(goal, true);
    else if (what && this.data.can[what]) this.report({ what, tile: place });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** A tile that is pointed at is named in the cloud. */
  point(event) {
    if (!this.data?.live) return;
    const leaves = ["pointerleave", "focusout"].includes(event.type);
    const place = leaves ? -1 : this.tiles.indexOf(event.target.closest(".tile"));
    if (place === this.pointed) return;
    this.pointed = place;
    this.mark();
  }

  /** Decode at another temperature, while the slider moves. */
  warm(value) {
    this.live.draw(value);
  }

  settle(value) {
    this.asked = value;
    this.report({ what: "heat", value });
  }

  /** Show in the cloud where the tiles lie: as Python says, or at places (n, dims) just decoded. */
  mark(points = this.data.live.points) {
    const name = (place) => (place === this.pointed ? this.data.tiles[place].caption : "");
    const target = points.map((point, place) => ({ label: name(place), point }));
    this.announce({ target });
  }

  announce(mark) {
    const { view, key } = this.data.live;
    say(MARK, { view, source: key, mark });
  }
}
