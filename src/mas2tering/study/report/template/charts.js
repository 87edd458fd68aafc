// How charts look and behave here. Colours are those of Okabe and Ito; a pattern or dash says the same without colour.

const INK = "#1b232b", SOFT = "#55616d", RULE = "#d9dfe4";
const CASES = {
  none: { color: "#5c6770", dash: "dash", width: 2 },
  rule: { color: "#e69f00", dash: "dot", width: 2 },
  1: { color: "#0072b2", dash: data.names[3] ? "dashdot" : data.names[2] ? "longdash" : "solid", width: data.names[2] ? 2 : 2.6 },
  2: { color: "#00795a", dash: data.names[3] ? "longdash" : "solid", width: data.names[3] ? 2.2 : 2.6 },
  3: { color: "#a3386c", dash: "solid", width: 2.6 },
};
const FILLS = {
  base: ["#8f98a1", ""], heating: ["#d55e00", "/"], cooling: ["#56b4e9", "-"], hot_water: ["#e69f00", "\\"],
  appliances: ["#cc79a7", "."], ev: ["#0072b2", ""], battery: ["#009e73", "|"], export: ["#ffffff", "/"],
  sun: ["#f0e442", ""], wind: ["#56b4e9", "-"], chp: ["#d55e00", "/"], car: ["#0072b2", ""], grid: ["#b9c1c8", "."], neighbours: ["#3b4856", "x"],
};
const PATTERNS = ["", "/", "\\", "x", "|", "-", "+", "."];
const HATCH = { "/": ["M0 8L8 0"], "\\": ["M0 0L8 8"], x: ["M0 8L8 0", "M0 0L8 8"], "-": ["M0 4H8"], "|": ["M4 0V8"], "+": ["M0 4H8", "M4 0V8"], ".": ["M3.2 4h1.6"] };

const steps = data.axis.labels.length - 1;
const oneDay = data.days === 1;
// Steps are categories, named by the local clock: a day on which clocks change shows every step, and hovering tells its time.
// The end of the axis may have the time of its start; a character without width tells them apart.
const places = data.axis.labels.map((label, k) => (k === steps ? `${label}\u200b` : label));
const scaled = (series, by = 100) => (typeof series === "string" ? unpack(series) : series).map((value) => (value === null ? null : value / by));
// A step holds until the next one: the last value is repeated at the end of the axis.
const held = (values) => [...values, values[values.length - 1]];

// Labels of the time axis that fit a width: whole hours, or days and their hours.
function ticks(width) {
  const room = Math.max(2, Math.floor(width / 62));
  const every = [1, 2, 3, 6, 12, 24].find((hours) => (steps * data.axis.step_hours) / hours <= room);
  if (every && every < 24) {
    const marks = data.axis.marks.filter(([, hour]) => hour % every === 0);
    return { at: marks.map(([step]) => step), text: marks.map(([, hour]) => `${String(hour).padStart(2, "0")}:00`) };
  }
  const skip = Math.ceil(data.days / room);
  const days = data.axis.day_steps.map((step, k) => [step, data.axis.days[k]]).filter((_, k) => k % skip === 0);
  return { at: days.map(([step]) => step), text: days.map(([, day]) => day.split(" ").slice(0, 3).map((word) => word.slice(0, 3)).join(" ")) };
}

function timeAxis(width, more = {}) {
  const { at, text } = ticks(width);
  return {
    type: "category", categoryorder: "array", categoryarray: places, range: [0, steps],
    // A hair beside the steps, so that hovering shows a step's own label and not the axis'.
    tickvals: at.map((step) => (step < steps ? step + steps / 4000 : step)), ticktext: text, tickangle: 0, ticks: "outside", ticklen: 4, tickcolor: RULE,
    showgrid: true, gridcolor: "#eef1f3", zeroline: false, fixedrange: oneDay, tickfont: { size: 12 },
    ...more,
  };
}

function valueAxis(more = {}) {
  return { gridcolor: "#e6eaed", zeroline: true, zerolinecolor: "#8b97a1", zerolinewidth: 1, fixedrange: true, tickfont: { size: 12 }, nticks: 6, automargin: true, ...more };
}

function unit(text, y = 1, x = 0) {
  return { text, x, y, xref: "paper", yref: "paper", xanchor: "left", yanchor: "bottom", showarrow: false, font: { size: 12, color: SOFT } };
}

function layout(more) {
  return {
    margin: { l: 46, r: 20, t: 22, b: 30 }, showlegend: false, hovermode: "x unified", hoversubplots: "axis", dragmode: oneDay ? false : "zoom",
    font: { family: getComputedStyle(document.body).fontFamily, size: 12.5, color: INK }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    hoverlabel: { bgcolor: "#fff", bordercolor: "#aab4bd", font: { size: 12, color: INK } }, ...more,
  };
}

// Charts are drawn when they come near the window, and again when their width changes (labels depend on it).
const charts = new Map();
let watch = null;

// `figure` makes traces and layout for a width; `once` runs after the first drawing.
function draw(element, figure, label, once = null) {
  element.setAttribute("role", "img");
  if (label) element.setAttribute("aria-label", label);
  charts.set(element, { figure, once, width: 0 });
  if (watch) watch.observe(element);
}

function paint(element, width = element.clientWidth) {
  const chart = charts.get(element);
  if (!chart || width === 0 || chart.width === width) return;
  chart.width = width;
  const [traces, laid] = chart.figure(width);
  Plotly.react(element, traces, { ...laid, width, height: element.clientHeight }, { displayModeBar: false, responsive: false });
  if (chart.once) chart.once();
  chart.once = null;
}

// Called once the chart library is there.
function beginDrawing() {
  watch = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => paint(entry.target)), { rootMargin: "500px" });
  for (const element of charts.keys()) watch.observe(element);
  window.addEventListener("load", () => drawRest([...charts.keys()]));
  let waiting = 0;
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(() => repaint(false), 120); });
  window.addEventListener("beforeprint", () => repaint(true));
  window.addEventListener("afterprint", () => repaint(false));
}

// What is far from the window is drawn one chart at a time while nothing else goes on.
function drawRest(elements) {
  const next = elements.find((element) => charts.get(element)?.width === 0);
  if (!next) return;
  setTimeout(() => { paint(next); drawRest(elements.filter((element) => element !== next)); }, 60);
}

const PAPER_PX = 690;

// On paper all charts are drawn, at the width of a sheet.
function repaint(onPaper) {
  for (const [element, chart] of charts) {
    if (!element.isConnected) charts.delete(element);
    else if (onPaper) paint(element, element.closest(".pair") ? PAPER_PX / 2 - 10 : PAPER_PX);
    else if (chart.width) paint(element);
  }
}

function line(values, name, style, unitText, more = {}) {
  return {
    x: places, y: held(values), name: chartText(name), mode: "lines",
    line: { shape: "hv", color: style.color, dash: style.dash, width: style.width },
    hovertemplate: `%{y:,.2f}${GAP}${unitText}`, ...more,
  };
}

function area(values, name, fill, stack, unitText = "kW") {
  const [color, pattern] = fill;
  return {
    x: places, y: held(values), name: chartText(name), mode: "lines", stackgroup: stack,
    line: { shape: "hv", width: 0.6, color: color === "#ffffff" ? "#55616d" : color },
    fillcolor: color, fillpattern: { shape: pattern, bgcolor: color, fgcolor: hatch(color), size: 7, solidity: 0.22 },
    hovertemplate: `%{y:,.2f}${GAP}${unitText}`,
  };
}

const hatch = (color) => (["#ffffff", "#f0e442", "#b9c1c8"].includes(color) ? "#55616d" : "#ffffff");

const SVG = "http://www.w3.org/2000/svg";
function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const DASHES = { solid: "", dash: "7 4", dot: "2 3", longdash: "11 4", dashdot: "8 3 2 3" };
function lineKey(name, style) {
  const stroke = { x1: 0, y1: 6, x2: 30, y2: 6, stroke: style.color, "stroke-width": style.width, "stroke-dasharray": DASHES[style.dash] };
  return make("span.key", svg("svg", { width: 30, height: 12, "aria-hidden": "true" }, svg("line", stroke)), name);
}

function fillKey(name, [color, pattern]) {
  const box = svg("svg", { width: 24, height: 15, viewBox: "0 0 24 15", "aria-hidden": "true" }, svg("rect", { x: 0.5, y: 0.5, width: 23, height: 14, fill: color, stroke: "#55616d", "stroke-width": 0.7 }));
  for (let x = 0; pattern && x < 24; x += 8) {
    for (let y = 0; y < 15; y += 8) {
      for (const path of HATCH[pattern]) box.append(svg("path", { d: path, transform: `translate(${x} ${y})`, stroke: hatch(color), "stroke-width": pattern === "." ? 1.8 : 1.3, fill: "none" }));
    }
  }
  return make("span.key", box, name);
}

function markerKey(name, filled) {
  const circle = { cx: 7, cy: 7, r: 5, stroke: "#0072b2", "stroke-width": 2, fill: filled ? "#0072b2" : "#fff" };
  return make("span.key", svg("svg", { width: 14, height: 14, "aria-hidden": "true" }, svg("circle", circle)), name);
}
