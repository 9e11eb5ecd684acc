// Elements of a page, and Streamlit's theme as canvases take it.

/**
 * Element with a class name, attributes and children.
 * @type {<K extends keyof HTMLElementTagNameMap>(tag: K, className?: string,
 *   attributes?: {[name: string]: string | number}, children?: (Node | string)[]) =>
 *   HTMLElementTagNameMap[K]}
 */
export function make(tag, className = "", attributes = {}, children = []) {
  const element = document.createElement(tag);
  element.className = className;
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** @typedef {{text: string, background: string, primary: string, font: string}} Theme */

/**
 * Streamlit's theme as canvas colours. `ctx` turns any CSS colour into a plain one.
 * @type {(root: Element, ctx: CanvasRenderingContext2D) => Theme}
 */
export function readTheme(root, ctx) {
  const style = getComputedStyle(root);
  /** @type {(name: string, fallback: string) => string} */
  const colour = (name, fallback) => {
    ctx.fillStyle = fallback;
    ctx.fillStyle = style.getPropertyValue(name).trim() || fallback;
    return String(ctx.fillStyle);
  };
  return {
    text: colour("--st-text-color", "#31333f"),
    background: colour("--st-background-color", "#ffffff"),
    primary: colour("--st-primary-color", "#ff4b4b"),
    font: style.getPropertyValue("--st-font").trim() || "sans-serif",
  };
}

/** Whether the person wants nothing to move by itself. */
export const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Whether fingers are all there is: no mouse, no wheel. */
export const byFingers = () => matchMedia("(hover: none)").matches;

/**
 * Let a finger scroll the page over an element until a tap gives it the focus, with which its style
 * gives it all gestures; a touch elsewhere takes that away.
 * @type {(element: HTMLElement, signal: AbortSignal) => void}
 */
export function heldByTap(element, signal) {
  element.addEventListener("click", () => element.focus({ preventScroll: true }), { signal });
  window.addEventListener("pointerdown", (event) => {
    const elsewhere = !event.composedPath().includes(element);
    if (event.pointerType === "touch" && elsewhere) element.blur();
  }, { signal });
}
