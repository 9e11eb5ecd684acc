// Files that are dropped on an element.

/** Tell `onFile` of the first file that is dropped; the element has the class "over" before. */
export function attachDrop(element, onFile, signal) {
  const hasFile = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
  const listen = (type, handler) => element.addEventListener(type, handler, { signal });

  listen("dragover", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    element.classList.add("over");
  });
  listen("dragleave", () => element.classList.remove("over"));
  listen("drop", (event) => {
    element.classList.remove("over");
    if (!hasFile(event)) return;
    event.preventDefault();
    onFile(event.dataTransfer.files[0]);
  });
}
