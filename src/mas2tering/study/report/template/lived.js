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
  const homes = lived.homes.map(([id, rule, own, hindsight]) => ({ cells: [id, n(amount(rule)), n(amount(own)), n(amount(hindsight))] }));
  showTurns();
  put("table-lived-homes", table(["Home", n("Simple rule"), n("Lived"), n("In hindsight")], homes, "table"));
}
