// What entries share: one mount for each node of the page. Short: it is sent with each change of a
// mark.
/** @import { Parent } from "./channel.js" */

/**
 * @template {object} M
 * @param {(parent: Parent, signal: AbortSignal) => M} create
 * @param {(mount: M) => void} destroy
 * @returns {(parent: Parent, update: (mount: M) => void) => () => void} for each call of an entry,
 *   which come
 *   on the same node, without a clean-up between them, when the data or the theme change
 */
export function makeMounts(create, destroy = () => {}) {
  /** @type {WeakMap<Parent, {mount: M, controller: AbortController, calls: number}>} */
  const mounts = new WeakMap();
  /** @type {(parent: Parent) => {mount: M, controller: AbortController, calls: number}} */
  const enter = (parent) => {
    const controller = new AbortController();
    const entry = { mount: create(parent, controller.signal), controller, calls: 0 };
    mounts.set(parent, entry);
    return entry;
  };
  return (parent, update) => {
    const entry = mounts.get(parent) ?? enter(parent);
    update(entry.mount);
    const call = ++entry.calls;
    return () => {
      if (call !== entry.calls) return; // a late clean-up of an older call: the mount lives on
      entry.controller.abort();
      destroy(entry.mount);
      mounts.delete(parent);
    };
  };
}
