// Numbers, amounts and elements. Whatever a user has named goes through text nodes, never through markup.

const data = JSON.parse(document.getElementById("data").textContent);
const MINUS = "\u2212", GAP = "\u00a0";

function digits(value, decimals) {
  const [whole, part] = Math.abs(value).toFixed(decimals).split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? `.${part}` : "");
}

function signed(value, text, plus) {
  if (!/[1-9]/.test(text)) return "";
  return value < 0 ? MINUS : plus ? "+" : "";
}

function amount(value, plus = false, decimals = 2) {
  const text = digits(value, decimals);
  return signed(value, text, plus) + data.symbol + text;
}

// Three digits or so, counted after rounding: 99.97 reads as 100, not as 100.0.
function usualDecimals(value) {
  const size = Math.abs(value);
  return Number(size.toFixed(1)) >= 100 ? 0 : Number(size.toFixed(2)) >= 1 ? 1 : 2;
}

function quantity(value, unit = "", decimals = null, plus = false) {
  const text = digits(value, decimals === null ? usualDecimals(value) : decimals);
  return signed(value, text, plus) + text + (unit ? GAP + unit : "");
}

function share(value) {
  return value === null ? "–" : quantity(100 * value, "%", 1);
}

// Series come as base64 of differences, see packing.py: seven bits a byte, the lowest first; odd numbers are negative; a zero
// is followed by how many there are.
const NO_VALUE = -1000000;

function unpack(text) {
  const bytes = atob(text);
  const values = [];
  let [at, value] = [0, 0];
  const next = () => {
    let [number, unit, byte] = [0, 1, 128];
    while (byte > 127) {
      byte = bytes.charCodeAt(at);
      at += 1;
      number += (byte & 127) * unit;
      unit *= 128;
    }
    return number;
  };
  while (at < bytes.length) {
    const difference = next();
    const many = difference === 0 ? next() : 1;
    value += difference % 2 ? -(difference + 1) / 2 : difference / 2;
    for (let k = 0; k < many; k += 1) values.push(value === NO_VALUE ? null : value);
  }
  return values;
}

// An element with a class, text and children; "h4.name" names both.
function make(kind, ...content) {
  const [tag, ...classes] = kind.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  element.append(...content.filter((part) => part !== null && part !== undefined));
  return element;
}

function put(id, ...content) {
  const element = document.getElementById(id);
  element.replaceChildren(...content.filter((part) => part !== null && part !== undefined));
  return element;
}

// A table from a head and rows of cells; a cell is text, an element, or {cell, number, title, kind}.
function table(head, rows, kind = "table.wide") {
  const cell = (tag, content) => {
    const plain = content === null || typeof content !== "object" || content instanceof Node;
    const element = make(tag + (!plain && content.number ? ".n" : ""), plain ? content : content.cell);
    if (!plain && content.title) element.title = content.title;
    if (!plain && content.kind) element.classList.add(content.kind);
    return element;
  };
  const headRow = make("tr", ...head.map((content) => {
    const th = cell("th", content);
    th.scope = "col";
    return th;
  }));
  const body = make("tbody", ...rows.map(({ cells, kind: rowKind }) => {
    const row = make("tr" + (rowKind ? "." + rowKind : ""), ...cells.map((content, k) => cell(k ? "td" : "th", content)));
    row.firstChild.scope = "row";
    return row;
  }));
  return make(kind, make("thead", headRow), body);
}

const n = (cell, title) => ({ cell, number: true, title });

// Text for the chart library, which reads some tags in labels.
function chartText(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

function shortened(text, length = 28) {
  return text.length > length ? text.slice(0, length - 1) + "…" : text;
}

