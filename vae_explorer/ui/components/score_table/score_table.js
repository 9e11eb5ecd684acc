// A table of scores: sorted by a click on a title, a figure's protocol shown by a click on it.
// Called again without clean-up whenever data or theme change: it builds the table anew and keeps
// the order chosen.
import { make } from "../browser/dom.js";
/** @import { Parent } from "../browser/channel.js" */

/** @typedef {{text: string, value: number, best: boolean, protocol: string}} Cell */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} kind
 * @property {string} dataset
 * @property {number} size of the latent space
 * @property {string} source where it was published, "" for a model of this app
 * @property {string} link
 * @property {boolean} chosen
 * @property {(Cell | null)[]} cells
 */

/** @typedef {{columns: {title: string, about: string, down: boolean}[], rows: Row[]}} TableData */
/** @typedef {string | number | undefined} Value */
/** @typedef {{title: string, about: string, down: boolean, value: (row: Row) => Value}} Column */
/** @typedef {{column: number, down: boolean}} Order what the table is sorted by */

/** @type {WeakMap<Parent, Order>} */
const orders = new WeakMap();

const ABOUT = "How a figure was measured: click it. Click a title to sort by it.";
const FRAME = { tabindex: "0", role: "region", "aria-label": "Scores" }; // scrolled by keys
/** @type {[title: string, value: (row: Row) => string | number][]} */
const TEXTS = [
  ["Model", (row) => row.name],
  ["Kind", (row) => row.kind],
  ["Data set", (row) => row.dataset],
  ["D", (row) => row.size],
];

/** @type {(given: {data: TableData, parentElement: Parent}) => () => void} */
export default function mountScoreTable({ parentElement, data }) {
  const order = orders.get(parentElement) ?? { column: -1, down: false };
  orders.set(parentElement, order);
  const status = make("p", "protocol", { role: "status" }, [ABOUT]);
  const columns = columnsOf(data);
  const body = make("tbody");
  const fill = () => {
    const rows = sorted(data.rows, columns[order.column], order.down);
    body.replaceChildren(...rows.map((row) => line(row, data, status)));
  };
  const head = make("tr");
  const choose = (/** @type {number} */ index) => {
    const { down } = columns[index];
    order.down = order.column === index ? !order.down : Boolean(down);
    order.column = index;
    mark(head, order);
    fill();
  };
  head.append(...columns.map((column, index) => title(column, () => choose(index))));
  mark(head, order);
  fill();
  const table = make("table", "", {}, [make("thead", "", {}, [head]), body]);
  const frame = make("div", "frame", FRAME, [table]);
  const box = make("div", "box", {}, [frame, status]);
  parentElement.querySelector(".box")?.remove();
  parentElement.append(box);
  return () => box.remove();
}

/** All columns. @type {(data: TableData) => Column[]} */
function columnsOf({ columns }) {
  const texts = TEXTS.map(([title, value]) => ({ title, about: "", down: false, value }));
  const scores = columns.map((column, i) => ({
    ...column,
    value: (/** @type {Row} */ row) => row.cells[i]?.value,
  }));
  return [...texts, ...scores];
}

/**
 * Rows by a column, those that have nothing there last; as they came where none is chosen.
 * @type {(rows: Row[], column: Column | undefined, down: boolean) => Row[]}
 */
function sorted(rows, column, down) {
  if (!column) return rows;
  const known = rows.filter((row) => column.value(row) !== undefined);
  /** @type {(a: Value, b: Value) => number} */
  const compare = (a, b) =>
    typeof a === "string" ? a.localeCompare(String(b)) : Number(a) - Number(b);
  const sign = down ? -1 : 1;
  const inOrder = known.toSorted((a, b) => sign * compare(column.value(a), column.value(b)));
  return [...inOrder, ...rows.filter((row) => !known.includes(row))];
}

/** @type {(column: Column, onChoose: () => void) => HTMLElement} */
function title({ title: text, about }, onChoose) {
  const button = make("button", "title", { type: "button", title: about }, [text]);
  button.addEventListener("click", onChoose);
  return make("th", "", { scope: "col" }, [button]);
}

/** @type {(head: HTMLElement, order: Order) => void} */
function mark(head, { column, down }) {
  [...head.children].forEach((cell, index) => {
    const order = down ? "descending" : "ascending";
    cell.setAttribute("aria-sort", index === column ? order : "none");
  });
}

/** @type {(row: Row, data: TableData, status: HTMLElement) => HTMLElement} */
function line(row, { columns }, status) {
  const { name, link, source } = row;
  const target = { href: link, title: source, target: "_blank", rel: "noopener" };
  const words = source ? make("a", "", target, [name]) : name;
  const head = make("th", "", { scope: "row" }, [words]);
  const texts = TEXTS.slice(1).map(([, value]) => make("td", "", {}, [String(value(row))]));
  const figures = columns.map((_, i) => figure(row.cells[i], status));
  const look = row.chosen ? "chosen" : source ? "published" : "";
  return make("tr", look, {}, [head, ...texts, ...figures]);
}

/** @type {(cell: Cell | null, status: HTMLElement) => HTMLElement} */
function figure(cell, status) {
  if (!cell) return make("td", "figure", {}, ["–"]);
  const [value, error] = cell.text.split(" ± ");
  const look = cell.best ? "value best" : "value";
  const button = make("button", look, { type: "button", title: cell.protocol }, [value]);
  if (error) button.append(make("span", "error", {}, [` ± ${error}`]));
  button.addEventListener("click", () => {
    status.textContent = cell.protocol;
  });
  return make("td", "figure", {}, [button]);
}
