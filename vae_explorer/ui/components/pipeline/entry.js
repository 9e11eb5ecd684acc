// The pipeline beside native sliders: drawn once with its words, and told what is at hand by another
// element of the same component, which a slider's part of the page runs again.
import { HELLO, PIPELINE, listen, say, takeNoSpace } from "../browser/channel.js";
import { makeMounts } from "../browser/mount.js";
import { Pipeline } from "./pipeline.js";
/** @import { Parent } from "../browser/channel.js" */
/** @import { PipelineWords } from "./dom.js" */
/** @import { PipelineState } from "./pipeline.js" */

/** @typedef {PipelineState & {item: string, picture: string}} Told with addresses of pictures */
/** @typedef {{view: string, words: PipelineWords | null, state: Told | null}} PipelineData */
/**
 * @typedef {{data: PipelineData | null, last: Told | null, pipeline: Pipeline | null,
 *   announce: () => void}} Mount
 */

/** @type {(parent: Parent, signal: AbortSignal) => Mount} */
function createPipeline(parent, signal) {
  /** @type {Mount} */
  const mount = { data: null, last: null, pipeline: null, announce: () => {} };
  mount.announce = () => {
    const { view, words, state } = mount.data ?? {};
    if (state) say(PIPELINE, { view, state });
    else if (words) say(HELLO, { view });
  };
  listen(HELLO, ({ view }) => {
    if (view === mount.data?.view && mount.data?.state) mount.announce();
  }, signal);
  listen(PIPELINE, ({ view, state }) => {
    if (view === mount.data?.view && mount.pipeline) follow(mount, mount.pipeline, state);
  }, signal);
  return mount;
}

/** Show what is at hand, lit by what has changed. @type {(mount: Mount, pipeline: Pipeline, state: Told) => void} */
function follow(mount, pipeline, state) {
  const { last } = mount;
  mount.last = state;
  if (last && same(last, state)) return;
  const arrived = state.here && String(last?.mu) !== String(state.mu);
  if (last && (arrived || (state.here && !last.here))) pipeline.light("encode");
  pipeline.light("decode");
  pipeline.say(state);
  if (state.item) pipeline.showImage("item", state.item, state.name);
  if (state.picture) pipeline.showImage("picture", state.picture, "");
}

/** @type {(a: Told, b: Told) => boolean} */
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

const onMount = makeMounts(createPipeline, ({ pipeline }) => pipeline?.destroy());

/** @type {(given: {data: PipelineData, parentElement: Parent}) => () => void} */
export default function mountPipeline({ data, parentElement }) {
  return onMount(parentElement, (mount) => {
    if (mount.data === data) return;
    mount.data = data;
    if (data.words) {
      mount.pipeline ??= new Pipeline(parentElement);
      mount.pipeline.setWords(data.words);
      mount.last = null;
    } else {
      takeNoSpace(parentElement);
    }
    mount.announce();
  });
}
