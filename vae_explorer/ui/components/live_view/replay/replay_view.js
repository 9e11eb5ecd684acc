// A training run to play: holds the player, has epochs fetched, and moves the points between them.
import { CloudView } from "../scene/view.js";
import { loadEpoch } from "./load.js";
import { advance, arrive, follow, makePlayer, pace, seek, toggle, wantedEpochs } from "./player.js";
import { drawTiles, fillStrip, makeReplayPage, showPlayer, tellShown } from "./dom.js";
import { EpochStore } from "./store.js";
import { ease, joinFrames, mixFrames, mixInto, steadyFrame } from "./travel.js";

const LEAP = 140; // milliseconds of the way to an epoch that the person chose: some eight frames
const WAY = 600; // to one that came by itself, or that is played slowly
const GIVEN_UP = 2; // failures after which playing goes on without an epoch

const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export class ReplayView {
  constructor(parent) {
    this.page = makeReplayPage(parent);
    this.view = new CloudView(this.page.cloud, () => {});
    this.run = null; // the unpacked blob: see replay.js
    this.player = null;
    this.shown = null; // the epoch in the picture, as loaded
    this.home = null; // the latest epoch ever shown: {at, frame}
    this.travel = null; // {from, to, frames, start, milliseconds, course} while points move
    const load = (epoch, signal) => loadEpoch(this.run, epoch, signal);
    this.store = new EpochStore(load, () => this.look());
    this.listen();
  }

  destroy() {
    this.store.clear();
    this.view.destroy();
    cancelAnimationFrame(this.frameRequest);
    this.page.root.remove();
  }

  updateTheme() {
    this.view.updateTheme();
  }

  /** Take what Python knows of the run now; of the same run only the epochs are news. */
  setRun(run) {
    const same = this.run?.key === run.key && this.run.address === run.address;
    const turned = same && this.run.onto !== run.onto && this.shown?.turns !== false;
    this.run = run;
    if (!same || turned) {
      this.store.clear();
      this.home = null;
    }
    if (!same) this.begin();
    else this.change((player) => arrive(player, run.epochs, run.live), WAY);
  }

  begin() {
    const { run, page } = this;
    this.shown = this.travel = null;
    this.tiles = fillStrip(page, run.arrays.originals, run.pictures, run.side);
    this.view.setCloud(this.cloudOf({ points: new Float32Array(0), dims: run.axes.length }));
    this.player = makePlayer(run.epochs, run.live);
    page.speed.value = this.player.speed;
    this.change((player) => player);
  }

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

  /** Go on with another state of the player. */
  change(step, way = LEAP) {
    this.player = step(this.player);
    this.way = way;
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

  setOut(epoch, now) {
    const { run, view, player } = this;
    const apart = !this.shown?.whole || !epoch.whole || this.shown.dims !== epoch.dims;
    const frames = [view.frame, steadyFrame(this.shown && view.frame, this.boxOf(epoch))];
    const { milliseconds } = pace(player.epochs.length, player.speed);
    this.shown = epoch;
    const inTime = now >= this.due && now < this.due + milliseconds;
    this.due = (inTime ? this.due : now) + milliseconds;
    drawTiles(this.tiles, epoch.pictures, run.side);
    tellShown(this.page, player.at);
    if (apart || isCalm()) return this.jump(epoch, frames[1], apart);
    this.travel = { from: view.cloud.points.slice(), to: epoch.points, frames, start: now };
    this.travel.milliseconds = player.playing ? Math.min(WAY, milliseconds) : this.way;
    this.travel.course = player.playing && milliseconds < WAY ? (share) => share : ease;
    this.tick();
  }

  /** Around its points, and where those of the latest epoch are: so one sees how they spread. */
  boxOf({ frame }) {
    const { at } = this.player;
    if (!(at < this.home?.at) || this.home.frame.dims !== frame.dims) this.home = { at, frame };
    return joinFrames(frame, this.home.frame);
  }

  /** Without a way between: motion is unwelcome, or not every point has a place in both. */
  jump(epoch, frame, apart) {
    this.travel = null;
    const points = epoch.points.slice();
    if (apart) this.view.setCloud(this.cloudOf({ ...epoch, points, frame }));
    else this.view.setPoints(points, frame);
  }

  tick() {
    this.frameRequest ??= requestAnimationFrame((now) => {
      this.frameRequest = null;
      if (this.travel) this.move(now);
      if (this.player.playing) this.play(now);
      if (this.travel || this.player.playing) this.tick();
    });
  }

  move(now) {
    const { from, to, frames, start, milliseconds, course } = this.travel;
    const share = Math.min(1, Math.max(0, (now - start) / milliseconds));
    const points = mixInto(this.view.cloud.points, from, to, course(share));
    this.view.setPoints(points, mixFrames(...frames, course(share)));
    if (share === 1) this.travel = null;
  }

  /** On to the next epoch when the present one has had its time, or does not come at all. */
  play(now) {
    const { player, store } = this;
    const had = store.get(player.at) && now >= this.due;
    if (had || store.failures(player.at) >= GIVEN_UP) this.change(advance, WAY);
  }
}
