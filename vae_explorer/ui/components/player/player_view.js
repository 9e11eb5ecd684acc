// Walks to play: one step shown at a time, in pictures, rows, charts, and as dots in the cloud.
import { MARK, say } from "../browser/channel.js";
import { drawGrey } from "../browser/pixels.js";
import { shareOf } from "./charts.js";
import { fillCharts, fillRows, fillShown, fillSpeeds, makePlayerPage } from "./dom.js";
import { advance, makePlaying, resize, seek, stepAt, toggle } from "./playing.js";
import { readingsOf, stepWords } from "./words.js";

const SOURCE = "player"; // what the cloud knows the dots by
const KEYS = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1 };

export class PlayerView {
  /** @param {(pace: {speed, pingPong}) => void} report the person plays otherwise from now on */
  constructor(parent, report) {
    this.page = makePlayerPage(parent);
    this.report = report;
    this.walks = null; // the unpacked blob: see player.js
    this.playing = null;
    this.listen();
  }

  destroy() {
    this.mark(null);
    clearTimeout(this.timer);
    this.page.root.remove();
  }

  setWalks(walks) {
    if (this.walks && this.walks.view !== walks.view) this.mark(null);
    this.walks = walks;
    const { page } = this;
    const { steps, speed, speeds, pingPong } = walks;
    this.playing = this.playing
      ? resize(this.playing, steps)
      : makePlaying(steps, speed, pingPong);
    fillSpeeds(page, speeds, this.playing.speed);
    page.slider.max = steps - 1;
    this.tiles = fillShown(page, walks.routes);
    this.marks = fillRows(page, walks, (k) => this.picturesOf(k));
    this.charts = fillCharts(page, walks);
    for (const { picture } of this.charts) this.scrub(picture, shareOf);
    this.show();
  }

  /** All pictures of a way, (steps, side, side) bytes. */
  picturesOf(k) {
    const { steps, side, arrays } = this.walks;
    const size = steps * side * side;
    return arrays.frames.subarray(k * size, (k + 1) * size);
  }

  listen() {
    const { play, slider, speed, pingPong, rows } = this.page;
    play.addEventListener("click", () => this.change(toggle));
    slider.addEventListener("input", () => this.change((p) => seek(p, slider.valueAsNumber)));
    speed.addEventListener("change", () => this.pace({ speed: Number(speed.value) }));
    pingPong.addEventListener("click", () => this.pace({ pingPong: !this.playing.pingPong }));
    rows.addEventListener("keydown", (event) => this.key(event));
    this.scrub(rows, null);
  }

  /** Let a press or drag on an element choose the step; over rows, where pictures are. */
  scrub(element, share) {
    const choose = (event) => {
      const target = share ? element : event.target.closest(".steps");
      if (!target || event.buttons !== 1) return;
      const box = target.getBoundingClientRect();
      const across = (event.clientX - box.left) / box.width;
      this.change((p) => seek(p, stepAt(share ? share(across) : across, p.steps)));
    };
    element.addEventListener("pointerdown", choose);
    element.addEventListener("pointermove", choose);
  }

  key(event) {
    const { at, steps } = this.playing;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === " ") this.change(toggle);
    else if (event.key in KEYS) this.change((p) => seek(p, at + KEYS[event.key]));
    else if (event.key === "Home") this.change((p) => seek(p, 0));
    else if (event.key === "End") this.change((p) => seek(p, steps - 1));
    else return;
    event.preventDefault();
  }

  pace(change) {
    this.change((p) => ({ ...p, ...change }));
    const { speed, pingPong } = this.playing;
    this.report({ speed, pingPong });
  }

  /** Go on with another state of playing. */
  change(step) {
    const was = this.playing;
    this.playing = step(was);
    this.show();
    if (was.on !== this.playing.on || was.speed !== this.playing.speed) this.plan();
  }

  /** The next step, when the present one has had its time. */
  plan() {
    clearTimeout(this.timer);
    if (!this.playing.on) return;
    this.timer = setTimeout(() => {
      this.change(advance);
      this.plan();
    }, this.walks.milliseconds / this.playing.speed);
  }

  show() {
    const { page, walks, tiles, marks, charts } = this;
    const { at, steps, on, pingPong } = this.playing;
    const size = walks.side * walks.side;
    walks.routes.forEach((route, k) => {
      const picture = this.picturesOf(k).subarray(at * size, (at + 1) * size);
      drawGrey(tiles[k].canvas, picture, walks.side, walks.side, 1);
      tiles[k].canvas.setAttribute("aria-label", `${route.name}, ${stepWords(at, steps)}`);
      tiles[k].reading.textContent = readingsOf(route, at).join("\n");
      marks[k].style.left = `${(100 * at) / steps}%`;
    });
    for (const chart of charts) chart.show(at);
    page.root.dataset.step = at;
    page.root.dataset.playing = on;
    page.root.classList.toggle("playing", on);
    page.play.setAttribute("aria-label", on ? "Pause" : "Play");
    page.pingPong.setAttribute("aria-pressed", pingPong);
    page.slider.value = at;
    page.slider.setAttribute("aria-valuetext", stepWords(at, steps));
    page.text.textContent = `${at + 1} / ${steps}`;
    this.mark(walks.routes);
  }

  /** Put a dot on each path in the cloud, or take them away. */
  mark(routes) {
    if (!this.walks) return;
    const { view } = this.walks;
    const there = routes?.filter(({ places }) => places) ?? [];
    const dots = there.map(({ places, colour }) => ({ point: places[this.playing.at], colour }));
    say(MARK, { view, source: SOURCE, mark: routes && { dots, target: [] } });
  }
}
