// A notebook's colours: whether it is dark, and what lies behind a cell's output.

const ATTRIBUTES = ["class", "style", "theme", "data-theme", "data-jp-theme-light"];
ATTRIBUTES.push("data-jp-theme-name", "data-vscode-theme-kind");
const DARK = 0.4; // luminance of a background, below which text on it is light

/**
 * Follow the colours around `host`, now and whenever they may have changed.
 * @type {(host: HTMLElement, onChange: () => void, signal: AbortSignal) => void}
 */
export function followTheme(host, onChange, signal) {
  const update = () => {
    const [red, green, blue] = backgroundOf(host);
    const luminance = (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
    host.dataset.theme = luminance < DARK ? "dark" : "light";
    host.style.setProperty("--st-background-color", `rgb(${red}, ${green}, ${blue})`);
    onChange();
  };
  const observer = new MutationObserver(update);
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, { attributeFilter: ATTRIBUTES });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", update, { signal });
  const placed = new ResizeObserver(update); // before it stands on the page, it has no colours
  placed.observe(host);
  // A theme's style sheet may come after its name
  document.head.addEventListener("load", update, { signal, capture: true });
  signal.addEventListener("abort", () => {
    observer.disconnect();
    placed.disconnect();
  });
}

/** What is seen behind an element, red, green and blue in bytes. @param {HTMLElement} host */
function backgroundOf(host) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const ctx = canvas.getContext("2d", { willReadFrequently: true });
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const colours = [dark ? "#111" : "#fff"]; // of a page that has none
  const behind = [];
  for (let at = host.parentElement; at; at = at.parentElement) {
    behind.unshift(getComputedStyle(at).backgroundColor);
  }
  for (const colour of [...colours, ...behind]) {
    if (!ctx) break;
    ctx.fillStyle = colour; // any CSS colour, also half transparent
    ctx.fillRect(0, 0, 1, 1);
  }
  return ctx ? Array.from(ctx.getImageData(0, 0, 1, 1).data.slice(0, 3)) : [255, 255, 255];
}
