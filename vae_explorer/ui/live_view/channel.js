// How a mark and a cloud find each other: two kinds of event on the document, no globals.
// A cloud says hello when it appears; marks that name it answer by announcing themselves again.

export const HELLO = "vae-explorer:hello"; // detail: {view}
export const MARK = "vae-explorer:mark"; // detail: {view, source, mark | null}

/** Tell everybody on this page. */
export function say(type, detail) {
  document.dispatchEvent(new CustomEvent(type, { detail }));
}

/** Hear what is said until `signal` aborts. */
export function listen(type, handler, signal) {
  document.addEventListener(type, (event) => handler(event.detail), { signal });
}
