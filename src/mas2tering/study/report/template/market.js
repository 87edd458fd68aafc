// The local market: its price, who traded how much, how the price was agreed on, other ways to share, who learned what.

const { market } = data;
const FEW_TARIFFS = 3;
const BAND = ["#e3e8ec", ""], SOLD = ["#e69f00", ""], BOUGHT = ["#0072b2", "/"], TRADED = ["#7fbfae", ""];

function showMarket() {
  if (!market) {
    for (const id of ["market", "to-market", "rules", "worse-off"]) document.getElementById(id).remove();
    return;
  }
  put("worse-off", data.readings.worse_off);
  showPrice();
  showTraders();
  showGroups();
  showConvergence();
  showRules();
}

function showPrice() {
  put("reading-price", market.readings.price);
  if (market.readings.requests) put("reading-requests", market.readings.requests);
  else document.getElementById("reading-requests").remove();
  // Each tariff's own prices where they can be told apart; the limits of all of them everywhere.
  const dashes = ["dash", "dot", "longdash"];
  const shown = data.tariffs.length <= FEW_TARIFFS ? data.tariffs : [];
  const styles = shown.map((_, k) => ({ bought: { color: "#5c6770", dash: dashes[k], width: 1.5 }, sold: { color: "#b35900", dash: dashes[k], width: 1.5 } }));
  put("legend-price", lineKey("local price", LOCAL_PRICE), fillKey("from the lowest export to the highest import price", BAND),
    ...shown.flatMap((tariff, k) => [lineKey(`${tariff.id}: import`, styles[k].bought), lineKey(`${tariff.id}: export`, styles[k].sold)]), fillKey("traded", TRADED));
  draw(document.getElementById("chart-price"), (width) => {
    const perKwh = `${chartText(data.symbol.trim())}/kWh`;
    const price = { hovertemplate: `%{y:.3f}${GAP}${perKwh}` };
    const hidden = { hoverinfo: "skip", hovertemplate: null };
    const edge = { color: BAND[0], dash: "solid", width: 0 };
    const traces = [
      line(scaled(market.lowest, 10000), "lowest", edge, "", hidden),
      line(scaled(market.highest, 10000), "highest", edge, "", { ...hidden, fill: "tonexty", fillcolor: BAND[0] }),
      ...shown.flatMap((tariff, k) => [
        line(scaled(tariff.import_price, 10000), `${tariff.id}: import`, styles[k].bought, "", price),
        line(scaled(tariff.export_price, 10000), `${tariff.id}: export`, styles[k].sold, "", price),
      ]),
      line(scaled(market.price, 10000), "local price", LOCAL_PRICE, "", price),
      { ...line(scaled(market.traded), "traded", { color: LOCAL_PRICE.color, dash: "solid", width: 1 }, "kW"), yaxis: "y2", fill: "tozeroy", fillcolor: TRADED[0] },
    ];
    return [traces, layout({
      xaxis: timeAxis(width, { anchor: "y2" }), yaxis: valueAxis({ domain: [0.42, 1], rangemode: "tozero" }),
      yaxis2: valueAxis({ domain: [0, 0.3], nticks: 4, rangemode: "tozero" }), annotations: [unit(perKwh), unit("kW traded", 0.3)],
    })];
  }, market.readings.price);
}

function showTraders() {
  put("reading-traders", market.readings.traders);
  put("legend-traders", fillKey("sold", SOLD), fillKey("bought", BOUGHT));
  const traded = (k) => market.sold_kwh[k] - market.bought_kwh[k];
  const order = data.homes.map((_, k) => k).sort((a, b) => traded(b) - traded(a));
  const element = document.getElementById("chart-traders");
  const bars = (name, values, fill, sign) => ({
    type: "bar", name, x: order.map((_, k) => k + 1), y: order.map((k) => sign * values[k]), customdata: order, textposition: "none",
    text: order.map((k) => `${chartText(shortened(data.homes[k].id))}<br>sold ${quantity(market.sold_kwh[k], "kWh", 1)}<br>bought ${quantity(market.bought_kwh[k], "kWh", 1)}<br>${chartText(data.homes[k].owns.join(", "))}`),
    hovertemplate: "%{text}<extra></extra>", marker: { color: fill[0], pattern: { shape: order.length > 60 ? "" : fill[1], bgcolor: fill[0], fgcolor: "#fff", size: 6 } },
  });
  draw(element, () => [[bars("sold", market.sold_kwh, SOLD, 1), bars("bought", market.bought_kwh, BOUGHT, -1)], layout({
    ...homesAxis(order, "homes, sellers first"), yaxis: valueAxis(), barmode: "relative", hovermode: "closest", dragmode: false,
    margin: { l: 46, r: 10, t: 22, b: 40 }, annotations: [unit("kWh sold (up), bought (down)")],
  })], market.readings.traders, () => element.on("plotly_click", (event) => openHome(event.points[0].customdata)));
  put("top-traders", topTraders("Most sold", market.sold_kwh, market.earned, SOLD), topTraders("Most bought", market.bought_kwh, market.paid, BOUGHT));
}

const TOP = 6;

function topTraders(title, energy, money, [color]) {
  const first = energy.map((value, k) => [value, k]).filter(([value]) => value >= 0.01).sort((a, b) => b[0] - a[0]).slice(0, TOP);
  if (!first.length) return make("div", make("h4", title), make("p.note", "Nobody."));
  const rows = first.map(([value, k]) => ({ cells: [homeLink(data.homes[k]), inlineBar(value / first[0][0], color), n(quantity(value, "", 1)), n(amount(money[k] / value, false, 3)), n(amount(money[k]))] }));
  return make("div", make("h4", title), make("div.scroll", table(["Home", "", n("kWh"), n("per kWh"), n(energy === market.sold_kwh ? "earned" : "paid")], rows)));
}

// A bar inside a table's cell, next to the number that it shows.
function inlineBar(part, color) {
  const bar = make("i");
  bar.style.width = `${100 * Math.max(0, Math.min(1, part))}%`;
  bar.style.background = color;
  const holder = make("span.inline-bar", bar);
  holder.setAttribute("aria-hidden", "true");
  return holder;
}

function showGroups() {
  const groups = market.groups;
  if (groups.length < 2) {
    document.getElementById("groups").remove();
    return;
  }
  put("reading-groups", market.readings.groups);
  const most = Math.max(...market.flows_kwh.flat(), 1e-9);
  const rows = groups.map((group, i) => ({ cells: [`${group.tariff} (${group.supplier}, ${group.homes})`, ...market.flows_kwh[i].map((value) => flowCell(value, most)), n(quantity(group.sold_kwh, "", 1))] }));
  rows.push({ cells: ["Bought", ...groups.map((group) => n(quantity(group.bought_kwh, "", 1))), n(quantity(market.traded_kwh, "", 1))], kind: "sum" });
  put("table-groups", table(["kWh from ↓ to →", ...groups.map(({ tariff }) => n(tariff)), n("Sold")], rows, "table.flows"));
}

// The more energy, the darker the cell; the number says the same.
function flowCell(value, most) {
  const cell = make("span.flow", quantity(value, "", 1));
  const part = value / most;
  cell.style.background = `rgba(0, 114, 178, ${(0.75 * part).toFixed(2)})`;
  if (part > 0.6) cell.style.color = "#fff";
  return n(cell);
}

function showConvergence() {
  const { bound, mixed, searches, gap, wanted } = market.convergence;
  put("reading-convergence", market.readings.convergence);
  const rounds = bound.map((_, k) => k + 1);
  const cost = { color: "#d55e00", dash: "solid", width: 2.2 }, low = { color: "#0072b2", dash: "dash", width: 2.2 };
  put("legend-convergence", lineKey("cost of the plans at hand", cost), lineKey("no plans cost less than this", low), fillKey("the gap that was wanted", ["#d9eee8", ""]));
  const drawn = searches.length - 1;
  const lines = drawn > 1 ? `From there on their starts are drawn, ${drawn} times (upright lines), and held; the best draw is taken. Lines there are` : "After it their starts are held, and both lines are";
  const held = drawn ? ` Up to the first upright line, appliances and machines may start in part, which nobody can. ${lines} those of what is left to plan around them.` : "";
  put("caption-convergence", `Zero is the bound that is proven in the end; the costs are judged every fifth round.${held}${oneDay ? "" : " The first day is shown."}`);
  const far = Math.max(6 * wanted, 3 * gap, 1e-4);
  draw(document.getElementById("chart-convergence"), () => {
    const shape = (values, style, name, markers) => ({
      type: "scatter", mode: markers ? "lines+markers" : "lines", x: rounds, y: values, name, connectgaps: true,
      line: { color: style.color, dash: style.dash, width: style.width }, marker: { size: 6, color: style.color }, hovertemplate: `%{y:.3f}${GAP}${chartText(data.symbol.trim())}`,
    });
    const apart = (values, keep) => values.map((value, k) => (keep(k) ? value : null));
    const within = searches.map((start, s) => (k) => k >= start && k < (searches[s + 1] ?? rounds.length));
    const parts = within.flatMap((keep) => [shape(apart(bound, keep), low, "bound", false), shape(apart(mixed, keep), cost, "cost", true)]);
    const band = { type: "rect", x0: 0.5, x1: rounds.length + 0.5, y0: 0, y1: wanted, fillcolor: "#d9eee8", line: { width: 0 }, layer: "below" };
    const uprights = searches.slice(1).map((start) => ({ type: "line", x0: start + 0.5, x1: start + 0.5, y0: 0, y1: 1, yref: "paper", line: { color: SOFT, width: 1, dash: "dot" } }));
    return [parts, layout({
      xaxis: { fixedrange: true, range: [0.5, rounds.length + 0.5], gridcolor: "#eef1f3", zeroline: false, title: { text: "rounds", standoff: 6, font: { size: 12, color: SOFT } } },
      yaxis: valueAxis({ range: [-far, far], tickformat: far < 0.1 ? ",.3f" : ",.2f" }), shapes: [band, ...uprights],
      margin: { l: 56, r: 12, t: 22, b: 40 }, dragmode: false, annotations: [unit(`${chartText(data.symbol.trim())} above the proven bound`)],
    })];
  }, market.readings.convergence);
}

function showRules() {
  put("reading-rules", market.readings.rules);
  const rows = market.rules.map((rule, k) => ({
    cells: [rule.name, n(quantity(rule.local_trade_kwh)),
      rule.share_of_gain === null ? "–" : inlineBar(rule.share_of_gain, LOCAL_PRICE.color), n(rule.share_of_gain === null ? "–" : quantity(100 * rule.share_of_gain, "%", 0)),
      n(make(`span${rule.worse_off ? ".bad" : ""}`, rule.worse_off ? String(rule.worse_off) : "none")), n(rule.worst_loss >= 0.001 ? amount(rule.worst_loss, false, rule.worst_loss < 0.005 ? 3 : 2) : "–")],
    kind: k ? "" : "own",
  }));
  put("table-rules", table(["", n("Traded, kWh"), "", n("Of the gain"), n("Homes worse off"), n("The most lost")], rows));
}

// A home's money as it would be sent to it.
function statement(home) {
  if (!market) return [];
  const { lines, paid, alone, gain, sentences, ordered } = market.statements[data.homes.indexOf(home)];
  const heading = make("h3", `Its statement${overDays}`);
  const text = make("div.statement", ...sentences.map((sentence) => make("p", sentence)));
  if (!lines.length) return [make("div", heading, text)];
  const rows = lines.map(([label, energy, money]) => ({ cells: [label, n(energy === null ? "" : quantity(energy, "", 1)), n(amount(money))] }));
  rows.push({ cells: ["To pay", "", n(amount(paid))], kind: "sum" });
  rows.push({ cells: ["Bill with planning alone", "", n(amount(alone))], kind: "part" });
  rows.push({ cells: [`Gained ${grid && grid.congestion ? "against planning alone" : "by trading"}, with fuel, wear, comfort and stored energy`, "", n(savingText(gain))], kind: "part" });
  return [make("div", heading, make("div.pair", text, make("div", make("div.scroll", table(["", n("kWh"), n("Amount")], rows, "table")), orderTable(ordered))))];
}

// What a home's order changes of what its day costs at its own supplier, part by part.
function orderTable(ordered) {
  if (!ordered.length) return null;
  const rows = ordered.map(([label, bound, order]) => ({ cells: [label, n(amount(bound)), n(amount(order)), n(amount(order - bound, true))] }));
  const sum = (place) => ordered.reduce((total, line) => total + line[place], 0);
  rows.push({ cells: ["Together", n(amount(sum(1))), n(amount(sum(2))), n(amount(sum(2) - sum(1), true))], kind: "sum" });
  return make("div", make("h4", "What its order costs at its own supplier"), make("div.scroll", table(["", n("Its plan"), n("Ordered"), n("Dearer by")], rows, "table")));
}

const LEARNERS = {
  "network operator": "The network’s operator (DSO)", "homes, of the network": "Homes, about the network", aggregator: "The community’s manager (aggregator)", "other homes": "Other homes", "box to aggregator": "From each home’s box to the manager",
  "settlement, of seals": "The settlement, by seals", "settlement, of openings": "The settlement, by opening them", "settlement, of meters": "The settlement, of lived days", "everybody, of the lot": "Everybody, of the lot" };

function learnedSection() {
  if (!market) return null;
  const parts = Object.entries({ ...market.learned, ...(congestion ? congestion.learned : {}), ...(data.season ? data.season.learned : {}) }).flatMap(([who, what]) => [make("dt", LEARNERS[who] ?? who), make("dd", `${capital(what)}.`)]);
  const made = section("What each party learned", make("dl", make("dt", "A home’s supplier"), make("dd", "The meter’s readings, as without the platform."), ...parts));
  made.id = "learned";
  return made;
}
