// The component without a picture that brings a model to the pad that its blob names. The blob:
//   header: pad, encoder and decoder (specs); arrays: encoder.*, decoder.*, and axes (D, dims) and
//   centre (D) of the drawing in which the code is marked
import { HELLO, MODEL, listen, say, takeNoSpace } from "../browser/channel.js";
import { makeMounts } from "../browser/mount.js";
import { unpack } from "../browser/unpack.js";

function createModel(parent, signal) {
  const mount = { data: null, model: null };
  mount.announce = () => say(MODEL, { pad: mount.model.pad, model: mount.model });
  listen(HELLO, ({ view }) => view === mount.model?.pad && mount.announce(), signal);
  takeNoSpace(parent);
  return mount;
}

const onMount = makeMounts(createModel, ({ model }) => say(MODEL, { pad: model.pad, model: null }));

export default function mountModel({ data, parentElement }) {
  return onMount(parentElement, (mount) => {
    if (mount.data === data) return;
    mount.data = data;
    mount.model = unpack(data);
    mount.announce();
  });
}
