// What selected points are: how many of which class, pictures of some, their mean, a file of all.
// All of it follows behind the frame in which the points stand out, pictures a few at a time.
import { make } from "../../browser/dom.js";
import { drawDecoded } from "../explorer/decoded.js";
import { fillCounts, makePanel, pointsText } from "./dom.js";
import { countByClass, csvText, meanCode, some } from "./summary.js";
/** @import { ExplorerView } from "../explorer/explorer_view.js" */

const MAX_PICTURES = 24;
const SLICE = 8; // milliseconds of decoding at once

export class SelectedPanel {
  /** @param {ExplorerView} explorer */
  constructor(explorer) {
    this.explorer = explorer;
    this.page = makePanel();
    /** @type {Uint32Array} */
    this.indices = new Uint32Array(0);
    /** @type {Float32Array} */
    this.mean = new Float32Array(0);
    this.label = 0; // what the mean is decoded as
    this.version = 0; // of selections: pictures of an earlier one are given up
    this.page.go.addEventListener("click", () => this.goToMean());
    this.page.save.addEventListener("click", () => this.save());
  }

  /** Show points by ascending indices; none hide it. @type {(indices: Uint32Array) => void} */
  show(indices) {
    const version = ++this.version;
    this.indices = indices;
    requestAnimationFrame(() => setTimeout(() => version === this.version && this.fill(version)));
  }

  /** @param {number} version */
  fill(version) {
    const { page, explorer, indices } = this;
    const { space, codes } = explorer;
    page.root.hidden = indices.length === 0;
    page.root.dataset.count = String(indices.length);
    page.pictures.replaceChildren();
    delete page.pictures.dataset.whole;
    if (page.root.hidden) return;
    const counts = countByClass(indices, space.arrays.labels);
    this.mean = meanCode(indices, codes.mu, codes.latent);
    this.label = this.asked(counts[0].label);
    page.title.textContent = `${pointsText(indices.length)} selected`;
    fillCounts(page.classes, space.names.length > 1 ? counts : [], space);
    this.showPictures(version);
  }

  /** The class as which a point of a class is decoded. @type {(label: number) => number} */
  asked(label) {
    const { classes } = this.explorer.space.decoder;
    return classes ? Math.min(label, classes - 1) : 0;
  }

  showMean() {
    const { page } = this;
    const { names, decoder, codesAlone } = this.explorer.space;
    page.figure.hidden = Boolean(codesAlone);
    if (codesAlone) return;
    this.decode(page.mean, this.mean, this.label);
    const given = decoder.classes ? ` as ${names[this.label]}` : "";
    page.caption.textContent = `mean, decoded${given}`;
  }

  /** @param {number} version */
  showPictures(version) {
    const { page, indices, explorer } = this;
    const { arrays, codesAlone, originals } = explorer.space;
    this.showMean();
    page.gallery.hidden = Boolean(codesAlone) && !originals;
    if (page.gallery.hidden) return;
    const shown = some(indices, MAX_PICTURES).sort((a, b) => arrays.labels[a] - arrays.labels[b]);
    const part = `${shown.length} of ${pointsText(indices.length)}, evenly spread`;
    page.shown.textContent = shown.length < indices.length ? part : "";
    this.add(shown, version);
  }

  /** Add pictures, the rest of them later. @type {(left: number[], version: number) => void} */
  add(left, version) {
    if (version !== this.version || !this.page.root.isConnected) return;
    const until = performance.now() + SLICE;
    let next = 0;
    while (next < left.length && (next === 0 || performance.now() < until)) {
      this.page.pictures.append(this.tile(left[next++]));
    }
    if (next < left.length) setTimeout(() => this.add(left.slice(next), version));
    else this.page.pictures.dataset.whole = "true";
  }

  /** A picture that leads to its point. @type {(index: number) => HTMLElement} */
  tile(index) {
    const { explorer } = this;
    const { names, arrays } = explorer.space;
    const title = `${names[arrays.labels[index]]} · #${index}`;
    const tile = make("button", "tile", { type: "button", title, "aria-label": title });
    tile.append(this.picture(index));
    tile.addEventListener("click", () => explorer.goTo(index));
    for (const type of ["pointerenter", "focus"]) {
      tile.addEventListener(type, () => explorer.view.ring(index));
    }
    for (const type of ["pointerleave", "blur"]) {
      tile.addEventListener(type, () => explorer.view.ring(-1));
    }
    return tile;
  }

  /** The original where it is at hand, else as decoded. @type {(index: number) => HTMLElement} */
  picture(index) {
    const { originals } = this.explorer.space;
    if (!originals) return this.decoded(index);
    const image = make("img", "", { src: `${originals}/${index}.png`, alt: "" });
    if (this.explorer.space.codesAlone) return image;
    image.addEventListener("error", () => image.replaceWith(this.decoded(index)));
    return image;
  }

  /** @type {(index: number) => HTMLCanvasElement} */
  decoded(index) {
    const { codes, space } = this.explorer;
    const canvas = make("canvas");
    this.decode(canvas, codes.at(index), this.asked(space.arrays.labels[index]));
    return canvas;
  }

  /** @type {(canvas: HTMLCanvasElement, z: Float32Array, label: number) => void} */
  decode(canvas, z, label) {
    drawDecoded(canvas, this.explorer.decoder, z, label);
  }

  goToMean() {
    const { explorer } = this;
    if (explorer.space.decoder.classes) explorer.setLabel(this.label);
    explorer.place.set(this.mean);
    explorer.rest();
  }

  save() {
    const { space, codes } = this.explorer;
    const { labels } = space.arrays;
    const text = csvText(this.indices, labels, space.names, codes.mu, codes.latent);
    const file = new Blob([text], { type: "text/csv" });
    const link = make("a", "", { download: `${space.name}-${space.split}-selection.csv` });
    link.href = URL.createObjectURL(file);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
}
