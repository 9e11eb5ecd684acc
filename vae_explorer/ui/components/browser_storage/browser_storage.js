// Something small that stays in the visitor's own browser: read once, written when it changes.
import { takeNoSpace } from "../browser/channel.js";
import { makeMounts } from "../browser/mount.js";
/** @import { Parent } from "../browser/channel.js" */

const PREFIX = "vae-explorer:";

/** @typedef {{name: string, value: object}} Kept */
/** @typedef {{written: string, read: boolean}} Mount */

const onMount = makeMounts((/** @type {Parent} */ parent) => {
  takeNoSpace(parent);
  return { written: "", read: false };
});

/**
 * @type {(given: {data: Kept, parentElement: Parent, setTriggerValue: (name: string,
 *   value: unknown) => void, setStateValue: (name: string, value: unknown) => void}) =>
 *   () => void}
 */
export default function mountBrowserStorage({ data, parentElement, setTriggerValue, setStateValue }) {
  return onMount(parentElement, (mount) => {
    try {
      if (!mount.read) {
        mount.read = true;
        const found = localStorage.getItem(PREFIX + data.name);
        if (found) setTriggerValue("found", JSON.parse(found));
      }
      const text = JSON.stringify(data.value);
      if (text === mount.written || text === "{}") return;
      localStorage.setItem(PREFIX + data.name, text);
      mount.written = text;
    } catch {
      setStateValue("refused", true);
    }
  });
}
