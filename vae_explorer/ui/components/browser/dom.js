// Elements of a page, and Streamlit's theme as canvases take it.

/** Element with a class name, attributes and children. */
export function make(tag, className, attributes = {}, children = []) {
  const element = document.createElement(tag);
  element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Streamlit's theme as canvas colours. `ctx` turns any CSS colour into a plain one. */
export function readTheme(root, ctx) {
  const style = getComputedStyle(root);
  const colour = (name, fallback) => {
    ctx.fillStyle = fallback;
    ctx.fillStyle = style.getPropertyValue(name).trim() || fallback;
    return ctx.fillStyle;
  };
  return {
    text: colour("--st-text-color", "#31333f"),
    background: colour("--st-background-color", "#ffffff"),
    primary: colour("--st-primary-color", "#ff4b4b"),
    font: style.getPropertyValue("--st-font").trim() || "sans-serif",
  };
}
