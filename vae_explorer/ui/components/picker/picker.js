/**
 * A row of pictures, one of which can be picked.
 *
 * Called again without clean-up whenever the data or the theme changes: it rebuilds its row.
 */
export default function mountPicker({ parentElement, data, setTriggerValue }) {
  const row = make("div", "row");
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", data.label);
  row.style.setProperty("--size", `${data.size}px`);
  row.append(...data.pictures.map((url, index) => tile(url, index, data, setTriggerValue)));
  const box = make("div", "box");
  const texts = [make("div", "title", data.title), row, make("div", "note", data.note)];
  box.append(...texts.filter((part) => part === row || part.textContent));
  parentElement.querySelector(".box")?.remove();
  parentElement.append(box);
  return () => box.remove();
}

function make(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function tile(url, index, data, setTriggerValue) {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-pressed", String(index === data.chosen));
  const image = document.createElement("img");
  image.src = url;
  image.alt = data.captions[index] || `picture ${index + 1}`;
  const caption = document.createElement("span");
  caption.textContent = data.captions[index];
  button.append(image, caption);
  button.addEventListener("click", () => setTriggerValue("picked", index));
  return button;
}
