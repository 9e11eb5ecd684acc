// A latent space to hold: one place, and everything that shows it or moves it.
import { byFingers, isCalm } from "../../browser/dom.js";
import { Codes } from "./codes.js";
import { Digit } from "./decoded.js";
import { makeDecoder, weightsOf } from "../../network/decoder.js";
import { fillClasses, fillJumps, fillSwitches, makeExplorerPage, showOriginal } from "./dom.js";
import { recall, remember } from "../../browser/view_storage.js";
import { longestExtent, makeOverlays } from "./make_overlays.js";
import { Place } from "./place.js";
import { Follower } from "../../pipeline/follower.js";
import { SlicePanel } from "./slice_panel.js";
import { Sliders } from "./sliders.js";
import { HoverCard } from "./hover_card.js";
import { Structure } from "./structure.js";
import { Trail } from "../overlays/trail.js";
import { CloudView } from "../scene/view.js";
import { Selection } from "../selection/selection.js";
import { NO_SPACE } from "./space.js";
import { EXACT, sliceActions, surroundings } from "./wiring.js";
import { howTo, pictureWords, placeWords, remoteness, shownTitle } from "./words.js";
/** @import { Parent } from "../../browser/channel.js" */
/** @import { PlaceData } from "../entries/place_sync.js" */
/** @import { Decoder } from "../../network/decoder.js" */
/** @import { RemoteDecoder } from "../notebook/remote_decoder.js" */
/** @import { Space } from "./space.js" */

/**
 * What is reported: the place came to rest, another one is asked for (a random one, or a digit of a
 * class), the browser lacks something, or the exact posterior is wanted or not.
 * @typedef {{z: number[], label: number, model: string} | {ask: "random" | number} |
 *   {cannot: string} | {exact: boolean}} News
 */
/** @typedef {{on?: string[], plane?: string}} Choices what the browser remembers */

const READABLE = 80; // milliseconds between two changes of the words
const SETTLE = 250; // milliseconds after which a walk by keys has come to rest
const SHOWN_FIRST = ["posterior", "trail"]; // overlays that are on at first

export class ExplorerView {
  /**
   * @param {Parent} parent
   * @param {string} workerText what the slice's worker runs
   * @param {(news: News) => void} report
   */
  constructor(parent, workerText, report) {
    this.page = makeExplorerPage(parent);
    this.workerText = workerText;
    this.report = report;
    this.view = new CloudView(this.page.cloud, (index) => this.goTo(index), {
      card: (index) => this.hoverCard.of(index),
      keys: "Arrow and page keys walk; W, A, S and D",
      onHidden: () => this.selection.update(),
    });
    /** @type {number | null} */
    this.moves = null; // the last move that Python made
    this.label = 0;
    this.walking = false; // whether the place travels along a path
    this.space = NO_SPACE;
    this.codes = new Codes(NO_SPACE);
    /** @type {Decoder | RemoteDecoder} */
    this.decoder = makeDecoder(NO_SPACE.decoder, {});
    /** @type {RemoteDecoder | null} */
    this.remote = null; // decodes in the place of the browser
    /** @type {(indices: Uint32Array) => void} */
    this.onSelected = () => {};
    this.digit = new Digit(this.page.digit, this.decoder);
    this.hoverCard = new HoverCard(NO_SPACE, this.codes, this.decoder);
    this.place = new Place([], () => {});
    this.sliders = new Sliders(this.page.sliders, NO_SPACE, { move: () => {}, drop: () => {} });
    this.slice = new SlicePanel(this.page, NO_SPACE, workerText, sliceActions(this));
    this.trail = new Trail(1);
    this.follower = new Follower(this.page.pipeline);
    this.structure = new Structure(this.page, (src, about) =>
      this.follower.pipeline.showImage("picture", src, about),
    );
    this.selection = new Selection(this);
    /** @type {Set<string>} */
    this.on = new Set(); // keys of the overlays that are switched on
    this.nearest = { index: -1, distance: Infinity };
    /** @type {number[] | null} */
    this.drawn = null; // where the place is in the picture
    /** @type {number | null} */
    this.frameRequest = null;
    /** @type {number | undefined} */
    this.restTimer = undefined;
    /** @type {number | null} */
    this.followTimer = null;
    /** @type {number | null} */
    this.speakTimer = null;
  }

  destroy() {
    cancelAnimationFrame(this.frameRequest ?? 0);
    clearTimeout(this.restTimer);
    clearTimeout(this.followTimer ?? 0);
    clearTimeout(this.speakTimer ?? 0);
    this.slice.destroy();
    this.follower.destroy();
    this.view.destroy();
    this.page.root.remove();
  }

  /** Take another model, or the same drawn otherwise. @type {(space: Space) => void} */
  setSpace(space) {
    /** @type {Choices | null} */
    const choices = recall(`explorer:${space.key}`);
    this.space = space;
    this.codes = new Codes(space);
    const spec = space.codesAlone ? NO_SPACE.decoder : space.decoder;
    const weights = weightsOf(space.arrays, "decoder");
    this.decoder = this.remote ?? makeDecoder(spec, weights);
    this.hoverCard = new HoverCard(space, this.codes, this.decoder);
    this.place = new Place(space.ranges, () => this.request());
    this.on = new Set(choices?.on ?? SHOWN_FIRST);
    this.moves = null;
    this.nearest = { index: -1, distance: Infinity };
    this.drawn = null;
    this.digit = new Digit(this.page.digit, this.decoder);
    this.structure.setAddress(space.structures ?? "");
    this.fillPage(choices?.plane);
    this.trail = new Trail(longestExtent(space) / 150);
    this.selection.setSpace(space);
    this.follower.setSpace(space, this.codes, this.decoder);
    const overlays = makeOverlays(space, this.codes, surroundings(this));
    this.view.overlays = [...overlays, this.selection.tool];
    this.view.setCloud({ ...space, points: space.arrays.points, labels: space.arrays.labels });
  }

  /** @param {string} [plane] of the slice */
  fillPage(plane) {
    const { page, space } = this;
    const [, height, width] = space.decoder.shape;
    page.root.style.setProperty("--shape", `${width} / ${height}`);
    page.digit.hidden = Boolean(space.codesAlone);
    const molecules = Boolean(space.structures);
    page.root.classList.toggle("molecules", molecules);
    page.pipeline.page.root.classList.toggle("molecules", molecules);
    page.original.hidden = !space.codesAlone || !space.originals || molecules;
    page.shown.textContent = shownTitle(space);
    page.shown.hidden = page.digit.hidden && page.original.hidden && !molecules;
    /** @type {(d: number, value: number) => void} */
    const move = (d, value) => this.place.set(this.place.z.with(d, value));
    this.sliders = new Sliders(page.sliders, space, { move, drop: () => this.restSoon() });
    fillJumps(page.jumps, space, (ask) => {
      this.follower.roaming = ask === "random";
      this.report({ ask });
    });
    const names = space.names.slice(0, space.decoder.classes);
    fillClasses(page.label, names, this.label, (label) => {
      this.label = label;
      this.request();
      this.rest();
    });
    this.slice.destroy();
    this.slice = new SlicePanel(page, space, this.workerText, sliceActions(this), plane);
    fillSwitches(page.switches, space.switches, this.on, (key, on) => this.toggle(key, on));
    page.hint.textContent = howTo(space.dims, space.linear, byFingers());
  }

  /** @type {(key: string, on: boolean) => void} */
  toggle(key, on) {
    if (on) this.on.add(key);
    else this.on.delete(key);
    if (key === "trail") this.trail.clear();
    if (key === EXACT) this.report({ exact: on });
    this.rememberChoices();
    this.view.redraw();
  }

  rememberChoices() {
    const { choice: plane } = this.slice;
    remember(`explorer:${this.space.key}`, { on: [...this.on], plane });
  }

  /** Go to an encoded picture. @type {(index: number) => void} */
  goTo(index) {
    this.follower.choose(index);
    this.place.set(this.codes.at(index));
    this.rest();
  }

  /**
   * Where Python is: travel there when it has moved, else it only repeats what was reported.
   * @type {(place: PlaceData) => void}
   */
  setPlace({ z, label, moves, path, model, picture }) {
    if (!z || z.length !== this.space.latent || moves === this.moves) return;
    if (model !== this.space.model) return; // another is on its way here
    clearTimeout(this.restTimer); // it would tell of a place on the way
    const first = this.moves === null;
    this.moves = moves;
    if (label !== this.label) this.setLabel(label);
    this.walking = Boolean(path);
    if (!first || picture) this.follower.send(z, picture); // at first nobody has chosen it
    if (path) this.place.set(path[0]);
    if (isCalm() || (first && !path)) this.place.set(z);
    else this.place.travel(path?.slice(1) ?? [z], performance.now());
  }

  /** @param {number} label */
  setLabel(label) {
    this.label = label;
    const select = this.page.label.querySelector("select");
    if (select) select.value = String(label);
  }

  updateTheme() {
    this.view.updateTheme();
  }

  /** The place was let go: tell Python once, now or when no further step follows. */
  rest(delay = 0) {
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => {
      if (this.speakTimer) this.speak();
      const { page, place, space } = this;
      page.announcement.textContent = placeWords(place.z, page.words.textContent, space.step);
      this.report({ z: Array.from(place.z), label: this.label, model: this.space.model });
    }, delay);
  }

  /** No further step may follow. */
  restSoon() {
    this.rest(SETTLE);
  }

  /** Show the place: its digit now, if the first in this frame, and all else on the next one. */
  request() {
    this.structure.show(this.place.z); // at once: the server answers while this frame is drawn
    if (this.frameRequest === null) this.digit.draw(this.place.z, this.label);
    else this.digit.stale = true;
    this.frameRequest ??= requestAnimationFrame((now) => {
      this.frameRequest = null;
      this.show(now);
    });
    this.view.request(); // behind our own frame: the cloud shows what that finds
  }

  /** @param {number} now */
  show(now) {
    const arrived = this.place.step(now);
    if (arrived && this.walking) this.rest(); // a walk is to be taken once
    if (this.digit.stale) this.digit.draw(this.place.z, this.label);
    const { page, codes } = this;
    const { z, travelling } = this.place;
    this.nearest = codes.nearest(z);
    this.drawn = codes.drawn(z, this.nearest.index);
    if (this.drawn) this.trail.add(this.drawn);
    this.sliders.show(z);
    this.follower.frame(this.place.goal);
    this.followTimer ??= setTimeout(() => this.follow()); // the digit's frame goes before
    this.speakTimer ??= setTimeout(() => this.speak(), READABLE);
    page.digit.dataset.z = JSON.stringify(Array.from(z, (value) => Number(value.toFixed(4))));
    this.view.request(); // once more, where the view has drawn this frame already
    if (travelling) this.request();
  }

  follow() {
    this.followTimer = null;
    this.slice.follow(this.place.z, this.label);
  }

  /** Say how near data is: not each frame, as nobody could read it and text costs layout. */
  speak() {
    this.speakTimer = null;
    const { page, nearest, space } = this;
    const { z } = this.place;
    const name = nearest.index < 0 ? "" : space.words.classes[space.arrays.labels[nearest.index]];
    const { text, far } = remoteness(nearest, name, space);
    page.digit.setAttribute("aria-label", pictureWords(z, space.step));
    this.follower.say(nearest.index, z, this.label, page.digit);
    showOriginal(page.original, space.originals, nearest.index, name);
    if (page.words.textContent === text) return;
    page.words.textContent = text;
    page.words.classList.toggle("far", far);
  }
}
