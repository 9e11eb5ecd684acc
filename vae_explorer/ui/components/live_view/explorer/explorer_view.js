// A latent space to hold: one place, and everything that shows it or moves it.
import { Codes } from "./codes.js";
import { makeDecoder } from "../../network/decoder.js";
import { fillJumps, fillSelect, fillSwitches, makeExplorerPage } from "./dom.js";
import { recall, remember } from "../../browser/view_storage.js";
import { drawGrey } from "../../browser/pixels.js";
import { longestExtent, makeOverlays } from "./make_overlays.js";
import { Place } from "./place.js";
import { SlicePanel } from "./slice_panel.js";
import { Sliders } from "./sliders.js";
import { HoverCard } from "./hover_card.js";
import { Trail } from "../overlays/trail.js";
import { CloudView } from "../scene/view.js";
import { howTo, pictureWords, placeWords, remoteness } from "./words.js";

const READABLE = 80; // milliseconds between two changes of the words
const SETTLE = 250; // milliseconds after which a walk by keys has come to rest
const SHOWN_FIRST = ["posterior", "trail"]; // overlays that are on at first

export class ExplorerView {
  /**
   * @param {string} workerText what the slice's worker runs
   * @param {(news: object) => void} report the place came to rest, or another one is asked for
   */
  constructor(parent, workerText, report) {
    this.page = makeExplorerPage(parent);
    this.workerText = workerText;
    this.report = report;
    this.view = new CloudView(this.page.cloud, (index) => this.goTo(index), {
      card: (index) => this.hoverCard.of(index),
      keys: "Arrow and page keys walk; W, A, S and D",
    });
    this.moves = null; // the last move that Python made
    this.label = 0;
  }

  destroy() {
    cancelAnimationFrame(this.frameRequest);
    clearTimeout(this.restTimer);
    clearTimeout(this.followTimer);
    clearTimeout(this.speakTimer);
    this.slice?.destroy();
    this.view.destroy();
    this.page.root.remove();
  }

  /** Take what explorer.js has unpacked: another model, or the same drawn otherwise. */
  setSpace(space) {
    const known = recall(`explorer:${space.key}`);
    this.space = space;
    this.codes = new Codes(space);
    this.decoder = makeDecoder(space.decoder, space.arrays);
    this.hoverCard = new HoverCard(space, this.codes, this.decoder);
    this.place = new Place(space.ranges, () => this.request());
    this.on = new Set(known?.on ?? SHOWN_FIRST);
    this.moves = null;
    this.near = this.drawn = null; // what was so in another space
    this.fillPage(known);
    this.view.overlays = this.makeOverlays();
    this.view.setCloud({ ...space, points: space.arrays.points, labels: space.arrays.labels });
  }

  fillPage(known) {
    const { page, space } = this;
    const move = (d, value) => this.place.set(this.place.z.with(d, value));
    this.sliders = new Sliders(page.sliders, space.ranges, { move, drop: () => this.rest(SETTLE) });
    fillJumps(page.jumps, space.names, space.count > 0, (ask) => this.report({ ask }));
    this.fillLabels();
    this.slice?.destroy();
    this.slice = new SlicePanel(page, space, this.workerText, this.sliceActions(), known?.plane);
    const offered = new Set(["trail"]);
    if (space.linear && space.arrays.sigma) offered.add("posterior");
    if (space.density) offered.add("density");
    if (space.shells.length) offered.add("shells");
    fillSwitches(page.switches, offered, this.on, (key, on) => this.toggle(key, on));
    page.hint.textContent = howTo(space.dims, space.linear);
  }

  /** What a conditional model decodes the place as. */
  fillLabels() {
    const { page, space } = this;
    page.label.hidden = space.decoder.classes === 0;
    if (page.label.hidden) return;
    const select = document.createElement("select");
    const options = space.names.slice(0, space.decoder.classes).map((name, k) => [k, name]);
    fillSelect(select, options, this.label, (label) => {
      this.label = Number(label);
      this.request();
      this.rest();
    });
    select.className = "choice";
    select.ariaLabel = "Class";
    page.label.replaceChildren("Decode as ", select);
  }

  sliceActions() {
    return {
      screen: () => this.screenDirections(),
      place: () => this.place.z.slice(),
      move: (z) => this.place.set(z),
      drop: () => this.rest(),
      choose: () => {
        this.keep();
        this.request();
      },
    };
  }

  screenDirections() {
    const r = this.view.view().rotation;
    const direction = (row) => this.codes.lift([...r.slice(row, row + this.space.dims)]);
    return [direction(0), direction(3)];
  }

  makeOverlays() {
    const { codes } = this;
    this.trail = new Trail(longestExtent(this.space) / 150);
    return makeOverlays(this.space, codes, {
      trail: this.trail,
      isOn: (key) => this.on.has(key),
      at: () => this.drawn,
      nearest: () => this.near?.index ?? -1,
      plane: () => this.slice.drawnPlane,
      move: (change) => this.place.shift(codes.lift(change)),
      drop: () => this.rest(SETTLE),
      canvas: this.view.page.canvas,
    });
  }

  toggle(key, on) {
    if (on) this.on.add(key);
    else this.on.delete(key);
    if (key === "trail") this.trail.clear();
    this.keep();
    this.view.redraw();
  }

  keep() {
    const { choice: plane } = this.slice;
    remember(`explorer:${this.space.key}`, { on: [...this.on], plane });
  }

  /** Go to an encoded picture. */
  goTo(index) {
    this.place.set(this.codes.at(index));
    this.rest();
  }

  /** Where Python is: travel there when it has moved, else it only repeats what it was told. */
  setPlace({ z, label, moves, path, model }) {
    if (!this.space || z?.length !== this.space.latent || moves === this.moves) return;
    if (model !== this.space.model) return; // another is on its way here
    clearTimeout(this.restTimer); // it would tell of a place on the way
    const first = this.moves === null;
    this.moves = moves;
    if (label !== this.label) this.setLabel(label);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.walking = Boolean(path);
    if (path) this.place.set(path[0]);
    if (still || (first && !path)) this.place.set(z);
    else this.place.travel(path?.slice(1) ?? [z], performance.now());
  }

  setLabel(label) {
    this.label = label;
    const select = this.page.label.querySelector("select");
    if (select) select.value = label;
  }

  updateTheme() {
    this.view.updateTheme();
  }

  /** The place was let go: tell Python once, now or when no further step follows. */
  rest(delay = 0) {
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => {
      if (this.speakTimer) this.speak();
      this.page.spoken.textContent = placeWords(this.place.z, this.page.words.textContent);
      this.report({ z: Array.from(this.place.z), label: this.label, model: this.space.model });
    }, delay);
  }

  /** Show the place on the next frame, in the cloud as well. */
  request() {
    this.frameRequest ??= requestAnimationFrame((now) => {
      this.frameRequest = null;
      this.show(now);
    });
    this.view.request();
  }

  show(now) {
    const arrived = this.place.step(now);
    if (arrived && this.walking) this.rest(); // a walk is to be taken once
    const { page, space, codes } = this;
    const { z, travelling } = this.place;
    this.picture = this.decoder.decode(z, this.label, this.picture);
    drawGrey(page.digit, this.picture, space.decoder.side, space.decoder.side);
    this.near = codes.nearest(z);
    this.drawn = codes.drawn(z, this.near.index);
    if (this.drawn) this.trail.add(this.drawn);
    this.sliders.show(z);
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
    const { page, near, space } = this;
    const { z } = this.place;
    const name = near.index < 0 ? "" : space.names[space.arrays.labels[near.index]];
    const { text, far } = remoteness(near, name, space.typical);
    page.digit.setAttribute("aria-label", pictureWords(z));
    if (page.words.textContent === text) return;
    page.words.textContent = text;
    page.words.classList.toggle("far", far);
  }
}
