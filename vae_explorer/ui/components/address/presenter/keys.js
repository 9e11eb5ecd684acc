// Keys and addresses of a presentation. Knows no page.

const OWN = "input, select, textarea, [contenteditable=true], [role=slider], [role=spinbutton], " +
  "[role=radiogroup], [role=radio], [role=tab], [role=option], [role=listbox], [role=combobox], " +
  "[role=menuitem], [role=grid], [role=textbox]"; // what uses arrows, Home and End itself
const POPUP = "[role=dialog], [role=listbox], [role=menu]"; // what Escape closes first

/**
 * Where a key leads from scene `at` of `count`, or null where it leads nowhere. Clickers send
 * PageDown and PageUp.
 * @type {(key: string, at: number, count: number) => number | null}
 */
export function sceneOf(key, at, count) {
  /** @type {{[key: string]: number}} */
  const places = { Home: 0, End: count - 1, ArrowRight: at + 1, PageDown: at + 1 };
  Object.assign(places, { ArrowLeft: at - 1, PageUp: at - 1 });
  const place = places[key];
  return place === undefined || place < 0 || place >= count || place === at ? null : place;
}

/**
 * What a key press is to a presentation: "step", "leave", or "" where somebody else uses it. What
 * has the focus comes first, but for the two keys of a clicker.
 * @type {(event: KeyboardEvent) => "step" | "leave" | ""}
 */
export function meaning(event) {
  const [target] = event.composedPath();
  const within = (/** @type {string} */ what) => target instanceof Element && target.closest(what);
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return "";
  if (event.key === "Escape") return within(POPUP) ? "" : "leave";
  if (event.key === "PageDown" || event.key === "PageUp") return within("textarea") ? "" : "step";
  return event.defaultPrevented || within(OWN) ? "" : "step";
}

/**
 * The address of the app itself, from that of one of its pages; it ends with a slash.
 * @type {(path: string, pages: string[]) => string}
 */
export function appPath(path, pages) {
  const parts = path.split("/");
  if (pages.includes(parts[parts.length - 1])) parts.pop();
  const base = parts.join("/");
  return base.endsWith("/") ? base : `${base}/`;
}

/**
 * Whether an address says nothing but which scene: its state is then that of the scene.
 * @type {(search: string) => boolean}
 */
export function isBare(search) {
  const keys = [...new URLSearchParams(search).keys()];
  return keys.length === 1 && keys[0] === "scene";
}

/**
 * The index of the scene that an address names, or null where it names none of `count`.
 * @type {(search: string, count: number) => number | null}
 */
export function sceneIn(search, count) {
  const number = Number(new URLSearchParams(search).get("scene") ?? NaN);
  return Number.isInteger(number) && number >= 1 && number <= count ? number - 1 : null;
}
