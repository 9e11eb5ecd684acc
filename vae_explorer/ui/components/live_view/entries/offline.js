// A latent space on a page of its own: the entry of offline.py, which no server stands behind. Its
// blob is that of explorer.js; what Python answers there is answered here, and the place is kept
// in the address behind "#".
import { ExplorerView } from "../explorer/explorer_view.js";
import { readPlace, writePlace } from "../offline/address.js";
import { Answers } from "../offline/answers.js";
import { unpack } from "../../browser/unpack.js";
import { WORKER_TEXT } from "../slice/worker_text.js";
/** @import { PlaceData } from "./place_sync.js" */
/** @import { News } from "../explorer/explorer_view.js" */

/** @type {(given: {data: Uint8Array, parentElement: HTMLElement, start: number[]}) => void} */
export default function mountOffline({ data, parentElement, start }) {
  const space = unpack(data);
  const answers = new Answers(space);
  const { classes } = space.decoder;
  const view = new ExplorerView(parentElement, WORKER_TEXT, hear);
  let moves = 0;

  /** @type {(place: {z: number[], label: number}) => void} */
  function go({ z, label }) {
    view.setPlace({ view: space.key, z, label, moves: moves++, model: space.model });
  }

  /** The place came to rest, or another one is asked for. @type {(news: News) => void} */
  function hear(news) {
    if ("z" in news) return writePlace(news, classes, space.step);
    const z = "ask" in news ? answers.to(news.ask) : null;
    if (!z) return;
    const place = { z, label: view.label };
    writePlace(place, classes, space.step);
    go(place);
  }

  function follow() {
    const place = readPlace(space.latent, classes);
    if (place) go(place);
    return place;
  }

  view.setSpace(space);
  view.updateTheme();
  if (!follow()) go({ z: start, label: 0 });
  addEventListener("hashchange", follow);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => view.updateTheme());
}
