// The component that copies the address, and keeps the history of what was shown.
import { copyText } from "./clipboard.js";
import { keepHistory } from "./history.js";
import { make } from "../browser/dom.js";
import { makeMounts } from "../browser/mount.js";
/** @import { Parent } from "../browser/channel.js" */

const COPY = "Copy link";
const ABOUT = "Copies the address of this page with what it shows";
const SHOWN = 2000; // milliseconds for which the button says what it has done

/** @type {(parent: Parent) => {leave: () => void}} */
function createButton(parent) {
  let timer = 0;
  const button = make("button", "chip", { type: "button", title: ABOUT }, [COPY]);
  const said = make("span", "announcement", { role: "status" });
  parent.append(button, said);
  /** @type {(text: string) => void} */
  const show = (text) => {
    said.textContent = text;
    button.textContent = text;
    clearTimeout(timer);
    timer = setTimeout(() => {
      button.textContent = COPY;
      said.textContent = "";
    }, SHOWN);
  };
  button.addEventListener("click", async () => {
    show((await copyText(location.href)) ? "Copied" : "Not copied: the browser refuses");
  });
  keepHistory(window);
  return { leave: () => clearTimeout(timer) };
}

const onMount = makeMounts(createButton, (mount) => mount.leave());

/** @type {(given: {parentElement: Parent}) => () => void} */
export default function mountAddress({ parentElement }) {
  return onMount(parentElement, () => {});
}
