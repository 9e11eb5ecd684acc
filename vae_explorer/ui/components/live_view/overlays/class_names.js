// The names of the classes in a cloud, each at the middle of its points or led there by a line.
import { boxOf, leaderEnd, placeNames } from "../geometry/name_places.js";
import { projectPoint } from "../geometry/geometry.js";
import { haloStroke, haloText } from "../scene/paint.js";
/** @import { Theme } from "../../browser/dom.js" */
/** @import { Hidden, View } from "../geometry/geometry.js" */
/** @import { Box, Name, Offset } from "../geometry/name_places.js" */

/** @typedef {CanvasRenderingContext2D} Context */
/** @typedef {{width: number, height: number}} Extent CSS pixels */
/** @typedef {{label: number, text: string, box: Name, offset: Offset}} Written */

const CROWD = 12; // with more classes than this, names are smaller and stay near their places,
const NEAR = 42; // in pixels,
const MOST = 60; // and no more are looked at than so many of most points
const NARROW = 420; // pixels; in a narrower picture they are smaller too
const [LARGE, SMALL] = [14, 12]; // pixels
const LETTERS = 20; // of a name at most

/** A name that is not too long to be put somewhere. @type {(name: string) => string} */
const shortened = (name) => {
  const letters = Array.from(name);
  return letters.length > LETTERS ? `${letters.slice(0, LETTERS - 1).join("")}…` : name;
};

export class ClassNames {
  constructor() {
    /** @type {string[]} */
    this.names = [];
    /** @type {string[]} */
    this.colours = [];
    /** @type {Uint32Array} */
    this.counts = new Uint32Array(0); // of the points of each class
    /** @type {Map<number, Offset>} */
    this.offsets = new Map(); // by class, of those that were written last
    /** @type {Map<string, number>} */
    this.widths = new Map(); // by font and text
    /** @type {Written[]} */
    this.written = [];
  }

  /** @type {(cloud: {names: string[], colours: string[], labels: ArrayLike<number>}) => void} */
  setCloud({ names, colours, labels }) {
    this.names = names.map(shortened);
    this.colours = colours;
    this.counts = new Uint32Array(names.length);
    for (let i = 0; i < labels.length; i++) this.counts[labels[i]]++;
    this.offsets.clear();
  }

  /**
   * Find a place for each name; is any other than before?
   * @param {Context} ctx
   * @param {View} view
   * @param {(number[] | null)[]} middles of the classes
   * @param {Hidden} hidden
   * @param {{taken: Box[], size: Extent, theme: Theme}} scene
   * @returns {boolean}
   */
  arrange(ctx, view, middles, hidden, { taken, size, theme }) {
    const shown = this.names.map((_, label) => label).filter((k) => middles[k] && !hidden[k]);
    shown.sort((a, b) => this.counts[b] - this.counts[a] || a - b);
    const crowded = shown.length > CROWD;
    const height = crowded || size.width < NARROW ? SMALL : LARGE;
    ctx.font = `700 ${height}px ${theme.font}`;
    const labels = shown.slice(0, MOST).map((label) => {
      const [x, y] = projectPoint(view, middles[label] ?? []);
      const width = this.widthOf(ctx, this.names[label]);
      return { x, y, width, height, weight: this.counts[label] };
    });
    const before = shown.map((label) => this.offsets.get(label));
    const places = placeNames(labels, taken, size, before, crowded ? NEAR : Infinity);
    /** @type {Written[]} */
    const written = [];
    places.forEach((offset, k) => {
      const label = shown[k];
      if (offset) written.push({ label, text: this.names[label], box: labels[k], offset });
    });
    const same = JSON.stringify(written) === JSON.stringify(this.written);
    this.offsets = new Map(written.map(({ label, offset }) => [label, offset]));
    this.written = written;
    return !same;
  }

  /** @type {(ctx: Context, text: string) => number} */
  widthOf(ctx, text) {
    const key = `${ctx.font} ${text}`;
    const width = this.widths.get(key) ?? ctx.measureText(text).width;
    this.widths.set(key, width);
    return width;
  }

  /** Where they are written, for tests. @type {() => {text: string, box: Box}[]} */
  boxes() {
    return this.written.map(({ text, box, offset }) => ({ text, box: boxOf(box, offset) }));
  }

  /** @type {(ctx: Context, theme: Theme) => void} */
  draw(ctx, theme) {
    ctx.save();
    ctx.lineCap = "round";
    for (const { label, box, offset } of this.written) {
      const end = leaderEnd(box, offset);
      if (end) drawLeader(ctx, [box.x, box.y], end, this.colours[label], theme);
    }
    ctx.fillStyle = theme.text;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    for (const { text, box, offset } of this.written) {
      ctx.font = `700 ${box.height}px ${theme.font}`;
      haloText(ctx, text, box.x + offset[0], box.y + offset[1], theme);
    }
    ctx.restore();
  }
}

/**
 * A line in the colour of the class, which nobody takes for a part of its name.
 * @type {(ctx: Context, from: number[], to: number[], colour: string, theme: Theme) => void}
 */
function drawLeader(ctx, from, to, colour, theme) {
  ctx.beginPath();
  ctx.moveTo(from[0], from[1]);
  ctx.lineTo(to[0], to[1]);
  haloStroke(ctx, colour, 1.5, theme);
  ctx.beginPath();
  ctx.arc(from[0], from[1], 3, 0, 2 * Math.PI);
  haloStroke(ctx, theme.text, 1.2, theme);
  ctx.fillStyle = colour;
  ctx.fill();
}
