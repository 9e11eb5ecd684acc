// What entries share: one mount for each node of the page. Short: mark and place_sync travel with it.

/**
 * @param {(parent: HTMLElement, signal: AbortSignal) => object} create
 * @returns {(parent, update: (mount) => void) => () => void} for each call of an entry, which come
 *   on the same node, without a clean-up between them, when the data or the theme change
 */
export function makeMounts(create, destroy = () => {}) {
  const mounts = new WeakMap(); // parent -> {mount, controller, calls}
  const enter = (parent) => {
    const controller = new AbortController();
    const held = { mount: create(parent, controller.signal), controller, calls: 0 };
    mounts.set(parent, held);
    return held;
  };
  return (parent, update) => {
    const held = mounts.get(parent) ?? enter(parent);
    update(held.mount);
    const call = ++held.calls;
    return () => {
      if (call !== held.calls) return; // a late clean-up of an older call: the mount lives on
      held.controller.abort();
      destroy(held.mount);
      mounts.delete(parent);
    };
  };
}
