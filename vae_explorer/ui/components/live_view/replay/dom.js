// The HTML of a replay: the cloud, the watched pictures above their reconstructions, the bar.
import { drawPicture } from "../../browser/pixels.js";
import { make } from "../../browser/dom.js";
/** @import { Parent } from "../../browser/channel.js" */
/** @import { Shape } from "../../browser/pixels.js" */
/** @import { Player } from "./player.js" */
/** @import { Run } from "./replay_view.js" */

/** @typedef {ReturnType<typeof makeReplayPage>} ReplayPage */

const TILE = 56; // CSS pixels of a picture's longer side, or the nearest whole multiple of its own
const MOST_PIXELS = 128; // along a side of a picture whose pixels are to be seen
const SPEEDS = [1, 2, 4];
const STRIP = "Validation pictures above their reconstructions";

/** All parts, in their order on the page. @param {Parent} parent */
export function makeReplayPage(parent) {
  const cloud = make("div", "scene");
  const strip = make("div", "strip", { role: "img" });
  const caption = make("p", "caption", { "aria-hidden": "true" }, [STRIP]);
  /** @type {(className: string, text: string | Node) => HTMLButtonElement} */
  const button = (className, text) => make("button", className, { type: "button" }, [text]);
  const play = button("play", make("span", "icon", { "aria-hidden": "true" }));
  const slider = make("input", "slider", { type: "range", step: 1, "aria-label": "Epoch" });
  const text = make("output", "epoch");
  const options = SPEEDS.map((speed) => make("option", "", { value: speed }, [`${speed}×`]));
  const speed = make("select", "choice", { "aria-label": "Speed of playing" }, options);
  const follow = button("chip", "Follow");
  follow.title = "To the newest epoch, and on with each that comes";
  const bar = make("div", "bar", {}, [play, slider, text, speed, follow]);
  const words = make("p", "trouble", { role: "status" });
  const root = make("div", "replay", {}, [cloud, strip, caption, bar, words]);
  parent.append(root);
  return { root, cloud, strip, caption, play, slider, text, speed, follow, words };
}

/**
 * One pair of canvases a picture: the original is drawn now. Returns those for reconstructions.
 * @type {(page: ReplayPage, run: Pick<Run, "arrays" | "pictures" | "shape">) =>
 *   HTMLCanvasElement[]}
 */
export function fillStrip({ strip, caption }, { arrays, pictures: count, shape }) {
  const [, height, width] = shape;
  const isDrawing = width > MOST_PIXELS; // of many pixels: a molecule
  const ratio = (isDrawing ? 2 * TILE : TILE) / Math.max(height, width);
  const scale = Math.round(ratio) || ratio;
  /** @type {(className: string) => HTMLCanvasElement} */
  const canvas = (className) => {
    const element = make("canvas", className, { width, height });
    const { style } = element;
    Object.assign(style, { width: `${scale * width}px`, height: `${scale * height}px` });
    return element;
  };
  const tiles = () => Array.from({ length: count }, () => canvas(isDrawing ? "tile drawing" : "tile"));
  const [above, below] = [tiles(), tiles()];
  strip.replaceChildren(...above.map((tile, n) => make("div", "pair", {}, [tile, below[n]])));
  strip.hidden = caption.hidden = count === 0;
  drawTiles(above, arrays.originals, shape);
  return below;
}

/**
 * Pictures (n, height, width, channels), bytes, into as many canvases.
 * @type {(canvases: HTMLCanvasElement[], pictures: Uint8Array, shape: Shape) => void}
 */
export function drawTiles(canvases, pictures, shape) {
  const size = shape[0] * shape[1] * shape[2];
  canvases.forEach((canvas, n) => {
    drawPicture(canvas, pictures.subarray(n * size, (n + 1) * size), shape, 1);
  });
}

/**
 * Tell those who do not see it which epoch is in the picture, and others by an attribute.
 * @type {(page: ReplayPage, epoch: number | null) => void}
 */
export function announceEpoch({ root, strip }, epoch) {
  strip.setAttribute("aria-label", `${STRIP} after epoch ${epoch}`);
  root.dataset.epoch = String(epoch);
}

/**
 * Make bar and words say where the player is; `failures` of the epoch that should be shown.
 * @type {(page: ReplayPage, player: Player, failures: number) => void}
 */
export function showPlayer(page, player, failures) {
  const { epochs, at, playing, live, following } = player;
  const where = at === null ? "no epoch yet" : `epoch ${at} of ${epochs.at(-1)}`;
  page.play.classList.toggle("playing", playing);
  page.play.setAttribute("aria-label", playing ? "Pause" : "Play the training");
  page.play.disabled = page.slider.disabled = epochs.length < 2;
  page.slider.max = String(Math.max(0, epochs.length - 1));
  const value = String(Math.max(0, epochs.indexOf(at ?? NaN)));
  if (page.slider.value !== value) page.slider.value = value;
  page.slider.setAttribute("aria-valuetext", where);
  if (page.text.textContent !== where) page.text.textContent = where;
  page.follow.hidden = !live || following;
  const trouble = failures > 1 ? `Epoch ${at} does not come: it is tried again.` : "";
  if (page.words.textContent !== trouble) page.words.textContent = trouble;
}
