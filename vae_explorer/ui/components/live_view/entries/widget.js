// A latent space in the output of a notebook's cell: the entry of anywidget. Place, class and
// selection are Python's as well; what Python answers on a page is answered here, as on the page
// from disk.
import { ExplorerView } from "../explorer/explorer_view.js";
import { make } from "../../browser/dom.js";
import { followTheme } from "../notebook/theme.js";
import { RemoteDecoder } from "../notebook/remote_decoder.js";
import { Answers } from "../offline/answers.js";
import { unpack } from "../../browser/unpack.js";
import { WORKER_TEXT } from "../slice/worker_text.js";
/** @import { News } from "../explorer/explorer_view.js" */
/** @import { Space } from "../explorer/space.js" */

/**
 * The widget's values, which Python has as well, and messages between the two
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(name: string, value: unknown) => void} set
 * @property {() => void} save_changes
 * @property {(content: object) => void} send
 * @property {(event: string, hear: (...given: any[]) => void) => void} on
 * @property {(event: string, hear: (...given: any[]) => void) => void} off
 */

/**
 * Whether two lists hold the same numbers.
 * @type {(a: ArrayLike<number>, b: number[]) => boolean}
 */
const same = (a, b) =>
  a.length === b.length && b.every((value, i) => Math.abs(value - a[i]) < 1e-6);

export default function mountWidget() {
  return { render };
}

/** @type {(given: {model: Model, el: HTMLElement}) => () => void} */
function render({ model, el }) {
  const host = make("div", "vae-explorer", { "data-lm-suppress-shortcuts": "true" });
  el.append(host);
  const root = host.attachShadow({ mode: "open" }); // the notebook's styles stay outside, ours in it
  root.append(make("style", "", {}, [model.get("_style")]));
  const controller = new AbortController();
  const bytes = model.get("_blob");
  const space = unpack(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const view = connect(model, root, space, controller.signal);
  followTheme(host, () => view.updateTheme(), controller.signal);
  return () => {
    controller.abort();
    view.destroy();
    host.remove();
  };
}

/**
 * The view of a space, in step with the widget's values.
 * @type {(model: Model, root: ShadowRoot, space: Space, signal: AbortSignal) => ExplorerView}
 */
function connect(model, root, space, signal) {
  const answers = new Answers(space);
  let moves = 0;
  /** @type {(event: string, hear: (...given: any[]) => void) => void} */
  const listen = (event, hear) => {
    model.on(event, hear);
    signal.addEventListener("abort", () => model.off(event, hear));
  };
  /** @type {(z: number[], label: number) => void} */
  const go = (z, label) =>
    view.setPlace({ view: space.key, z, label, moves: moves++, model: space.model });
  /** @type {(z: number[], label: number) => void} */
  const tell = (z, label) => {
    model.set("z", z);
    model.set("label", label);
    model.save_changes();
  };
  /** The place came to rest, or another one is asked for. @type {(news: News) => void} */
  const hear = (news) => {
    if ("z" in news) return tell(news.z, news.label);
    const z = "ask" in news ? answers.to(news.ask) : null;
    if (!z) return;
    go(z, view.label);
    tell(z, view.label);
  };
  const view = new ExplorerView(root, WORKER_TEXT, hear);
  if (space.decoder.operations.length === 0) view.remote = remote(model, view, space, listen);
  view.setSpace(space);
  go(model.get("z"), model.get("label"));
  view.selection.take(Uint32Array.from(model.get("selection")));
  view.onSelected = (indices) => {
    if (same(indices, model.get("selection"))) return;
    model.set("selection", Array.from(indices));
    model.save_changes();
  };
  const follow = () => {
    const [z, label] = [model.get("z"), model.get("label")];
    if (!same(view.place.goal, z) || label !== view.label) go(z, label);
  };
  listen("change:z", follow);
  listen("change:label", follow);
  listen("change:selection", () => {
    const wanted = model.get("selection");
    if (!same(view.selection.indices, wanted)) view.selection.take(Uint32Array.from(wanted));
  });
  return view;
}

/**
 * The decoder that Python runs.
 * @type {(model: Model, view: ExplorerView, space: Space,
 *   listen: (event: string, hear: (...given: any[]) => void) => void) => RemoteDecoder}
 */
function remote(model, view, space, listen) {
  const ask = (/** @type {object} */ question) => model.send({ kind: "decode", ...question });
  const decoder = new RemoteDecoder(space.decoder, ask, () => view.request());
  listen("msg:custom", (content, [bytes]) => {
    if (content.kind === "failed") decoder.giveUp(content.id);
    if (content.kind !== "picture") return;
    decoder.receive(content.id, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  });
  return decoder;
}
