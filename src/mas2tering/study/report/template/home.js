// One home: its day before and after, what its stores held, which device moved where and what that saved.

let chosen = -1;

const hashOf = (home) => `#home=${encodeURIComponent(home.id)}`;

function openHome(index) {
  const target = hashOf(data.homes[index]);
  if (location.hash === target) showHomeOfHash();
  else location.hash = target;
}

// The home that the address names; the one that saves most where it names none.
function showHomeOfHash() {
  const named = location.hash.startsWith("#home=");
  let index = -1;
  if (named) {
    try {
      const id = decodeURIComponent(location.hash.slice(6));
      index = data.homes.findIndex((home) => home.id === id);
    } catch { index = -1; }
  }
  if (index < 0 && chosen >= 0) return;
  if (index < 0) index = data.homes.reduce((best, home, k) => (home.saving > data.homes[best].saving ? k : best), 0);
  showHome(index);
  if (named) document.getElementById("one-home").scrollIntoView();
}

function fillChooser() {
  const select = put("choose", ...data.homes.map((home, k) => {
    const option = make("option", shortened(home.id, 60));
    option.value = String(k);
    return option;
  }));
  select.addEventListener("change", () => openHome(Number(select.value)));
  const move = (by) => () => openHome((chosen + by + data.homes.length) % data.homes.length);
  document.getElementById("previous").addEventListener("click", move(-1));
  document.getElementById("next").addEventListener("click", move(1));
}

function showHome(index) {
  chosen = index;
  const home = data.homes[index];
  document.getElementById("choose").value = String(index);
  put("home-title", `One home: ${shortened(home.id, 60)}`);
  const fills = deviceFills(home);
  put("home", homeHead(home), ...moves(home), ...loadCharts(home, fills), sourceTable(home, fills), ...storeCharts(home), ...statement(home), costTable(home), ...remarks(home));
  document.querySelectorAll("#table-homes tbody tr").forEach((row) => row.classList.toggle("chosen", row.querySelector("a").getAttribute("href") === hashOf(home)));
}

function homeHead(home) {
  return make("div.home-head", compared ? make("p.lead", home.reading) : null, make("p", chips(home.owns)),
    make("p.small", `Tariff ${home.tariff}. The plan: ${home.proof}.`),
    ...home.clashes.map((clash) => make("p", make("span.wish", "Relaxed: "), clashText(clash))));
}

// A colour and pattern for each device; a second device of a kind gets another pattern.
function deviceFills(home) {
  const seen = {};
  return home.devices.map((device) => {
    const [color, pattern] = FILLS[device.kind === "micro_chp" || device.kind === "pv" || device.kind === "wind" ? device.source : device.use];
    const many = (seen[device.kind] = (seen[device.kind] ?? -1) + 1);
    return many ? [color, PATTERNS[(PATTERNS.indexOf(pattern) + many) % PATTERNS.length]] : [color, pattern];
  });
}

const powerOf = (device, use) => unpack(use === before ? device.before : device.after ?? device.before);
const netOf = (powers) => data.axis.labels.slice(1).map((_, k) => powers.reduce((sum, values) => sum + values[k], 0));

function loadCharts(home, fills) {
  const shown = [...new Set([before, after])];
  const powers = shown.map((use) => home.devices.map((device) => powerOf(device, use)));
  const nets = powers.map(netOf);
  const extent = stackExtent(powers);
  const tariff = data.tariffs.find(({ id }) => id === home.tariff);
  const holders = shown.map(() => make("div.chart.tall"));
  const busy = home.devices.map((_, k) => powers.some((series) => series[k].some(Boolean)));
  const legend = make("div.legend", ...home.devices.map((device, k) => (busy[k] ? fillKey(device.name, fills[k]) : null)),
    lineKey("net load", NET), lineKey("import price", PRICES.bought), lineKey("export price", PRICES.sold), data.traded ? lineKey("local price", LOCAL_PRICE) : "");
  shown.forEach((use, i) => draw(holders[i], (width) => {
    const traces = home.devices.flatMap((device, k) => (busy[k] ? stacked(powers[i][k], device.name, fills[k]) : []));
    traces.push(line(scaled(nets[i]), "net load", NET, "kW"));
    traces.push(...priceTraces(tariff.import_price, tariff.export_price, null, use === after && data.traded ? data.traded.price : null));
    return [traces, loadAndPrices(width, { range: extent })];
  }, `${data.names[use]}: load of ${home.id} by device`));
  return [make("figure", make("h3", "Its day, by device"), legend,
    make("div.pair", ...shown.map((use, i) => make("div", make("h4", data.names[use]), holders[i]))),
    make("figcaption", "Above zero is use, below zero is generation and what batteries give. Net load above zero is bought, below zero is sold."))];
}

const NET = { color: "#000000", dash: "solid", width: 1.8 };

// Use is stacked upwards, generation downwards.
function stacked(values, name, fill) {
  const parts = [[values.map((value) => Math.max(0, value)), "up"], [values.map((value) => Math.min(0, value)), "down"]];
  return parts.filter(([part]) => part.some(Boolean)).map(([part, stack]) => area(scaled(part), name, fill, stack));
}

function stackExtent(powers) {
  let [low, high] = [0, 0];
  for (const series of powers) {
    for (let k = 0; k < steps; k += 1) {
      let [up, down] = [0, 0];
      for (const values of series) { if (values[k] > 0) up += values[k]; else down += values[k]; }
      [low, high] = [Math.min(low, down), Math.max(high, up)];
    }
  }
  const margin = 0.06 * (high - low || 100);
  return [low < 0 ? (low - margin) / 100 : 0, (high + margin) / 100];
}

// Where the home's energy came from: what its devices gave, and what it drew from the grid.
function sourceTable(home, fills) {
  const shown = [...new Set([before, after])];
  const energy = (values) => (values.reduce((sum, value) => sum + Math.max(0, value), 0) * data.axis.step_hours) / 100;
  const givers = home.devices.map((device, k) => ({ key: fillKey(device.name, fills[k]), values: shown.map((use) => energy(powerOf(device, use).map((value) => -value))) }));
  const nets = shown.map((use) => netOf(home.devices.map((device) => powerOf(device, use))));
  // What is traded with neighbours passes the meter too; it is known where homes trade.
  const k = data.homes.indexOf(home);
  const traded = (values) => shown.map((use) => (use === after ? values[k] : 0));
  const [bought, sold] = data.traded ? [traded(data.traded.bought_kwh), traded(data.traded.sold_kwh)] : [[0, 0], [0, 0]];
  const drawn = nets.map(energy).map((value, i) => Math.max(0, value - bought[i]));
  const rows = [...givers, { key: fillKey("neighbours", FILLS.neighbours), values: bought }, { key: fillKey("grid", FILLS.grid), values: drawn }].filter(({ values }) => values.some((value) => value >= 0.05));
  const fed = nets.map((net, i) => Math.max(0, energy(net.map((value) => -value)) - sold[i]));
  const line = (name, values, kind = "") => ({ cells: [name, ...values.map((value) => n(quantity(value, "", 1))), ...(compared ? [n(quantity(values[1] - values[0], "", 1, true))] : [])], kind });
  const sums = shown.map((_, k) => rows.reduce((sum, { values }) => sum + values[k], 0));
  const body = [...rows.map(({ key, values }) => line(key, values)), line("Together", sums, "sum")];
  if (sold.some((value) => value > 0.005)) body.push(line("of which sold to neighbours", sold, "part"));
  if (fed.some((value) => value > 0.005)) body.push(line("of which fed into the grid", fed, "part"));
  const heads = shown.map((use) => n(data.short_names[use], data.names[use]));
  return make("div", make("h3", "Where its energy came from"), make("div.scroll", table([oneDay ? "kWh" : `kWh${overDays}`, ...heads, ...(compared ? [n("change")] : [])], body, "table")));
}

function storeCharts(home) {
  const stores = home.devices.filter((device) => device.content);
  if (!stores.length) return [];
  const shown = [...new Set([before, after])];
  const holders = stores.map(() => make("div.chart.low"));
  stores.forEach((device, k) => draw(holders[k], (width) => {
    // Content is known at the end of each step.
    const traces = shown.map((use) => {
      const values = scaled(use === before ? device.content_before : device.content_after);
      return { ...line(values, data.names[use], CASES[use], "kWh"), x: places.slice(1), y: values, connectgaps: false };
    });
    for (const trace of traces) trace.line = { ...trace.line, shape: "linear" };
    return [traces, layout({ xaxis: timeAxis(width), yaxis: valueAxis({ rangemode: "tozero" }), annotations: [unit("kWh")] })];
  }, `${device.id}: ${device.content}`));
  return [make("figure", make("h3", "What its stores held"),
    make("div.legend", ...shown.map((use) => lineKey(data.names[use], CASES[use]))),
    make("div.pair", ...stores.map((device, k) => make("div", make("h4", `${capital(device.name)}: ${device.content}`), holders[k]))))];
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function moves(home) {
  if (!compared) return [];
  const listed = home.devices.filter((device) => device.moves.length);
  const heading = make("h3", "What moved where, and what it saved");
  if (!listed.length) return [heading, make("p.note", "This home has nothing that could run at another time.")];
  const rows = listed.map((device) => ({ cells: [
    make("span", capital(device.name), device.never ? make("span.note", " (never touched)") : ""), dayByDay(device),
    n(device.changed ? quantity(device.moved_kwh, "", 1) : "–"), n(device.changed ? savingText(device.saves) : "–")] }));
  const others = home.devices.filter((device) => !device.moves.length && Math.abs(device.saves) >= 0.005);
  for (const device of others) rows.push({ cells: [capital(device.name), "", n("–"), n(savingText(device.saves))] });
  for (const [name, value] of Object.entries(home.rest)) rows.push({ cells: [name, make("span.note", "of the home as a whole"), n("–"), n(savingText(value))] });
  rows.push({ cells: ["Saved in all", "", "", n(savingText(home.saving))], kind: "sum" });
  const why = make("p.small", `A device’s saving is its share of the joint saving: what it moved, at the mean price of the home’s change in each step, less its own fuel, wear and discomfort, plus what it has stored${market ? "; first planned alone at its own tariff, then for its neighbours at local prices" : ""}. It is not what the device would save alone. All lines sum to the saving.`);
  return [heading, make("div.scroll", table(["Device", `${data.names[before]} → ${data.names[after].toLowerCase()}`, n("Moved, kWh"), n("Saves")], rows)), why];
}

function dayByDay(device) {
  const lines = device.moves.map((move) => make("div", move.day ? make("span.note", `${move.day} `) : "",
    ...(move.before === move.after ? [move.after] : [make("span.note", move.before), " → ", make("strong", move.after)])));
  return make("div", ...lines, device.moves.length < data.days ? make("div.note", `and ${data.days - device.moves.length} more days`) : "",
    Math.abs(device.more_kwh) >= 0.2 ? make("div.note", `${quantity(Math.abs(device.more_kwh), "kWh", 1)} ${device.more_kwh > 0 ? "more" : "less"} in all`) : "");
}

function costTable(home) {
  const rows = [];
  const parts = (key) => cases.map((use) => (key === "cost" ? home.cost[use] : key === "bill" ? billOf(home.parts[use]) : home.parts[use][key] ?? 0));
  for (const [name, key, kind, part] of FIGURES.slice(0, 12)) {
    const values = parts(key);
    if (values.every((value) => Math.abs(value) < 5e-5)) continue;
    const change = values[cases.indexOf(after)] - values[cases.indexOf(before)];
    rows.push({ cells: [name, ...caseCells(values, (value) => figure(value, kind)), ...(compared ? [n(figure(change, kind, true))] : [])], kind: part ? "part" : key === "cost" ? "sum" : "" });
  }
  for (const [name, key, unitText] of [["Import", "import_kwh", "kWh"], ["Export", "export_kwh", "kWh"], ["Highest import", "peak_kw", "kW"]]) {
    const values = cases.map((use) => Math.max(0, home[key][use]));
    const change = values[cases.indexOf(after)] - values[cases.indexOf(before)];
    rows.push({ cells: [`${name} (${unitText})`, ...caseCells(values, (value) => quantity(value, "", 1)), ...(compared ? [n(quantity(change, "", 1, true))] : [])] });
  }
  return make("div", make("h3", `What it costs${overDays}`), make("div.scroll", table(["", ...caseHeads()], rows, "table")));
}

const billOf = ({ energy_bought = 0, energy_sold = 0, capacity = 0, standing = 0, local = 0 }) => energy_bought - energy_sold + capacity + standing + local;

function remarks(home) {
  const notes = home.notes.map((note) => make("li", note));
  return [
    notes.length ? make("div", make("h3", "Notes"), make("ul.to-know-list", ...notes)) : null,
  ];
}

function clashText(clash) {
  return make("span", make("strong", clash.name), `: ${clash.reason}${clash.relaxed ? `; the plan ${clash.relaxed}` : ""}`);
}
