// The browser's history: one entry for one act of a person, as Back is to undo one. Streamlit makes
// an entry of each change that Python makes, and none of those by widgets.

const PAUSE = 1000; // milliseconds between two keys on the same element that are two acts

/** Which changes of the address are acts. */
export class Acts {
  constructor() {
    this.open = false; // an act has begun that has not changed the address yet
    this.entered = false; // this act has an entry
    this.target = /** @type {unknown} */ (null); // of the last key
    this.time = -Infinity;
  }

  begin() {
    this.open = true;
    this.entered = false;
  }

  /**
   * Keys that follow each other on one element, as arrows do on a slider, are one act.
   * @type {(key: string, target: unknown, time: number) => void}
   */
  press(key, target, time) {
    const chosen = key === "Enter" || key === " ";
    if (chosen || target !== this.target || time - this.time > PAUSE) this.begin();
    this.target = target;
    this.time = time;
  }

  /**
   * Whether a change of the address is a new entry of the history; `page`: to another page.
   * @type {(page: boolean) => boolean}
   */
  change(page) {
    const enters = this.open || (page && !this.entered);
    this.open = false;
    this.entered ||= enters;
    return enters;
  }

  /** Back or Forward: what follows belongs to the entry that was gone to. */
  travel() {
    this.open = false;
    this.entered = true;
  }
}

/** @typedef {{vaeExplorerActs?: Acts}} Marked a window whose history is kept already */

/**
 * Keep the history of a window from now on.
 * @type {(page: Window & Marked) => void}
 */
export function keepHistory(page) {
  if (page.vaeExplorerActs) return;
  const acts = (page.vaeExplorerActs = new Acts());
  const { history, document } = page;
  const push = history.pushState.bind(history);
  const replace = history.replaceState.bind(history);
  /** @type {typeof history.pushState} */
  const go = (state, title, url) => {
    const to = new URL(String(url ?? ""), page.location.href);
    if (to.href === page.location.href) return replace(state, title, url);
    const enters = acts.change(to.pathname !== page.location.pathname);
    return (enters ? push : replace)(state, title, url);
  };
  history.pushState = go;
  history.replaceState = go;
  for (const type of ["pointerdown", "drop", "paste"]) {
    document.addEventListener(type, () => acts.begin(), true);
  }
  document.addEventListener("keydown", (event) => {
    if (!event.repeat) acts.press(event.key, event.composedPath()[0], event.timeStamp);
  }, true);
  document.addEventListener("click", (event) => {
    if (event.detail === 0 && event.isTrusted) acts.begin(); // by a screen reader, say
  }, true);
  page.addEventListener("popstate", () => acts.travel(), true);
}
