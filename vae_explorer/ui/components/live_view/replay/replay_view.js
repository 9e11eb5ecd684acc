// A training run to play: holds the player, has epochs fetched, and moves the points between them.
import { isCalm } from "../../browser/dom.js";
import { CloudView } from "../scene/view.js";
import { loadEpoch } from "./load.js";
import { advance, arrive, follow, makePlayer, pace, seek, toggle, wantedEpochs } from "./player.js";
import { announceEpoch, drawTiles, fillStrip, makeReplayPage, showPlayer } from "./dom.js";
import { EpochStore } from "./store.js";
import { ease, joinFrames, mixFrames, mixInto, steadyFrame } from "./travel.js";
/** @import { Parent } from "../../browser/channel.js" */
/** @import { Theme } from "../../browser/dom.js" */
/** @import { Shape } from "../../browser/pixels.js" */
/** @import { Frame } from "../geometry/geometry.js" */
/** @import { Cloud } from "../scene/cloud.js" */
/** @import { Epoch } from "./load.js" */
/** @import { Player } from "./player.js" */

/**
 * The unpacked blob: key, height, names, colours and axes as of a cloud, and
 * @typedef {Pick<Cloud, "key" | "height" | "names" | "colours" | "axes"> & {
 *   address: string, onto: number, epochs: number[], live: boolean, count: number,
 *   pictures: number, shape: Shape,
 *   arrays: {labels: Uint16Array, originals: Uint8Array}}} Run
 *   address and onto: see epochs.py; epochs: in rising order; live: more will come; count: points;
 *   originals: (pictures, height, width, channels)
 */
/**
 * @typedef {object} Journey while points move
 * @property {Float32Array} from
 * @property {Float32Array} to
 * @property {[Frame, Frame]} frames
 * @property {number} start
 * @property {number} milliseconds
 * @property {(share: number) => number} course
 */

/** What is held before there is a run. @type {Run} */
const NO_RUN = {
  ...{ key: "", height: 0, names: [], colours: [], axes: [], address: "", onto: 0, epochs: [] },
  ...{ live: false, count: 0, pictures: 0, shape: [1, 1, 1] },
  arrays: { labels: new Uint16Array(0), originals: new Uint8Array(0) },
};

const SHORT_TRAVEL = 140; // milliseconds to an epoch that the person chose: some eight frames
const LONG_TRAVEL = 600; // to one that came by itself, or that is played slowly
const GIVEN_UP = 2; // failures after which playing goes on without an epoch

export class ReplayView {
  /** @param {Parent} parent */
  constructor(parent) {
    this.page = makeReplayPage(parent);
    this.view = new CloudView(this.page.cloud, () => {});
    this.run = NO_RUN;
    this.player = makePlayer([], false);
    /** @type {Epoch | null} */
    this.shown = null; // the epoch in the picture
    /** @type {{at: number, frame: Frame} | null} */
    this.home = null; // the latest epoch ever shown
    /** @type {Journey | null} */
    this.travel = null;
    this.due = -Infinity; // when the next epoch may be shown
    this.travelTime = SHORT_TRAVEL; // milliseconds to the epoch that is shown next
    /** @type {HTMLCanvasElement[]} */
    this.tiles = []; // of the reconstructions
    /** @type {number | null} */
    this.frameRequest = null;
    /** @type {(epoch: number, signal: AbortSignal) => Promise<Epoch>} */
    const load = (epoch, signal) => loadEpoch(this.run, epoch, signal);
    this.store = new EpochStore(load, () => this.look());
    this.listen();
  }

  destroy() {
    this.store.clear();
    this.view.destroy();
    cancelAnimationFrame(this.frameRequest ?? 0);
    this.page.root.remove();
  }

  updateTheme() {
    this.view.updateTheme();
  }

  /**
   * Take what Python knows of the run now; of the same run only the epochs are news.
   * @type {(run: Run) => void}
   */
  setRun(run) {
    const same = this.run.key === run.key && this.run.address === run.address;
    const turned = same && this.run.onto !== run.onto && this.shown?.turns !== false;
    this.run = run;
    if (!same || turned) {
      this.store.clear();
      this.home = null;
    }
    if (!same) this.begin();
    else this.change((player) => arrive(player, run.epochs, run.live), LONG_TRAVEL);
  }

  begin() {
    const { run, page } = this;
    this.shown = this.travel = null;
    this.tiles = fillStrip(page, run);
    this.view.setCloud(this.cloudOf({ points: new Float32Array(0), dims: run.axes.length }));
    this.player = makePlayer(run.epochs, run.live);
    page.speed.value = String(this.player.speed);
    this.change((player) => player);
  }

  /** @type {(epoch: {points: Float32Array, dims: number, frame?: Frame}) => Cloud} */
  cloudOf({ points, dims, frame }) {
    const { key, height, names, colours, axes, arrays } = this.run;
    const count = points.length / dims;
    const labels = arrays.labels.subarray(0, count);
    return { key, height, names, colours, axes, count, dims, points, labels, frame };
  }

  listen() {
    const { play, slider, speed, follow: newest } = this.page;
    play.addEventListener("click", () => this.change(toggle));
    newest.addEventListener("click", () => this.change(follow));
    slider.addEventListener("input", () =>
      this.change((player) => seek(player, player.epochs[slider.valueAsNumber])),
    );
    speed.addEventListener("change", () =>
      this.change((player) => ({ ...player, speed: Number(speed.value) })),
    );
  }

  /**
   * Go on with another state of the player.
   * @type {(step: (player: Player) => Player, travelTime?: number) => void}
   */
  change(step, travelTime = SHORT_TRAVEL) {
    this.player = step(this.player);
    this.travelTime = travelTime;
    this.store.want(wantedEpochs(this.player));
    this.look();
  }

  /** Set out for the epoch of the player, if it is at hand and not yet in the picture. */
  look() {
    const { player, store } = this;
    const epoch = store.get(player.at);
    if (epoch && epoch !== this.shown) this.setOut(epoch, performance.now());
    showPlayer(this.page, player, store.failures(player.at));
    if (player.playing) this.tick();
  }

  /** @type {(epoch: Epoch, now: number) => void} */
  setOut(epoch, now) {
    const { run, view, player } = this;
    const apart = !this.shown?.whole || !epoch.whole || this.shown.dims !== epoch.dims;
    const frame = steadyFrame(this.shown && view.frame, this.boxOf(epoch));
    const { milliseconds } = pace(player.epochs.length, player.speed);
    this.shown = epoch;
    const inTime = now >= this.due && now < this.due + milliseconds;
    this.due = (inTime ? this.due : now) + milliseconds;
    drawTiles(this.tiles, epoch.pictures, run.shape);
    announceEpoch(this.page, player.at);
    if (apart || isCalm()) return this.jump(epoch, frame, apart);
    const even = player.playing && milliseconds < LONG_TRAVEL;
    this.travel = {
      from: view.cloud.points.slice(),
      to: epoch.points,
      frames: [view.frame, frame],
      start: now,
      milliseconds: player.playing ? Math.min(LONG_TRAVEL, milliseconds) : this.travelTime,
      course: even ? (share) => share : ease,
    };
    this.tick();
  }

  /**
   * Around its points, and where those of the latest epoch are: so one sees how they spread.
   * @type {(epoch: Epoch) => Frame}
   */
  boxOf({ frame }) {
    const at = this.player.at ?? 0;
    const { home } = this;
    const earlier = home && at < home.at && home.frame.dims === frame.dims;
    if (earlier) return joinFrames(frame, home.frame);
    this.home = { at, frame };
    return joinFrames(frame, frame);
  }

  /**
   * Without a way between: motion is unwelcome, or not every point has a place in both.
   * @type {(epoch: Epoch, frame: Frame, apart: boolean) => void}
   */
  jump(epoch, frame, apart) {
    this.travel = null;
    const points = epoch.points.slice();
    if (apart) this.view.setCloud(this.cloudOf({ ...epoch, points, frame }));
    else this.view.setPoints(points, frame);
  }

  tick() {
    this.frameRequest ??= requestAnimationFrame((now) => {
      this.frameRequest = null;
      if (this.travel) this.move(this.travel, now);
      if (this.player.playing) this.play(now);
      if (this.travel || this.player.playing) this.tick();
    });
  }

  /** @type {(journey: Journey, now: number) => void} */
  move({ from, to, frames, start, milliseconds, course }, now) {
    const share = Math.min(1, Math.max(0, (now - start) / milliseconds));
    const points = mixInto(this.view.cloud.points, from, to, course(share));
    this.view.setPoints(points, mixFrames(frames[0], frames[1], course(share)));
    if (share === 1) this.travel = null;
  }

  /**
   * On to the next epoch when the present one has had its time, or does not come at all.
   * @param {number} now
   */
  play(now) {
    const { player, store } = this;
    const had = store.get(player.at) && now >= this.due;
    if (had || store.failures(player.at) >= GIVEN_UP) this.change(advance, LONG_TRAVEL);
  }
}
