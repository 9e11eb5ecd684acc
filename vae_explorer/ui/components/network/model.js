// The component without a picture that brings a model to the pad or wall that its blob names.
import { HELLO, MODEL, listen, say, takeNoSpace } from "../browser/channel.js";
import { makeMounts } from "../browser/mount.js";
import { unpack } from "../browser/unpack.js";
/** @import { Parent } from "../browser/channel.js" */
/** @import { Spec } from "./decoder.js" */
/** @import { EncoderSpec } from "./encoder.js" */

/**
 * The blob. Its arrays are the weights, decoder.* and encoder.*, and axes (D, dims) and centre (D)
 * of the drawing in which a code is marked.
 * @typedef {object} BrowserModel
 * @property {string} pad key of the component that runs it
 * @property {string} [sha] of the model, for a wall
 * @property {Spec} decoder
 * @property {EncoderSpec} [encoder] for a pad
 * @property {{[name: string]: Float32Array}} arrays
 */

/** @typedef {{data: Uint8Array | null, model: BrowserModel | null, announce: () => void}} Mount */

/** @type {(parent: Parent, signal: AbortSignal) => Mount} */
function createModel(parent, signal) {
  /** @type {Mount} */
  const mount = {
    data: null,
    model: null,
    announce: () => mount.model && say(MODEL, { pad: mount.model.pad, model: mount.model }),
  };
  listen(HELLO, ({ view }) => view === mount.model?.pad && mount.announce(), signal);
  takeNoSpace(parent);
  return mount;
}

const onMount = makeMounts(createModel, ({ model }) => {
  if (model) say(MODEL, { pad: model.pad, model: null });
});

/** @type {(given: {data: Uint8Array, parentElement: Parent}) => () => void} */
export default function mountModel({ data, parentElement }) {
  return onMount(parentElement, (mount) => {
    if (mount.data === data) return;
    mount.data = data;
    mount.model = unpack(data);
    mount.announce();
  });
}
