// The component that takes pictures which are pasted anywhere on the page, or dropped: Streamlit's
// entry. It is a line of text that says so, and what is wrong with what came.
import { PICTURE, listen } from "../browser/channel.js";
import { makeMounts } from "../browser/mount.js";
import { make } from "../browser/dom.js";
import { attachDrop } from "./drop.js";
/** @import { Parent } from "../browser/channel.js" */

/**
 * The largest picture that is taken, what is said of one that is empty or larger, and what is
 * offered; `alone`: nothing else on the page takes a picture.
 * @typedef {{bytes: number, empty: string, tooLarge: string, offer: string, alone: boolean}}
 *   PasteData
 */

/**
 * @typedef {object} Mount
 * @property {HTMLElement} zone
 * @property {HTMLElement} line
 * @property {HTMLElement} button
 * @property {PasteData} data
 * @property {(news: {data: string}) => void} tell base64 of a picture
 */

const NO_PICTURE = "The browser gives no picture from the clipboard: copy one, or drop one here.";

/**
 * What is wrong with a file, in one sentence; empty when all is well.
 * @type {(file: Pick<File, "type" | "size"> | undefined, limits: PasteData) => string}
 */
export function refusal(file, { bytes, empty, tooLarge }) {
  if (!file || !file.type.startsWith("image/")) {
    return "That is no picture: paste or drop a PNG, a JPEG or another picture.";
  }
  if (file.size === 0) return empty;
  return file.size <= bytes ? "" : tooLarge;
}

/** @type {(target: any) => boolean} */
function isTextField(target) {
  return target?.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target?.tagName);
}

/**
 * The file to take from what was pasted; undefined where it is for a text field, or only text.
 * @type {(event: ClipboardEvent) => File | undefined}
 */
export function pastedFile(event) {
  const [target] = event.composedPath();
  if (isTextField(target)) return undefined;
  const files = [...(event.clipboardData?.files ?? [])];
  return files.find(({ type }) => type.startsWith("image/")) ?? files[0];
}

/** The content of a file in base64. @type {(file: File) => Promise<string>} */
function read(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",")[1]);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/** The first picture in the clipboard. @type {() => Promise<File>} */
async function inClipboard() {
  for (const item of await navigator.clipboard.read()) {
    const type = item.types.find((name) => name.startsWith("image/"));
    if (type) return new File([await item.getType(type)], "picture", { type });
  }
  throw new Error(NO_PICTURE);
}

/** @type {(parent: Parent, signal: AbortSignal) => Mount} */
function createPaste(parent, signal) {
  const line = make("p", "offer", { role: "status" });
  const button = make("button", "chip", { type: "button" }, ["Paste from the clipboard"]);
  const zone = make("div", "zone", {}, [line, button]);
  const data = { bytes: 0, empty: "", tooLarge: "", offer: "", alone: false };
  /** @type {Mount} */
  const mount = { zone, line, button, data, tell: () => {} };
  /** @type {(text: string, wrong: boolean) => void} */
  const say = (text, wrong) => {
    line.textContent = text;
    line.classList.toggle("wrong", wrong);
  };
  const take = async (/** @type {File} */ file) => {
    const wrong = refusal(file, mount.data);
    say(wrong || mount.data.offer, Boolean(wrong));
    if (wrong) return;
    try {
      mount.tell({ data: await read(file) });
    } catch {
      say("The picture could not be read: save it as a file and choose that.", true);
    }
  };
  const paste = (/** @type {ClipboardEvent} */ event) => {
    const file = pastedFile(event);
    if (!file) return;
    event.preventDefault();
    take(file);
  };
  button.addEventListener("click", async () => {
    try {
      take(await inClipboard());
    } catch {
      say(NO_PICTURE, true);
    }
  });
  parent.append(zone);
  document.addEventListener("paste", paste, { signal });
  attachDrop(zone, take, signal);
  listen(PICTURE, ({ file }) => take(file), signal);
  return mount;
}

const onMount = makeMounts(createPaste, ({ zone }) => zone.remove());

/**
 * @type {(given: {data: PasteData, parentElement: Parent, setTriggerValue: (name: string,
 *   value: object) => void}) => () => void}
 */
export default function mountPaste({ data, parentElement, setTriggerValue }) {
  return onMount(parentElement, (mount) => {
    if (data.offer !== mount.data.offer) mount.line.textContent = data.offer;
    mount.data = data;
    mount.zone.classList.toggle("alone", data.alone);
    mount.button.hidden = !data.alone;
    mount.tell = (news) => setTriggerValue("pasted", news);
  });
}
