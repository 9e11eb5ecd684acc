/**
 * A row of pictures, one of which can be picked.
 *
 * Called again without clean-up whenever the data or the theme changes: it rebuilds its row.
 */
export default function picker({ parentElement, data, setTriggerValue }) {
  const row = document.createElement("div");
  row.className = "row";
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", data.label);
  row.style.setProperty("--size", `${data.size}px`);
  row.append(...data.pictures.map((url, index) => tile(url, index, data, setTriggerValue)));
  parentElement.querySelector(".row")?.remove();
  parentElement.append(row);
  return () => row.remove();
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
