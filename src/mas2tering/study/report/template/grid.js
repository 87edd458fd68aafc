// The network: voltages along its feeders, loading, what its limits cost, and what its operator pays to whom.

const { grid } = data;
const congestion = grid ? grid.congestion : null;
const PHASE_MARKS = { A: ["#0072b2", "circle"], B: ["#d55e00", "square"], C: ["#009e73", "diamond"] };
const PHASE_SHAPES = { A: "M7 2a5 5 0 1 0 .01 0Z", B: "M2.5 2.5h9v9h-9Z", C: "M7 1l6 6l-6 6l-6-6Z" };
const LIMIT = { color: "#a84300", dash: "dash", width: 1.6 };
const DEAREST = { color: "#0072b2", dash: "solid", width: 2.2 }, CHEAPEST = { color: "#e69f00", dash: "dash", width: 2 };
const MICRO = 1000000;

function showGrid() {
  if (!grid) {
    for (const id of ["grid", "to-grid"]) document.getElementById(id).remove();
    return;
  }
  put("grid-sentences", ...(congestion ? congestion.sentences.map((sentence) => make("p", sentence)) : []));
  showBroken();
  showVoltages();
  showLoading();
  if (congestion) {
    put("cost-extra", ", and less what the network operator pays");
    showLimitPrice();
    showDsoRounds();
    showOrders();
    showShed();
  } else for (const id of ["limit-price", "dso-rounds", "orders", "shed"]) document.getElementById(id).remove();
}

function showBroken() {
  const shown = cases.filter((use) => Object.values(grid.broken).some((many) => use in many));
  const kinds = Object.keys(grid.broken);
  if (!kinds.length) {
    put("table-broken", make("p.note", "No plans of any use case break a limit."));
    return;
  }
  const rows = kinds.map((kind) => ({ cells: [kind, ...shown.map((use) => n(quantity(grid.broken[kind][use], "", 0)))] }));
  const sum = (use) => kinds.reduce((total, kind) => total + grid.broken[kind][use], 0);
  rows.push({ cells: ["Together", ...shown.map((use) => n(quantity(sum(use), "", 0)))], kind: "sum" });
  put("table-broken", table(["Broken limits", ...shown.map((use) => n(data.short_names[use], data.names[use]))], rows, "table"));
}

const pairOfCases = [...new Set(grid ? grid.cases : [])];
let feeders = [];
let stepShown = 0;
let dayShown = grid ? grid.voltage_days[grid.shown] : null;

// Each customer of a feeder at its distance: before hollow, after filled, and how far it moved.
function showVoltages() {
  feeders = grid.feeders.map((feeder) => ({ ...feeder, series: pairOfCases.map((use) => feeder.voltage[use].map((text) => unpack(text).map((value) => value / 10000))) }));
  const all = feeders.flatMap(({ series }) => series.flat(2));
  const low = all.reduce((a, b) => Math.min(a, b), grid.low_pu), high = all.reduce((a, b) => Math.max(a, b), grid.high_pu);
  const range = [low - 0.02 * (high - low) - 0.002, high + 0.02 * (high - low) + 0.002];
  const phases = ["A", "B", "C"].filter((phase) => feeders.some((feeder) => feeder.phases.includes(phase)));
  put("legend-voltage", ...phases.map((phase) => phaseKey(phase, true, `phase ${phase}${pairOfCases.length > 1 ? `, ${data.names[pairOfCases[1]].toLowerCase()}` : ""}`)),
    ...(pairOfCases.length > 1 ? [phaseKey(phases[0], false, `hollow: ${data.names[pairOfCases[0]].toLowerCase()}`)] : []),
    lineKey(`limits: ${grid.low_pu} and ${grid.high_pu} pu`, LIMIT));
  put("caption-voltage", `One mark for each phase of each customer. Limits: ${grid.limits}. Means over the step stand for the norm’s means over ten minutes.${grid.voltage_days.length < data.days ? ` The ${grid.voltage_days.length} days with most broken limits can be chosen.` : ""}`);
  const longest = Math.max(...feeders.flatMap(({ metres }) => metres));
  const slider = document.getElementById("voltage-step");
  const holders = feeders.map(() => make("div.chart.low"));
  put("charts-voltage", ...feeders.map((feeder, k) => make("div", make("h4", `Feeder ${feeder.name}`, make("span.note", ` ${new Set(feeder.customers).size} customers`)), holders[k])));
  feeders.forEach((feeder, k) => draw(holders[k], () => voltagePicture(feeder, range, longest), `Voltages along feeder ${feeder.name}: ${grid.readings.voltage}`));
  const show = (step) => {
    const within = Math.max(0, Math.min(dayShown.steps - 1, step));
    stepShown = dayShown.offset + within;
    slider.value = String(within);
    const label = data.axis.labels[dayShown.first_step + within];
    slider.setAttribute("aria-valuetext", label);
    put("voltage-time", label);
    holders.forEach((holder) => again(holder));
  };
  const choose = (day) => {
    dayShown = day;
    slider.max = String(day.steps - 1);
    put("reading-voltage", day.reading);
    show(day.worst_step);
  };
  slider.addEventListener("input", () => show(Number(slider.value)));
  document.getElementById("voltage-back").addEventListener("click", () => show(Number(slider.value) - 1));
  document.getElementById("voltage-on").addEventListener("click", () => show(Number(slider.value) + 1));
  document.getElementById("voltage-worst").addEventListener("click", () => show(dayShown.worst_step));
  chooseDays(choose);
  choose(dayShown);
}

// Which day's voltages are shown; the one with most broken limits to begin with.
function chooseDays(choose) {
  if (grid.voltage_days.length < 2) {
    document.getElementById("voltage-days").remove();
    return;
  }
  const select = document.getElementById("voltage-day");
  grid.voltage_days.forEach((day, k) => {
    const [before, after] = day.broken;
    const broken = before === after ? before : `${before} → ${after}`;
    const option = make("option", `${data.axis.days[day.number]}: ${broken} broken`);
    option.value = String(k);
    select.append(option);
  });
  select.value = String(grid.shown);
  select.addEventListener("change", () => choose(grid.voltage_days[Number(select.value)]));
}

// Draw a chart anew that has been drawn before.
function again(element) {
  const chart = charts.get(element);
  if (!chart || !chart.width) return;
  const { width } = chart;
  chart.width = 0;
  paint(element, width);
}

function voltagePicture(feeder, range, longest) {
  const named = feeder.homes.map((home, k) => chartText(shortened(home < 0 ? feeder.customers[k] : data.homes[home].id)));
  const moved = { type: "scatter", mode: "lines", x: [], y: [], line: { color: "#9aa5ae", width: 1 }, hoverinfo: "skip" };
  const traces = [];
  if (pairOfCases.length > 1) {
    feeder.metres.forEach((metres, k) => { moved.x.push(metres, metres, null); moved.y.push(feeder.series[0][k][stepShown], feeder.series[1][k][stepShown], null); });
    traces.push(moved);
  }
  pairOfCases.forEach((use, c) => {
    const isLast = c === pairOfCases.length - 1;
    for (const [phase, [color, symbol]] of Object.entries(PHASE_MARKS)) {
      const own = feeder.phases.map((_, k) => k).filter((k) => feeder.phases[k] === phase);
      if (own.length) traces.push({
        type: "scatter", mode: "markers", x: own.map((k) => feeder.metres[k]), y: own.map((k) => feeder.series[c][k][stepShown]),
        text: own.map((k) => `${named[k]}, phase ${phase}<br>${chartText(data.names[use])}: ${digits(feeder.series[c][k][stepShown], 3)} pu<br>${quantity(feeder.metres[k], "m", 0)} from the substation`),
        hovertemplate: "%{text}<extra></extra>", marker: { symbol: isLast ? symbol : `${symbol}-open`, size: isLast ? 8 : 7, color, line: { width: isLast ? 0 : 1.4, color } },
      });
    }
  });
  const edge = (y) => ({ type: "line", xref: "paper", x0: 0, x1: 1, y0: y, y1: y, line: { color: LIMIT.color, dash: LIMIT.dash, width: LIMIT.width } });
  const beyond = (y0, y1) => ({ type: "rect", xref: "paper", x0: 0, x1: 1, y0, y1, fillcolor: "rgba(213,94,0,0.08)", line: { width: 0 }, layer: "below" });
  return [traces, layout({
    xaxis: { fixedrange: true, range: [0, longest * 1.04], gridcolor: "#eef1f3", zeroline: false, nticks: 5, ticksuffix: `${GAP}m`, tickfont: { size: 12 } },
    yaxis: { ...valueAxis({ range, nticks: 6 }), zeroline: false, tickformat: ".2f" },
    shapes: [edge(grid.low_pu), edge(grid.high_pu), beyond(range[0], grid.low_pu), beyond(grid.high_pu, range[1])],
    hovermode: "closest", dragmode: false, annotations: [unit("pu of 230 V")],
  })];
}

function phaseKey(phase, filled, name) {
  const [color] = PHASE_MARKS[phase];
  return make("span.key", svg("svg", { width: 14, height: 14, "aria-hidden": "true" }, svg("path", { d: PHASE_SHAPES[phase], fill: filled ? color : "#fff", stroke: color, "stroke-width": 1.4 })), name);
}

function showLoading() {
  const shown = cases.filter((use) => grid.loading[use]);
  if (!shown.length) {
    document.getElementById("loading").remove();
    return;
  }
  put("reading-loading", grid.readings.loading);
  const rated = { color: LIMIT.color, dash: "dash", width: 1.8 };
  put("legend-loading", ...shown.map((use) => lineKey(data.names[use], CASES[use])), lineKey(`rating: ${quantity(grid.rating_kva, "kVA", 0)}`, rated));
  draw(document.getElementById("chart-loading"), (width) => [
    [...shown.map((use) => line(scaled(grid.loading[use], 10), data.names[use], CASES[use], "%", { hovertemplate: `%{y:.0f}${GAP}%` })),
      line(new Array(steps).fill(100), "rating", rated, "", { hoverinfo: "skip", hovertemplate: null })],
    layout({ xaxis: timeAxis(width), yaxis: valueAxis({ rangemode: "tozero" }), annotations: [unit("% of the rated current, worst phase")] }),
  ], grid.readings.loading);
}

function showLimitPrice() {
  const [least, most] = [scaled(congestion.least, MICRO), scaled(congestion.most, MICRO)];
  const size = Math.max(...most.map(Math.abs), ...least.map(Math.abs));
  if (size < 1e-5) {
    document.getElementById("limit-price").remove();
    return;
  }
  const perKwh = `${chartText(data.symbol.trim())}/kWh`;
  const decimals = size < 0.001 ? 6 : size < 0.1 ? 4 : 3;
  put("legend-limit-price", lineKey("for the home that pays most for the limits", DEAREST), lineKey("for the one that pays least", CHEAPEST));
  draw(document.getElementById("chart-limit-price"), (width) => {
    const shown = { hovertemplate: `%{y:.${decimals}f}${GAP}${perKwh}` };
    return [[line(least, "pays least", CHEAPEST, "", shown), line(most, "pays most", DEAREST, "", shown)],
      layout({ xaxis: timeAxis(width), yaxis: valueAxis({ rangemode: "tozero", tickformat: `.${decimals}~f` }), annotations: [unit(`${perKwh}, on top of the local price`)] })];
  }, "What the limits add to the price of a kWh, by step");
}

function showDsoRounds() {
  const { broken, rows } = congestion;
  if (broken.length < 2) {
    document.getElementById("dso-rounds").remove();
    return;
  }
  const names = broken.map((_, k) => (k === 0 ? "before" : broken.length > 8 ? String(k) : `round ${k}`));
  put("reading-dso-rounds", `Each round states limits as rows on sums of the homes’ loads (${rows.map((many) => quantity(many, "", 0)).join(", ")}), lets the homes agree again, and puts their plans through the power flow.${oneDay ? "" : ` Shown is ${data.axis.days[grid.voltage_days[grid.shown].number]}, the day with most broken limits.`}`);
  draw(document.getElementById("chart-dso-rounds"), () => [
    [{ type: "bar", x: names, y: broken, text: broken.map((many) => quantity(many, "", 0)), textposition: "outside", cliponaxis: false, marker: { color: broken.map((_, k) => (k === broken.length - 1 ? CASES[3].color : "#8f98a1")) }, hovertemplate: "%{x}: %{y} limits broken<extra></extra>" }],
    layout({ xaxis: { type: "category", fixedrange: true, tickfont: { size: 12 }, automargin: true }, yaxis: valueAxis({ range: [0, 1.18 * Math.max(...broken, 1)] }), bargap: 0.35, hovermode: "closest", dragmode: false, annotations: [unit("limits broken in the full power flow")] }),
  ], `Limits broken after each round: ${broken.join(", ")}`);
}

function showOrders() {
  const { orders } = congestion;
  put("reading-orders", grid.readings.orders);
  if (!orders.length) return;
  const rows = orders.map((order) => ({
    cells: [homeLink(data.homes[order.home]), n(quantity(order.reduced_kwh, "", 1)), n(quantity(order.increased_kwh, "", 1)), { ...n(amount(order.bound)), kind: "spare" }, { ...n(amount(order.ordered)), kind: "spare" },
      n(order.loss < 0.005 ? "–" : amount(order.loss)), n(make(order.paid ? "strong" : "span.note", amount(order.paid)))],
  }));
  rows.push({ cells: ["Together", n(quantity(orders.reduce((sum, own) => sum + own.reduced_kwh, 0), "", 1)), n(quantity(orders.reduce((sum, own) => sum + own.increased_kwh, 0), "", 1)), { ...n(""), kind: "spare" }, { ...n(""), kind: "spare" },
    n(amount(orders.reduce((sum, own) => sum + own.loss, 0))), n(amount(orders.reduce((sum, own) => sum + own.paid, 0)))], kind: "sum" });
  const made = table(["Home", n("kWh less"), n("kWh more"), { ...n("Its plan costs"), kind: "spare" }, { ...n("With the order"), kind: "spare" }, n("Loss"), n("Paid")], rows);
  made.querySelectorAll("tbody tr").forEach((row, k) => { if (orders[k] && orders[k].why.length) row.title = orders[k].why.join(" "); });
  put("table-orders", made).classList.toggle("high", orders.length > 12);
  const most = orders[0].why.length && orders[0].paid ? `${data.homes[orders[0].home].id}: “${orders[0].why.join(" ")}” ` : "";
  put("caption-orders", `${most}Costs are those at the home’s own supplier, without local trades; a loss is what the order makes the day dearer than the plan to which the home was bound. ${congestion.verdicts.join(" ")}`);
}

function showShed() {
  if (!congestion.shed.length) {
    document.getElementById("shed").remove();
    return;
  }
  const tiers = { generation: "generation curtailed", load: "left to another day", comfort: "comfort given up" };
  const rows = congestion.shed.map(([home, device, tier, kwh]) => ({ cells: [home, device, tiers[tier], n(quantity(kwh, "", 1))] }));
  put("table-shed", table(["Home", "Device", "What", n("kWh at the meter")], rows, "table"));
}
