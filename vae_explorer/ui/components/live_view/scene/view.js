// One cloud on the page: holds its state, draws when something changed, answers the person.
import { defaultCamera } from "../geometry/camera.js";
import { closeUp } from "../geometry/close_up.js";
import { centroids, countUnplaced, frameOf, makeView } from "../geometry/geometry.js";
import { recall, remember, storageKey } from "../../browser/view_storage.js";
import { heldByTap, readTheme } from "../../browser/dom.js";
import { describe, fillLegend, makePage, noticeFor, pictureSize, updateLegend } from "./dom.js";
import { makeActions } from "./actions.js";
import { NO_CLOUD, cameraFor, framed, savedOf } from "./cloud.js";
import { attachInput } from "./input.js";
import { Group } from "./group.js";
import { ClassNames } from "../overlays/class_names.js";
import { Marks } from "./marks.js";
import { hoverOf } from "./hover.js";
import { draw } from "./draw.js";
import { Stack } from "../points/stack.js";
/** @import { Parent } from "../../browser/channel.js" */
/** @import { Theme } from "../../browser/dom.js" */
/** @import { Size } from "../../browser/pixels.js" */
/** @import { Camera } from "../geometry/camera.js" */
/** @import { Frame, View } from "../geometry/geometry.js" */
/** @import { Overlay } from "../overlays/overlays.js" */
/** @import { Cloud, Saved } from "./cloud.js" */
/** @import { Mark } from "./marks.js" */

const UNMOVED = 160; // milliseconds after the last turn or zoom until everything is drawn again

export class CloudView {
  /**
   * @param {Parent} parent
   * @param {(index: number) => void} onClick told which point was clicked
   * @param {object} options
   * @param {(index: number) => HTMLElement | null} [options.card] what the tip of a point shows
   * @param {string} [options.keys] the keys that turn the picture, in words
   * @param {() => void} [options.onHidden] told when classes were hidden or shown, or are others
   */
  constructor(parent, onClick, { card, keys, onHidden } = {}) {
    this.page = makePage(parent);
    this.stack = new Stack(this.page, () => this.redraw(), () => this.tick());
    this.onClick = onClick;
    this.card = card;
    this.keys = keys;
    this.onHidden = onHidden;
    this.cloud = NO_CLOUD;
    this.start = this.camera = defaultCamera(2); // start: where a double click leads
    this.frame = frameOf(NO_CLOUD.points, 2);
    /** @type {boolean[]} */
    this.hidden = []; // by class
    this.ringed = -1; // the item hovered in another view of the group
    this.unplaced = 0; // points without finite coordinates
    /** @type {(number[] | null)[]} */
    this.middles = []; // of the classes
    /** @type {Theme | null} */
    this.theme = null;
    /** @type {Overlay[]} */
    this.overlays = [];
    this.marks = new Marks();
    /** @type {Size} */
    this.size = { width: 0, height: 0, ratio: 1 };
    /** @type {number | null} */
    this.frameRequest = null;
    /** @type {{frame: Frame, camera: Camera, size: Size, view: View} | null} */
    this.projection = null; // the latest
    this.moving = false;
    this.stale = { under: false, points: false, over: false, names: false };
    this.names = new ClassNames();
    this.hover = hoverOf(this);
    this.controller = new AbortController();
    this.group = new Group(this, this.controller.signal);
    attachInput(this.page.canvas, makeActions(this), this.controller.signal);
    heldByTap(this.page.canvas, this.controller.signal);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.page.stage);
  }

  destroy() {
    this.controller.abort();
    this.observer.disconnect();
    this.hover.leave();
    this.stack.destroy();
    cancelAnimationFrame(this.frameRequest ?? 0);
    clearTimeout(this.settleTimer);
    this.page.root.remove();
  }

  /**
   * Take an unpacked cloud; camera and hidden classes stay where they still make sense. Its box is
   * `cloud.frame`, or else the one around its points.
   * @param {Cloud} cloud
   */
  setCloud(cloud) {
    /** @type {Saved | null} */
    const before = this.cloud.key === cloud.key ? this.saved() : recall(storageKey(cloud));
    this.cloud = cloud;
    this.start = defaultCamera(cloud.dims, cloud.home);
    this.camera = cameraFor(cloud, before, this.start);
    this.ringed = -1;
    this.hidden = cloud.names.map((name) => before?.hidden?.includes(name) ?? false);
    this.frame = framed(cloud);
    this.middles = centroids(cloud.points, cloud.labels, cloud.dims, cloud.names.length);
    this.unplaced = countUnplaced(cloud);
    this.names.setCloud(cloud);
    this.stack.setCloud(cloud, this.frame);
    this.hover.leave();
    fillLegend(this.page.legend, cloud, this.hidden, (change) => this.choose(change));
    this.setHidden((isHidden) => isHidden);
    this.resize();
  }

  /**
   * Put the points elsewhere, as many as there are, all finite before and now, and the box too.
   * @type {(points: Float32Array, frame: Frame) => void}
   */
  setPoints(points, frame) {
    const { labels, dims, names } = this.cloud;
    this.cloud.points = points;
    this.frame = frame;
    this.middles = centroids(points, labels, dims, names.length);
    this.stack.setPoints(points, frame);
    this.unsettle();
  }

  /** Read Streamlit's colours again and repaint. */
  updateTheme() {
    this.theme = readTheme(this.page.root, this.stack.over);
    this.redraw();
  }

  /**
   * Hold, or with null drop, the mark that `source` announced.
   * @type {(source: string, mark: Mark | null) => void}
   */
  setMark(source, mark) {
    this.marks.set(source, mark);
    const near = this.marks.wanted(source, mark);
    if (near) this.look(closeUp(this.frame, this.camera, this.size, near));
    this.describe();
    this.request();
  }

  /**
   * The person shows or hides classes: in all views of the group.
   * @type {(change: (hidden: boolean, label: number) => boolean) => void}
   */
  choose(change) {
    this.setHidden(change);
    this.group.hid(this.saved().hidden);
  }

  /** @type {(change: (hidden: boolean, label: number) => boolean) => void} */
  setHidden(change) {
    this.hidden = this.hidden.map(change);
    updateLegend(this.page.legend, this.hidden);
    const sentence = noticeFor(this.cloud, this.hidden, this.unplaced);
    this.page.notice.textContent = sentence;
    this.page.notice.hidden = !sentence;
    this.describe();
    remember(storageKey(this.cloud), this.saved());
    this.onHidden?.();
    this.redraw();
  }

  /** Let the ones stand out, with null none. @type {(mask: Uint8Array | null) => void} */
  highlight(mask) {
    if (!this.stack.highlight(mask)) return;
    this.stale.points = true;
    this.request();
  }

  describe() {
    if (this.cloud === NO_CLOUD) return;
    const { cloud, hidden, marks, keys, frame } = this;
    const words = describe(cloud, hidden, marks.all, keys, frame.radius);
    this.page.canvas.setAttribute("aria-label", words);
  }

  /** @returns {Saved} */
  saved() {
    return savedOf(this);
  }

  resize() {
    const width = this.page.stage.clientWidth;
    if (this.cloud === NO_CLOUD || width === 0) return;
    const size = pictureSize(width, this.cloud.height);
    const { width: across, height, ratio } = this.size;
    if (size.width !== across || size.height !== height || size.ratio !== ratio) {
      this.size = size;
      this.stack.resize(size);
    }
    this.redraw();
  }

  /** Be seen by another camera, as is who joins the group now. @type {(camera: Camera) => void} */
  look(camera) {
    this.camera = camera;
    remember(storageKey(this.cloud), this.saved());
    this.unsettle();
  }

  /** Put a ring around an item, or with -1 around none. @type {(index: number) => void} */
  ring(index) {
    this.ringed = index;
    this.request();
  }

  /** Something moves: draw fast now, and everything once it has come to rest. */
  unsettle() {
    this.moving = true;
    clearTimeout(this.settleTimer);
    this.settleTimer = setTimeout(() => this.settle(), UNMOVED);
    this.hover.leave();
    this.redraw();
  }

  settle() {
    this.moving = false;
    this.redraw();
  }

  /** Index of the point at pixel (x, y), or -1. @type {(x: number, y: number) => number} */
  pick(x, y) {
    return this.stack.layer.pick(this.view(), this.hidden, x, y);
  }

  /** The projection; the same object until camera, size or cloud change. @returns {View} */
  view() {
    const { frame, camera, size, projection: last } = this;
    if (last?.frame === frame && last.camera === camera && last.size === size) return last.view;
    const view = makeView(frame, camera, size.width, size.height);
    this.projection = { frame, camera, size, view };
    return view;
  }

  /** Draw all of it on the next frame. */
  redraw() {
    this.stale.under = this.stale.points = true;
    this.page.canvas.dataset.resting = "false";
    this.request();
  }

  /** Draw what lies over the points on the next frame. */
  request() {
    this.stale.over = true;
    this.tick();
  }

  /** Look on the next frame at what there is to draw. */
  tick() {
    this.frameRequest ??= requestAnimationFrame((now) => {
      this.frameRequest = null;
      if (this.size.width && this.theme) draw(this, now, this.theme);
    });
  }
}
