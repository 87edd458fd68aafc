// The community: what it comes to in short, its load and prices, where energy came from and went, all figures.

const ORDER = ["none", "rule", "1", "2", "3"];
const cases = Object.keys(data.names).sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
const { before, after } = data;
const compared = before !== after;
const perDay = (value) => value / data.days;
const overDays = oneDay ? "" : ` over ${data.days} days`;

const KICKERS = {
  1: "use case 1: the best day for every home",
  2: "use case 2: the best day for every home, and surplus for its neighbours",
  3: "use case 3: the best day for every home and its neighbours, within what the network carries",
};

function showHead() {
  put("community-name", data.community);
  put("kicker", `Mas2tering · ${KICKERS[after] ?? KICKERS[1]}`);
  put("facts", ...data.facts.map((fact) => make("span", fact)));
  put("headline", compared ? data.readings.headline : `${data.names[after]}: no other use case was run, so there is nothing to compare.`);
  const most = Math.max(...cases.map((name) => Math.abs(data.cost[name])), 1e-9);
  put("cards", ...cases.map((name) => card(name, most)));
  if (!compared) return;
  put("certainty", data.readings.certainty);
  const wishes = data.homes.some((home) => home.clashes.length);
  const link = make("a", "See which.");
  link.href = wishes ? "#relaxed" : "#shed";
  const gaveWay = wishes || (data.grid && data.grid.congestion && data.grid.congestion.shed.length);
  put("wishes", ...(gaveWay ? [make("span.wish", data.readings.relaxed), " ", link] : [data.readings.relaxed]));
  const { better, same, worse } = data.gains;
  const parts = [["better", better, "pay less"], ["same", same, "the same"], ["worse", worse, "pay more"]].filter(([, many]) => many);
  const bar = make("div.share", ...parts.map(([kind, many, text]) => {
    const part = make(`i.${kind}`, many / data.homes.length > 0.08 ? `${many} ${text}` : "");
    part.style.flex = `${many} 1 0`;
    return part;
  }));
  bar.setAttribute("aria-hidden", "true");
  put("gains", make("p", data.readings.gains), bar);
}

function card(name, most) {
  const cost = data.cost[name];
  const saved = data.cost[before] - cost;
  const bar = make("i");
  bar.style.width = `${(100 * Math.max(0, cost)) / most}%`;
  const kind = name === "3" ? ".grid" : name === "2" ? ".market" : name === "1" && compared ? ".after" : name === after && compared ? ".after" : name === "rule" ? ".rule" : "";
  const what = { none: "every device runs as it is used to", rule: "self-consumption without foresight", 1: "each home’s best plan", 2: "homes trade with one another", 3: "the same, within what the network carries" }[name];
  const share = data.cost[before] > 0 ? ` (${quantity((100 * Math.abs(saved)) / data.cost[before], "%", 1)})` : "";
  return make(`div.card${kind}`,
    make("p.name", `${data.names[name]}${"123".includes(name) ? ` (use case ${name})` : ""}`),
    make("p.amount", amount(perDay(cost)), make("small", " a day")),
    make("div.bar", bar),
    make("p.small", name === before ? what : `${what}: ${amount(Math.abs(perDay(saved)))}${share} ${saved >= 0 ? "less" : "more"}`));
}

function showNet() {
  put("reading-net", compared ? `${data.readings.net} ${data.readings.dear}` : data.readings.net);
  const net = data.net_and_sources.net;
  const several = data.tariffs.length > 1;
  put("legend-net", ...cases.map((name) => lineKey(data.names[name], CASES[name])),
    lineKey(several ? "mean import price" : "import price", PRICES.bought), lineKey(several ? "mean export price" : "export price", PRICES.sold),
    several ? fillKey("range of the tariffs’ import prices", ["#e3e8ec", ""]) : null);
  put("caption-net", "Above zero the homes together draw from the grid, below zero they feed it. Prices stand below, at the same times.");
  put("caption-sources", `Summed over homes. Grid is what passes the homes’ own meters: some of it is a neighbour’s surplus${data.traded ? "; only what is traded in the local market stands apart" : ""}.`);
  draw(document.getElementById("chart-net"), (width) => {
    const traces = cases.map((name) => line(scaled(net[name]), data.names[name], CASES[name], "kW"));
    const range = several ? [data.prices.lowest, data.prices.highest] : null;
    return [[...traces, ...priceTraces(data.prices.import_price, data.prices.export_price, range)], loadAndPrices(width, { rangemode: "tozero" })];
  }, data.readings.net);
}

const PRICES = { bought: { color: "#6a3d9a", dash: "solid", width: 1.6 }, sold: { color: "#6a3d9a", dash: "dot", width: 1.8 } };
const LOCAL_PRICE = { color: "#00795a", dash: "solid", width: 2.4 };

function priceTraces(bought, sold, range = null, local = null) {
  const perKwh = `${chartText(data.symbol.trim())}/kWh`;
  const shown = { yaxis: "y2", hovertemplate: `%{y:.3f}${GAP}${perKwh}` };
  const traces = [];
  if (range) {
    const edge = { color: "#e3e8ec", dash: "solid", width: 0 };
    traces.push(line(scaled(range[0], 10000), "lowest", edge, "", { ...shown, hoverinfo: "skip", hovertemplate: null }));
    traces.push(line(scaled(range[1], 10000), "highest", edge, "", { ...shown, fill: "tonexty", fillcolor: "#e3e8ec", hoverinfo: "skip", hovertemplate: null }));
  }
  traces.push(line(scaled(bought, 10000), "import price", PRICES.bought, "", shown));
  traces.push(line(scaled(sold, 10000), "export price", PRICES.sold, "", shown));
  if (local) traces.push(line(scaled(local, 10000), "local price", LOCAL_PRICE, "", shown));
  return traces;
}

// Two charts above one time axis: power, and what energy costs.
function loadAndPrices(width, power = {}) {
  return layout({
    xaxis: timeAxis(width, { anchor: "y2" }), yaxis: valueAxis({ domain: [0.36, 1], ...power }),
    yaxis2: valueAxis({ domain: [0, 0.25], nticks: 4, rangemode: "tozero" }),
    annotations: [unit("kW"), unit(`${chartText(data.symbol.trim())}/kWh`, 0.25)],
  });
}

function showBalance(side, names, reading) {
  put(`reading-${side}`, reading);
  const powers = data.net_and_sources[side];
  const energies = data.net_and_sources[`${side}_kwh`];
  const shown = [...new Set([before, after])];
  const present = Object.keys(names).filter((name) => cases.some((use) => powers[use][name]));
  const highest = Math.max(...shown.map((use) => stackTop(powers[use])));
  const holders = shown.map((use) => make("div.chart"));
  put(`charts-${side}`, ...shown.map((use, k) => make("div", make("h4", data.names[use]), holders[k])));
  shown.forEach((use, k) => draw(holders[k], (width) => [
    present.filter((name) => powers[use][name]).map((name) => area(scaled(powers[use][name]), names[name], FILLS[name], "one")),
    layout({ xaxis: timeAxis(width), yaxis: valueAxis({ range: [0, (1.06 * highest) / 100] }), annotations: [unit("kW")] }),
  ], `${data.names[use]}: ${reading}`));
  const decimals = stackTop(powers[after]) >= 10000 ? 0 : 1;
  const total = (use) => present.reduce((sum, name) => sum + (energies[use][name] ?? 0), 0);
  const rows = present.map((name) => ({ cells: [fillKey(names[name], FILLS[name]), ...energyCells((use) => energies[use][name] ?? 0, decimals)] }));
  rows.push({ cells: ["Together", ...energyCells(total, decimals)], kind: "sum" });
  put(`table-${side}`, table(["kWh", ...caseHeads()], rows, "table"));
}

// Heads and cells of a table with a column for each use case and one for the change.
// Of four use cases the simple rule is left out on a phone.
const spare = (use) => (use === "rule" && cases.length > 3 ? "spare" : "");
const caseCells = (values, text) => values.map((value, k) => ({ ...n(text(value)), kind: spare(cases[k]) }));
const caseHeads = () => [...cases.map((use) => ({ ...n(data.short_names[use], data.names[use]), kind: spare(use) })), ...(compared ? [n("change", `${data.names[after]} against ${data.names[before].toLowerCase()}`)] : [])];

function energyCells(energy, decimals) {
  const cells = caseCells(cases.map(energy), (value) => quantity(value, "", decimals));
  return compared ? [...cells, n(quantity(energy(after) - energy(before), "", decimals, true))] : cells;
}

function stackTop(series) {
  const all = Object.values(series).map(unpack);
  return Math.max(...all[0].map((_, k) => all.reduce((sum, values) => sum + values[k], 0)));
}

// Rows of the table of figures: name, key, how it is put, whether it is a part of the line above, what it means.
const FIGURES = [
  ["Cost", "cost", "money", false, "bill, fuel, wear and discomfort, less the value of the gain in stored energy and what the network operator pays: what plans are compared by"],
  ["Bill", "bill", "money", false, "energy bought less energy sold, with capacity and standing charges pro rata"],
  ["energy bought", "energy_bought", "money", true],
  ["energy sold", "energy_sold", "less", true],
  ["capacity charge", "capacity", "money", true],
  ["standing charge", "standing", "money", true],
  ["local trades", "local", "money", true],
  ["Fuel", "fuel", "money", false, "what cogeneration and its boiler burn"],
  ["Wear", "wear", "money", false, "what charging and discharging takes from batteries"],
  ["Discomfort", "discomfort", "money", false, "waiting, kelvins outside the wished band and heat not served, at the prices that the homes gave them"],
  ["Gain in stored energy", "stored_value", "less", false, "the worth of what stores hold at the end beyond what they held at the beginning"],
  ["Paid by the network operator", "dso_payment", "less", false, "what the network operator pays homes for their orders, out of the cost"],
  ["Import", "import_kwh", "kWh", false, "energy that comes in through the homes’ meters, a neighbour’s counted in"],
  ["Export", "export_kwh", "kWh", false, "energy that goes out through the homes’ meters, to a neighbour’s counted in"],
  ["Traded in the community", "local_trade_kwh", "kWh", false, "energy that homes sell to one another; it passes two meters, and stands in import and export too"],
  ["Generation", "generation_kwh", "kWh", false, "sun, wind and cogeneration in the homes"],
  ["Consumption", "consumption_kwh", "kWh", false, "import less export plus generation: use, and what stores gain or lose"],
  ["Self-consumption, homes", "self_consumption", "share", false, "local generation used inside the home over local generation, summed over homes"],
  ["Self-consumption, community", "self_consumption_community", "share", false, "the same with the community as the boundary: a neighbour’s use counts"],
  ["Self-sufficiency, homes", "self_sufficiency", "share", false, "local generation used inside the home over consumption, summed over homes"],
  ["Self-sufficiency, community", "self_sufficiency_community", "share", false, "the same with the community as the boundary"],
  ["Peak import", "peak_import_kw", "kW", false, "highest mean power of a step that the homes together draw"],
  ["Peak export", "peak_export_kw", "kW", false, "highest mean power of a step that the homes together feed in"],
  ["Losses in cables", "cable_losses_kwh", "kWh", false, "energy that becomes heat in the network’s cables, by the three-phase power flow"],
  ["Losses in the transformer", "transformer_losses_kwh", "kWh", false, "the same in its transformer, without load too"],
  ["Transformer, highest", "transformer_loading_max", "share", false, "current of its most loaded phase over the rated one"],
  ["Cables, highest", "cable_loading_max", "share", false, "current of the most loaded phase of any cable over the rated one"],
  ["Lowest voltage", "voltage_min_pu", "pu", false, "at a customer, as a fraction of 230 V, mean over a step"],
  ["Highest voltage", "voltage_max_pu", "pu", false, "the same"],
  ["Unbalance, highest", "voltage_unbalance_max", "share", false, "negative over positive sequence of the voltages at a customer"],
  ["Customers outside limits", "customers_outside_limits", "count", false, "customers whose voltage is outside for more of a day than the limits allow"],
  ["Broken limits", "limit_violations", "count", false, "elements, phases and steps beyond their limit: voltages, cables, the transformer"],
];

function showFigures() {
  const rows = [];
  for (const [name, key, kind, part, meaning] of FIGURES) {
    const values = cases.map((use) => data.figures[use][key] ?? null);
    if (values.every((value) => value === null || Math.abs(value) < 5e-5)) continue;
    const label = make("span", ["kWh", "kW", "pu"].includes(kind) ? `${name} (${kind})` : name);
    if (meaning) label.title = meaning;
    const cells = [label, ...caseCells(values, (value) => figure(value, kind))];
    if (compared) {
      const [first, second] = [before, after].map((use) => data.figures[use][key] ?? null);
      const change = first === null || second === null ? null : second - first;
      cells.push(n(kind === "share" && change !== null ? quantity(100 * change, "", 1, true) : figure(change, kind, true), kind === "share" ? "percentage points" : ""));
    }
    rows.push({ cells, kind: part ? "part" : key === "cost" ? "sum" : "" });
  }
  const head = [oneDay ? "" : `All ${data.days} days`, ...caseHeads()];
  put("table-figures", table(head, rows), make("p.small", "Lines that are zero throughout are left out; what each figure means stands at the end."));
}

function figure(value, kind, plus = false) {
  if (value === null) return "–";
  if (kind === "money") return amount(value, plus);
  if (kind === "less") return amount(-value, plus);
  if (kind === "share") return share(value);
  if (kind === "pu") return quantity(value, "", 3, plus);
  if (kind === "count") return quantity(value, "", 0, plus);
  return quantity(value, "", Math.abs(value) >= 1000 ? 0 : 1, plus);
}
