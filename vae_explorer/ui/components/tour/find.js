// Where on the page a tour's stop is, and where its words find room.

/** @typedef {{left: number, top: number, width: number, height: number}} Box CSS pixels */

/**
 * The first element that is seen, of the first selector that has one; within components as well.
 * @type {(selectors: string[]) => HTMLElement | null}
 */
export function findSeen(selectors) {
  const roots = [document, ...shadows()];
  for (const selector of selectors) {
    for (const root of roots) {
      for (const element of root.querySelectorAll(selector)) {
        if (element instanceof HTMLElement && isSeen(element)) return element;
      }
    }
  }
  return null;
}

/** The insides of components. @returns {ShadowRoot[]} */
function shadows() {
  const hosts = document.querySelectorAll('[data-testid="stBidiComponentIsolated"]');
  return [...hosts].flatMap(({ shadowRoot }) => (shadowRoot ? [shadowRoot] : []));
}

/** @type {(element: HTMLElement) => boolean} */
function isSeen(element) {
  const { width, height, right } = element.getBoundingClientRect();
  return width > 1 && height > 1 && right > 0 && element.checkVisibility();
}

/**
 * Where words of this size go: below the part, else above, else beside, else over its lower end;
 * always within the window.
 * @type {(part: Box, words: {width: number, height: number},
 *   window: {width: number, height: number}, gap?: number) => {left: number, top: number}}
 */
export function roomBeside(part, words, window, gap = 14) {
  /** @type {(value: number, most: number) => number} */
  const within = (value, most) => Math.max(gap, Math.min(value, most - gap));
  const left = within(part.left, window.width - words.width);
  const below = part.top + part.height + gap;
  if (below + words.height + gap <= window.height) return { left, top: within(below, below + gap) };
  const above = part.top - gap - words.height;
  if (above >= gap) return { left, top: above };
  const top = within(part.top, window.height - words.height);
  const before = part.left - gap - words.width;
  if (before >= gap) return { left: before, top };
  const behind = part.left + part.width + gap;
  if (behind + words.width + gap <= window.width) return { left: behind, top };
  return { left, top: window.height - gap - words.height };
}
