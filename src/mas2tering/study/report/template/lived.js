// The days as they turned out: rule, plan, what was lived, and hindsight side by side.

const { lived } = data;
const LIVED_STYLES = [
  { color: "#9aa5ae", dash: "dot", width: 1.8 },
  { color: "#e69f00", dash: "dash", width: 1.8 },
  { color: "#0072b2", dash: "solid", width: 2.4 },
  { color: "#1b232b", dash: "longdash", width: 1.4 },
];

function showLived() {
  if (!lived) {
    for (const id of ["lived", "to-lived"]) document.getElementById(id).remove();
    return;
  }
  put("lived-sentences", ...lived.sentences.map((sentence) => make("p", sentence)));
  const rows = lived.rows.map(([name, cost, part]) => ({ cells: [name, n(amount(cost)), n(part === null ? "–" : share(part))] }));
  put("table-lived", table(["How the days are lived", n("Cost"), n("Of what hindsight saves")], rows, "table"));
  const names = Object.keys(lived.net);
  put("legend-lived", ...names.map((name, k) => lineKey(name, LIVED_STYLES[k])));
  draw(document.getElementById("chart-lived"), (width) => [
    names.map((name, k) => line(scaled(lived.net[name]), name, LIVED_STYLES[k], "kW")),
    layout({ xaxis: timeAxis(width), yaxis: valueAxis(), annotations: [unit("kW, import positive")] }),
  ], lived.sentences[0]);
  showLivedGrid();
  const homes = lived.homes.map(([id, rule, own, hindsight]) => ({ cells: [id, n(amount(rule)), n(amount(own)), n(amount(hindsight))] }));
  showTurns();
  put("table-lived-homes", table(["Home", n("Simple rule"), n("Lived"), n("In hindsight")], homes, "table"));
}

// Limits of the network as they turned out: how many are broken, and the transformer's loading, by how the days are lived.
const LIVED_GRID_STYLES = [
  { color: "#9aa5ae", dash: "dot", width: 1.8 },
  { color: "#e69f00", dash: "dash", width: 1.8 },
  { color: "#cc79a7", dash: "dashdot", width: 1.8 },
  { color: "#0072b2", dash: "solid", width: 2.4 },
];

function showLivedGrid() {
  const own = lived.grid;
  if (!own) {
    document.getElementById("lived-grid").remove();
    return;
  }
  const rows = own.rows.map(([name, broken, worst, cost]) => ({
    cells: [name, n(quantity(broken, "", 0)), n(broken ? share(worst) : "–"), n(cost === null ? "–" : amount(cost))],
  }));
  put("table-lived-grid", table(["Use case 3", n("Broken limits"), n("Worst, beyond its limit by"), n("All homes pay")], rows, "table"));
  const names = Object.keys(own.loading);
  if (!names.length) {
    document.getElementById("lived-loading").remove();
    return;
  }
  put("legend-lived-loading", ...names.map((name, k) => lineKey(name, LIVED_GRID_STYLES[k])), lineKey("rating", LIMIT));
  draw(document.getElementById("chart-lived-loading"), (width) => [
    [...names.map((name, k) => line(scaled(own.loading[name], 10), name, LIVED_GRID_STYLES[k], "%", { hovertemplate: `%{y:.0f}${GAP}%` })),
      line(new Array(steps).fill(100), "rating", LIMIT, "", { hoverinfo: "skip", hovertemplate: null })],
    layout({ xaxis: timeAxis(width), yaxis: valueAxis({ rangemode: "tozero" }), annotations: [unit("% of the rating, worst phase")] }),
  ], "Loading of the transformer through the days, planned and as they turned out");
}
