/**
 * A table of scores: sorted by a click on a title, a figure's protocol shown by a click on it.
 *
 * Called again without clean-up whenever data or theme change: it builds the table anew and keeps
 * the order chosen.
 */
const tables = new WeakMap(); // parent -> {column, down} it is sorted by

const ABOUT = "How a figure was measured: click it. Click a title to sort by it.";
const TEXTS = [
  ["Model", (row) => row.name],
  ["Kind", (row) => row.kind],
  ["Data set", (row) => row.dataset],
  ["D", (row) => row.size],
];

export default function mountScoreTable({ parentElement, data }) {
  const order = tables.get(parentElement) ?? { column: -1, down: false };
  tables.set(parentElement, order);
  const status = make("p", "protocol", ABOUT);
  status.setAttribute("role", "status");
  const columns = columnsOf(data);
  const body = make("tbody");
  const fill = () => {
    const rows = sorted(data.rows, columns[order.column], order.down);
    body.replaceChildren(...rows.map((row) => line(row, data, status)));
  };
  const head = make("tr");
  const choose = (index) => {
    const { down } = columns[index];
    order.down = order.column === index ? !order.down : Boolean(down);
    order.column = index;
    mark(head, order);
    fill();
  };
  head.append(...columns.map((column, index) => title(column, () => choose(index))));
  mark(head, order);
  fill();
  const box = make("div", "box");
  const frame = make("div", "frame");
  const table = make("table", "");
  const top = make("thead");
  top.append(head);
  table.append(top, body);
  frame.append(table);
  frame.tabIndex = 0; // it can be scrolled by keys
  box.append(frame, status);
  parentElement.querySelector(".box")?.remove();
  parentElement.append(box);
  return () => box.remove();
}

/** All columns: {title, about, down, value(row)}. */
function columnsOf({ columns }) {
  const texts = TEXTS.map(([title, value]) => ({ title, about: "", down: false, value }));
  const scores = columns.map((column, i) => ({ ...column, value: (row) => row.cells[i]?.value }));
  return [...texts, ...scores];
}

/** Rows by a column, those that have nothing there last; as they came where none is chosen. */
function sorted(rows, column, down) {
  if (!column) return rows;
  const known = rows.filter((row) => column.value(row) !== undefined);
  const compare = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a - b);
  const sign = down ? -1 : 1;
  const inOrder = known.toSorted((a, b) => sign * compare(column.value(a), column.value(b)));
  return [...inOrder, ...rows.filter((row) => !known.includes(row))];
}

function title({ title: text, about }, onChoose) {
  const cell = make("th");
  const button = make("button", "title", text);
  button.type = "button";
  button.title = about;
  button.addEventListener("click", onChoose);
  cell.scope = "col";
  cell.append(button);
  return cell;
}

function mark(head, { column, down }) {
  [...head.children].forEach((cell, index) => {
    const order = down ? "descending" : "ascending";
    cell.setAttribute("aria-sort", index === column ? order : "none");
  });
}

function line(row, { columns }, status) {
  const element = make("tr", row.chosen ? "chosen" : row.source ? "published" : "");
  const name = make("th");
  name.scope = "row";
  if (row.source) {
    const link = make("a", "", row.name);
    Object.assign(link, { href: row.link, title: row.source, target: "_blank", rel: "noopener" });
    name.append(link);
  } else name.textContent = row.name;
  const texts = TEXTS.slice(1).map(([, value]) => make("td", "", String(value(row))));
  const figures = columns.map((_, i) => figure(row.cells[i], status));
  element.append(name, ...texts, ...figures);
  return element;
}

function figure(cell, status) {
  const element = make("td", "figure");
  if (!cell) {
    element.textContent = "–";
    return element;
  }
  const [value, error] = cell.text.split(" ± ");
  const button = make("button", cell.best ? "value best" : "value", value);
  if (error) button.append(make("span", "error", ` ± ${error}`));
  Object.assign(button, { type: "button", title: cell.protocol });
  button.addEventListener("click", () => (status.textContent = cell.protocol));
  element.append(button);
  return element;
}

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
