// The homes side by side: savings, what they own, the table of all.

const daily = (home) => home.saving / data.days;

function showSavings() {
  const nothing = "One use case alone was run: no savings to show.";
  put("reading-savings", compared ? `${data.readings.savings} ${data.readings.worse_off}` : nothing);
  put("reading-assets", compared ? data.readings.assets : nothing);
  for (const id of ["chart-savings", "chart-assets"]) document.getElementById(id).closest("figure").classList.toggle("empty", !compared);
  if (!compared) {
    for (const id of ["chart-savings", "chart-assets"]) {
      const chart = document.getElementById(id);
      chart.parentElement.querySelector("figcaption").remove();
      chart.remove();
    }
    return;
  }
  savingBars();
  if (data.assets.length) assetDots();
}

const moneyTicks = (values) => ({ tickprefix: data.symbol, tickformat: Math.max(...values.map(Math.abs)) >= 6 ? ",.0f" : ",.2f", separatethousands: true });

// The axis of a chart with one column a home: names where there is room, numbers otherwise.
function homesAxis(order, title) {
  const few = order.length <= 12;
  const names = few ? { tickvals: order.map((_, k) => k + 1), ticktext: order.map((k) => chartText(shortened(data.homes[k].id, 14))), tickangle: order.length <= 4 ? 0 : -35 } : { nticks: 8 };
  return {
    xaxis: { fixedrange: true, range: [0.4, order.length + 0.6], showgrid: false, automargin: true, title: few ? undefined : { text: title, standoff: 6, font: { size: 12, color: SOFT } }, ...names },
    bargap: order.length > 60 ? 0.12 : 0.3,
  };
}

const WORSE = ["#d55e00", "/"];

// One bar a home; where homes trade it has two parts, what planning saves and what trading adds.
function savingBars() {
  const order = data.homes.map((home, k) => [daily(home), k]).sort((a, b) => b[0] - a[0]).map(([, k]) => k);
  const twoParts = cases.includes("2") && cases.includes("1") && before !== "1";
  const saves = (k, from, to) => (data.homes[k].cost[from] - data.homes[k].cost[to]) / data.days;
  const parts = twoParts ? [["by planning", "#0072b2", (k) => saves(k, before, "1")], ["more by trading", "#7fbfae", (k) => saves(k, "1", "2")],
    ...(after === "3" ? [["within the network’s limits", "#cc79a7", (k) => saves(k, "2", "3")]] : [])] : [["", "#0072b2", (k) => daily(data.homes[k])]];
  if (twoParts) put("legend-savings", ...parts.map(([name, color]) => fillKey(name, [color, ""])), fillKey("costs more", WORSE));
  const element = document.getElementById("chart-savings");
  const said = (k) => `${chartText(shortened(data.homes[k].id))}<br>${amount(daily(data.homes[k]))} a day${twoParts ? `: ${parts.map(([name, , value]) => `${amount(value(k))} ${name}`).join(", ")}` : ""}<br>${chartText(data.homes[k].owns.join(", "))}`;
  draw(element, () => {
    const bars = parts.map(([, color, value]) => {
      const values = order.map(value);
      const colors = values.map((saved) => (saved < -0.001 ? WORSE[0] : saved > 0.001 ? color : "#8f98a1"));
      return {
        type: "bar", x: order.map((_, k) => k + 1), y: values, customdata: order, text: order.map(said), hovertemplate: "%{text}<extra></extra>", textposition: "none",
        marker: { color: colors, pattern: { shape: values.map((saved) => (saved < -0.001 ? WORSE[1] : "")), bgcolor: colors, fgcolor: "#fff", size: 6 } },
      };
    });
    return [bars, layout({
      ...homesAxis(order, "homes, most first"), yaxis: valueAxis(moneyTicks(order.map((k) => daily(data.homes[k])))), barmode: "relative", hovermode: "closest", dragmode: false,
      margin: { l: 46, r: 10, t: 22, b: 40 }, annotations: [unit("saving a day")],
    })];
  }, data.readings.savings, () => element.on("plotly_click", (event) => openHome(event.points[0].customdata)));
}

function assetDots() {
  const rows = [...data.assets].reverse();
  put("legend-assets", markerKey("homes with it", true), markerKey("homes without it", false));
  const element = document.getElementById("chart-assets");
  element.style.height = `${90 + 34 * rows.length}px`;
  draw(element, (width) => {
    const label = rows.map((row) => `${row.name} (${row.homes_with} of ${data.homes.length})`);
    const dots = (name, key, many, color) => {
      const kept = rows.map((row, k) => [row, label[k]]).filter(([row]) => row[many]);
      return {
        type: "scatter", mode: "markers", name, x: kept.map(([row]) => row[key]), y: kept.map(([, text]) => text),
        marker: { size: 12, color, line: { color: "#0072b2", width: 2 } }, text: kept.map(([row]) => `${row[many]} homes ${name}: ${amount(row[key])} a day`), hovertemplate: "%{text}<extra></extra>",
      };
    };
    const bars = { type: "scatter", mode: "lines", x: [], y: [], line: { color: "#9bb9cc", width: 3 }, hoverinfo: "skip" };
    rows.forEach((row, k) => { if (row.homes_without) { bars.x.push(row.saving_with, row.saving_without, null); bars.y.push(label[k], label[k], null); } });
    return [[bars, dots("without it", "saving_without", "homes_without", "#fff"), dots("with it", "saving_with", "homes_with", "#0072b2")], layout({
      xaxis: valueAxis({ ...moneyTicks(rows.flatMap((row) => [row.saving_with, row.saving_without])), rangemode: "tozero", nticks: width < 560 ? 4 : 8, title: { text: "mean saving a day", standoff: 6, font: { size: 12, color: SOFT } } }),
      yaxis: { fixedrange: true, automargin: true, categoryorder: "array", categoryarray: label, gridcolor: "#e6eaed" },
      hovermode: "closest", dragmode: false, margin: { l: 40, r: 14, t: 8, b: 44 },
    })];
  }, data.readings.assets);
}

const COLUMNS = [
  { name: "Home", key: (home) => home.id, cell: (home) => homeLink(home) },
  { name: "Owns", key: (home) => home.owns.length, cell: (home) => chips(home.owns) },
  ...(compared ? [{ name: "Saves", key: (home) => home.saving, cell: (home) => savingText(home.saving), number: true }] : []),
  ...cases.map((use) => ({ name: data.short_names[use], key: (home) => home.cost[use], cell: (home) => amount(home.cost[use]), number: true, kind: spare(use) })),
  { name: "Peak, kW", key: (home) => home.peak_kw[after], cell: (home) => peaks(home), number: true },
  { name: "Relaxed", key: (home) => home.clashes.length, cell: (home) => (home.clashes.length ? make("span.wish", String(home.clashes.length)) : "0"), number: true },
  { name: "Tariff", key: (home) => home.tariff, cell: (home) => make("span.whole", home.tariff) },
  // What is agreed on is proven for all homes together.
  ...(data.traded ? [] : [{ name: "How good", key: (home) => (home.method === "optimal" ? 0 : 1) + (home.gap ?? 1), cell: (home) => make("span.whole", home.proof) }]),
];
const sorting = { column: compared ? COLUMNS.findIndex((column) => column.name === "Saves") : 0, down: compared };

function homeLink(home) {
  const link = make("a", shortened(home.id, 60));
  link.href = hashOf(home);
  return link;
}

function peaks(home) {
  const [first, second] = [before, after].map((use) => quantity(Math.max(0, home.peak_kw[use]), "", 1));
  return compared ? `${first} → ${second}` : second;
}

function chips(owns) {
  return owns.length ? make("span.chips", ...owns.map((name) => make("span.chip", name))) : make("span.note", "nothing to shift");
}

function savingText(value) {
  return make(`span${value > 0.001 ? ".good" : value < -0.001 ? ".bad" : ""}`, amount(value, true));
}

function words(home) {
  return [home.id, home.tariff, ...home.owns, home.proof, ...home.clashes.map((clash) => clash.device)].join(" ").toLowerCase();
}

function showTable() {
  const wanted = document.getElementById("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  const column = COLUMNS[sorting.column];
  const kept = data.homes.map((home, index) => ({ home, index })).filter(({ home }) => wanted.every((word) => words(home).includes(word)));
  kept.sort((a, b) => {
    const [first, second] = [column.key(a.home), column.key(b.home)];
    const order = typeof first === "string" ? first.localeCompare(second, "en", { numeric: true }) : first - second;
    return (sorting.down ? -order : order) || a.index - b.index;
  });
  const head = COLUMNS.map(({ name, number, kind }, k) => {
    const button = make("button", name);
    button.type = "button";
    button.addEventListener("click", () => sortBy(k));
    return number ? { ...n(button), kind } : button;
  });
  const rows = kept.map(({ home, index }) => ({ cells: COLUMNS.map(({ cell, number, kind }) => (number ? { ...n(cell(home)), kind } : cell(home))), kind: index === chosen ? "go.chosen" : "go" }));
  const shown = table(head, rows);
  shown.querySelectorAll("thead th").forEach((th, k) => { if (k === sorting.column) th.setAttribute("aria-sort", sorting.down ? "descending" : "ascending"); });
  shown.querySelectorAll("tbody tr").forEach((row, k) => row.addEventListener("click", (event) => { if (!event.target.closest("a")) openHome(kept[k].index); }));
  put("table-homes", kept.length ? shown : make("p.note", "No home has that."));
  put("filter-count", `${kept.length} of ${data.homes.length} homes`);
  put("homes-basis", oneDay ? "" : `Amounts are over all ${data.days} days.`);
}

function sortBy(column) {
  sorting.down = column === sorting.column ? !sorting.down : Boolean(COLUMNS[column].number);
  sorting.column = column;
  showTable();
  document.querySelectorAll("#table-homes th button")[column].focus();
}
