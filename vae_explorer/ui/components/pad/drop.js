// Files that are dropped on an element.

/**
 * Tell `onFile` of the first file that is dropped; the element has the class "over" before.
 * @type {(element: HTMLElement, onFile: (file: File) => void, signal: AbortSignal) => void}
 */
export function attachDrop(element, onFile, signal) {
  /** @type {(event: DragEvent) => boolean} */
  const hasFile = ({ dataTransfer }) => Boolean(dataTransfer?.types.includes("Files"));

  element.addEventListener("dragover", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    element.classList.add("over");
  }, { signal });
  element.addEventListener("dragleave", () => element.classList.remove("over"), { signal });
  element.addEventListener("drop", (event) => {
    element.classList.remove("over");
    if (!hasFile(event)) return;
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) onFile(file);
  }, { signal });
}
