// The button that begins a presentation: full screen needs a click in the browser itself.
import { PRESENT, say } from "../../browser/channel.js";
import { make } from "../../browser/dom.js";
import { makeMounts } from "../../browser/mount.js";
/** @import { Parent } from "../../browser/channel.js" */
/** @import { PresenterData } from "./presenter.js" */

/** @typedef {{title: string, scenes: PresenterData["scenes"]}} ButtonData */

const onMount = makeMounts((/** @type {Parent} */ parent) => {
  const button = make("button", "present", { type: "button" });
  const mount = { button, scenes: /** @type {ButtonData["scenes"]} */ ([]) };
  button.addEventListener("click", () => say(PRESENT, { scenes: mount.scenes }));
  parent.append(button);
  return mount;
});

/** @type {(given: {data: ButtonData, parentElement: Parent}) => () => void} */
export default function mountPresentButton({ data, parentElement }) {
  return onMount(parentElement, (mount) => {
    mount.button.textContent = data.title;
    mount.scenes = data.scenes;
  });
}
