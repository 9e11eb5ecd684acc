// The button of a tour and its dialog, which is modal: the focus stays in it and goes back where it
// was. Arrow keys and Enter go on, Escape ends it.
import { make } from "../browser/dom.js";
import { keepAlways, recallAlways } from "../browser/view_storage.js";
import { findSeen, roomBeside } from "./find.js";
/** @import { Parent } from "../browser/channel.js" */

/** @typedef {{title: string, text: string, targets: string[]}} Stop */

const MARGIN = 6; // pixels between a part and its frame

/** @param {Parent} parent */
function makeTourPage(parent) {
  const start = make("button", "start", { type: "button", "aria-haspopup": "dialog" });
  const frame = make("div", "frame", { "aria-hidden": "true" });
  const count = make("span", "count");
  const title = make("h2", "title", { id: "tour-title" });
  const text = make("p", "text", { id: "tour-text" });
  const end = make("button", "end", { type: "button" }, ["End tour"]);
  const back = make("button", "back", { type: "button" }, ["Back"]);
  const next = make("button", "next", { type: "button" });
  const buttons = make("div", "buttons", {}, [count, end, back, next]);
  const said = make("div", "said", { "aria-live": "polite" }, [title, text]);
  const card = make("div", "card", {}, [said, buttons]);
  const named = { "aria-labelledby": "tour-title", "aria-describedby": "tour-text" };
  const dialog = make("dialog", "tour", { role: "dialog", ...named }, [frame, card]);
  const root = make("div", "offer", {}, [start, dialog]);
  parent.append(root);
  return { root, start, dialog, frame, card, title, text, count, end, back, next };
}

export class TourView {
  /** @param {Parent} parent */
  constructor(parent) {
    this.page = makeTourPage(parent);
    this.name = "";
    /** @type {Stop[]} */
    this.stops = []; // all
    /** @type {Stop[]} */
    this.way = []; // those that are on the page
    this.at = 0;
    /** @type {HTMLElement | null} */
    this.part = null;
    /** @type {number | null} */
    this.frameRequest = null;
    this.controller = new AbortController();
    this.listen();
  }

  destroy() {
    this.controller.abort();
    cancelAnimationFrame(this.frameRequest ?? 0);
    if (this.page.dialog.open) this.page.dialog.close();
    this.page.root.remove();
  }

  /** @type {(name: string, stops: Stop[]) => void} */
  setStops(name, stops) {
    this.name = name;
    this.stops = stops;
    this.greet();
  }

  /** Say more to who has not seen it. */
  greet() {
    const seen = Boolean(recallAlways(this.name));
    const { start } = this.page;
    start.textContent = seen ? "Take a tour" : "New? Take a tour";
    start.classList.toggle("first", !seen);
  }

  listen() {
    const { page } = this;
    const { signal } = this.controller;
    page.start.addEventListener("click", () => this.begin());
    page.next.addEventListener("click", () => this.go(1));
    page.back.addEventListener("click", () => this.go(-1));
    page.end.addEventListener("click", () => page.dialog.close());
    page.dialog.addEventListener("close", () => this.over());
    page.dialog.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        if (this.at + step < this.way.length) this.go(step); // only Enter ends it
      }
      event.stopPropagation(); // keys of the page, such as "r", are not meant
    });
    const follow = () => {
      this.frameRequest ??= requestAnimationFrame(() => {
        this.frameRequest = null;
        this.place();
      });
    };
    document.addEventListener("scroll", follow, { signal, capture: true, passive: true });
    window.addEventListener("resize", follow, { signal });
  }

  begin() {
    this.way = this.stops.filter(({ targets }) => findSeen(targets));
    if (!this.way.length) return;
    this.at = 0;
    this.page.dialog.showModal();
    this.show();
  }

  /** @param {number} step */
  go(step) {
    const at = this.at + step;
    if (at >= this.way.length) return this.page.dialog.close();
    this.at = Math.max(0, at);
    this.show();
  }

  show() {
    const { page, at, way } = this;
    const { title, text, targets } = way[at];
    page.title.textContent = title;
    page.text.textContent = text;
    page.count.textContent = `${at + 1} of ${way.length}`;
    page.back.disabled = at === 0;
    page.next.textContent = at + 1 < way.length ? "Next" : "Done";
    page.dialog.dataset.stop = String(at + 1);
    this.part = findSeen(targets);
    const { top, bottom } = this.part?.getBoundingClientRect() ?? new DOMRect();
    if (top < 0 || bottom > innerHeight) this.part?.scrollIntoView({ block: "center" });
    this.place();
    page.next.focus();
  }

  /** Put the frame around the part, and the words where there is room. */
  place() {
    const { page, part } = this;
    if (!page.dialog.open) return;
    const box = part?.getBoundingClientRect() ?? new DOMRect();
    page.frame.hidden = !part?.isConnected;
    const size = { width: box.width + 2 * MARGIN, height: box.height + 2 * MARGIN };
    Object.assign(page.frame.style, {
      ...{ left: `${box.left - MARGIN}px`, top: `${box.top - MARGIN}px` },
      ...{ width: `${size.width}px`, height: `${size.height}px` },
    });
    const words = { width: page.card.offsetWidth, height: page.card.offsetHeight };
    const { left, top } = roomBeside(box, words, { width: innerWidth, height: innerHeight });
    Object.assign(page.dialog.style, { left: `${left}px`, top: `${top}px` });
  }

  /** It was seen, to its end or not. */
  over() {
    this.part = null;
    keepAlways(this.name, true);
    this.greet();
    this.page.start.focus();
  }
}
