// The component that presents scenes: a slim bar over the page, keys, the whole screen. To it a
// scene is an address: it goes there as Back and Forward do, so the page shows what it says.
import { PRESENT, listen, takeNoSpace } from "../../browser/channel.js";
import { make } from "../../browser/dom.js";
import { makeMounts } from "../../browser/mount.js";
import { appPath, isBare, meaning, sceneIn, sceneOf } from "./keys.js";
/** @import { Parent } from "../../browser/channel.js" */

/**
 * @typedef {object} PresenterData
 * @property {{name: string, note: string, address: string}[]} scenes
 * @property {string[]} pages addresses of pages, behind the app's own
 * @property {{address: string, count: number}} show an address to go to when the count has changed
 */

/**
 * @typedef {object} Mount
 * @property {Parent} parent
 * @property {ReturnType<typeof makeBar>} bar
 * @property {PresenterData} data
 * @property {number | null} at index of the scene that is presented; it may have led elsewhere
 * @property {boolean} left the person has left, which the address may not say yet
 * @property {boolean} begun a scene was opened, so the address was that of a scene
 * @property {number} shown the count of the address gone to last, -1 for none
 * @property {() => void} report that the presentation was left
 */

// Of the page: its style sheet knows it, and so does a presenter that takes the place of another
const MARK = "data-presenting";

/** @type {(parent: Parent, signal: AbortSignal) => Mount} */
function createPresenter(parent, signal) {
  const bar = makeBar();
  parent.append(bar.box);
  /** @type {PresenterData} */
  const nothing = { scenes: [], pages: [], show: { address: "", count: 0 } };
  /** @type {Mount} */
  const mount = {
    ...{ parent, bar, data: nothing, at: marked(), left: false, begun: false, shown: -1 },
    report: () => {},
  };
  bar.previous.addEventListener("click", () => step(mount, "ArrowLeft"));
  bar.next.addEventListener("click", () => step(mount, "ArrowRight"));
  bar.leave.addEventListener("click", () => leave(mount));
  listen(PRESENT, ({ scenes }) => present(mount, scenes), signal);
  document.addEventListener("keydown", (event) => press(mount, event), { signal });
  addEventListener("popstate", () => travel(mount), { signal });
  document.addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement && mount.at !== null) leave(mount);
  }, { signal });
  return mount;
}

/** Where the page says a presentation is. @type {() => number | null} */
function marked() {
  const place = document.documentElement.getAttribute(MARK);
  return place === null ? null : Number(place);
}

function makeBar() {
  const button = (/** @type {string} */ text, /** @type {string} */ name) =>
    make("button", "chip", { type: "button", "aria-label": name, title: name }, [text]);
  const parts = {
    title: make("h1", "title"),
    note: make("p", "note"),
    count: make("span", "count"),
    previous: button("‹", "Previous scene (←)"),
    next: button("›", "Next scene (→)"),
    leave: button("✕", "Leave the presentation (Escape)"),
  };
  const words = make("div", "words", { "aria-live": "polite" }, [parts.title, parts.note]);
  const steps = [parts.previous, parts.count, parts.next, parts.leave];
  const about = { role: "region", "aria-label": "Presentation", tabindex: -1 };
  const box = make("div", "bar", about, [words, make("div", "steps", {}, steps)]);
  return { ...parts, box };
}

/** Show where the presentation is, or that there is none. @type {(mount: Mount) => void} */
function draw({ parent, bar, data, at }) {
  const scene = at === null ? undefined : data.scenes[at];
  bar.box.hidden = !scene;
  takeNoSpace(parent);
  if (!scene || at === null) return document.documentElement.removeAttribute(MARK);
  document.documentElement.setAttribute(MARK, String(at));
  stayOnTop(parent);
  const texts = { title: scene.name, note: scene.note, count: `${at + 1} of ${data.scenes.length}` };
  for (const [name, text] of Object.entries(texts)) {
    const part = bar[/** @type {keyof typeof texts} */ (name)];
    if (part.textContent !== text) part.textContent = text; // what is new is read out
  }
  bar.note.hidden = !scene.note;
  bar.previous.setAttribute("aria-disabled", String(at === 0));
  bar.next.setAttribute("aria-disabled", String(at === data.scenes.length - 1));
}

/** The bar stays while the page below it is scrolled. @type {(parent: Parent) => void} */
function stayOnTop(parent) {
  const host = "host" in parent ? parent.host : parent;
  /** @type {HTMLElement | null} */
  const box = host.closest('[data-testid="stElementContainer"]');
  if (box) Object.assign(box.style, { position: "sticky", top: "0", zIndex: "99" });
}

/**
 * Go to an address of the app within this session, as Back and Forward do.
 * @type {(mount: Mount, address: string, instead?: boolean) => void}
 */
function go({ data }, address, instead = false) {
  const url = appPath(location.pathname, data.pages) + address;
  if (instead) history.replaceState({}, "", url);
  else history.pushState({}, "", url);
  dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}

/** The address is another: it says which scene. @type {(mount: Mount) => void} */
function travel(mount) {
  const presented = mount.at !== null;
  mount.at = sceneIn(location.search, mount.data.scenes.length);
  mount.left = false;
  draw(mount);
  if (presented && mount.at === null) endFullScreen();
}

function endFullScreen() {
  if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
}

/** @type {(mount: Mount, key: string) => void} */
function step(mount, key) {
  const { at, data } = mount;
  const place = at === null ? null : sceneOf(key, at, data.scenes.length);
  if (place !== null) open(mount, place);
}

/** @type {(mount: Mount, place: number, instead?: boolean) => void} */
function open(mount, place, instead) {
  mount.begun = true;
  go(mount, mount.data.scenes[place].address, instead);
  document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
}

/**
 * Begin, by a click of the person, which full screen needs.
 * @type {(mount: Mount, scenes: PresenterData["scenes"]) => void}
 */
function present(mount, scenes) {
  mount.data = { ...mount.data, scenes };
  document.documentElement.requestFullscreen?.().catch(() => {}); // some browsers have none
  open(mount, mount.at ?? 0);
  mount.bar.box.focus({ preventScroll: true });
}

/** @type {(mount: Mount) => void} */
function leave(mount) {
  if (mount.at === null) return;
  mount.at = null;
  mount.left = true;
  draw(mount);
  endFullScreen();
  mount.report();
}

/** @type {(mount: Mount, event: KeyboardEvent) => void} */
function press(mount, event) {
  if (mount.at === null) return;
  const what = meaning(event);
  if (what === "leave") leave(mount);
  if (what !== "step" || sceneOf(event.key, mount.at, mount.data.scenes.length) === null) return;
  event.preventDefault();
  step(mount, event.key);
}

/** What the address said when the app was loaded: pages add to it. @type {() => string} */
function searchAsLoaded() {
  const [loaded] = performance.getEntriesByType("navigation");
  return new URL(loaded?.name ?? location.href).search;
}

/**
 * Be where the address says; where it names no scene, the one that is presented led elsewhere.
 * @type {(mount: Mount) => void}
 */
function follow(mount) {
  const here = sceneIn(location.search, mount.data.scenes.length);
  if (here === null) mount.left = false;
  mount.at = mount.left ? null : (here ?? mount.at);
}

const onMount = makeMounts(createPresenter);

/**
 * @type {(given: {data: PresenterData, parentElement: Parent, setTriggerValue: (name: string,
 *   value: unknown) => void}) => () => void}
 */
export default function mountPresenter({ data, parentElement, setTriggerValue }) {
  return onMount(parentElement, (mount) => {
    mount.data = data;
    mount.report = () => setTriggerValue("left", true);
    follow(mount);
    draw(mount);
    const asked = mount.shown >= 0 && mount.shown !== data.show.count;
    mount.shown = data.show.count;
    if (asked) go(mount, data.show.address);
    if (mount.at === null) return;
    if (!mount.begun && isBare(searchAsLoaded())) open(mount, mount.at, true);
    mount.begun = true;
  });
}
