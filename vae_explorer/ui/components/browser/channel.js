// How the parts of a page find each other in the browser: events on the document, no globals.
// A view says hello when it appears; marks that name it, and what keeps its place in step, answer.

export const HELLO = "vae-explorer:hello"; // detail: {view}
export const MARK = "vae-explorer:mark"; // detail: {view, source, mark | null}
export const PLACE = "vae-explorer:place"; // detail: {view, place}, where Python is
export const REST = "vae-explorer:rest"; // detail: {view, news}, the place came to rest
export const MODEL = "vae-explorer:model"; // detail: {pad, model | null}, the unpacked blob
export const PRESENT = "vae-explorer:present"; // detail: {scenes}, to be presented: a click
export const PIPELINE = "vae-explorer:pipeline"; // detail: {view, state}, what is at hand
export const PICTURE = "vae-explorer:picture"; // detail: {file}, dropped on the pad

/** Tell everybody on this page. @type {(type: string, detail: object) => void} */
export function say(type, detail) {
  document.dispatchEvent(new CustomEvent(type, { detail }));
}

/**
 * Hear what is said until `signal` aborts.
 * @type {(type: string, handler: (detail: any) => void, signal?: AbortSignal) => void}
 */
export function listen(type, handler, signal) {
  document.addEventListener(type, (event) => {
    if (event instanceof CustomEvent) handler(event.detail);
  }, { signal });
}

/** @typedef {HTMLElement | ShadowRoot} Parent where Streamlit puts a component */

/**
 * Streamlit lays elements out with a gap: one without a picture steps out of the flow.
 * @type {(parent: Parent) => void}
 */
export function takeNoSpace(parent) {
  const host = "host" in parent ? parent.host : parent;
  /** @type {HTMLElement | null} */
  const box = host.closest('[data-testid="stElementContainer"]');
  if (box) box.style.position = "absolute";
}
