// What to know, and the order in which the page is built.

function section(title, ...content) {
  return make("div", make("h3", title), ...content);
}

// A note, and the first of the homes that it concerns.
function noteText([note, homes]) {
  const links = homes.slice(0, NAMED).flatMap((index) => [" ", homeLink(data.homes[index])]);
  const more = homes.length > NAMED ? ` and ${homes.length - NAMED} more homes` : "";
  return make("span", `${note}:`, ...links, more);
}

const NAMED = 4;

const list = (items) => make("ul.to-know-list", ...items.map((item) => make("li", item)));
const orNone = (items, none) => (items.length ? list(items) : make("p.note", none));

function clashList() {
  const clashes = data.homes.flatMap((home) => home.clashes.map((clash) => make("span", homeLink(home), ", ", clashText(clash))));
  return orNone(clashes, data.readings.relaxed);
}

function relaxedSection() {
  const made = section("What was relaxed", clashList());
  made.id = "relaxed";
  return made;
}

function methodText() {
  const words = { optimal: "proven best", within_gap: "proven to lie within the gap asked for", incumbent: "best found, not proven to the gap asked for", rule: "the simple rule’s plan", none: "as without the platform" };
  return Object.entries(data.methods).map(([method, many]) => `${many} ${words[method]}`).join(", ");
}

function certificateText() {
  if (data.traded) return data.readings.certainty;
  const { gap, gap_of_gain: ofGain } = data.certificate;
  const gain = ofGain === null ? "" : `, ${quantity(100 * ofGain, "%", 2)} of what there is to gain`;
  return `Homes by how good their plan is known to be: ${methodText()}. Together they cost at most ${gap < 1e-4 ? `0.01${GAP}%` : quantity(100 * gap, "%", 2)} more than the best plans would${gain}.`;
}

function tariffTable() {
  const perKwh = (values) => {
    const prices = unpack(values);
    const [low, high] = [Math.min(...prices), Math.max(...prices)].map((value) => amount(value / 10000, false, 3));
    return low === high ? low : `${low} – ${high}`;
  };
  const rows = data.tariffs.map((tariff) => ({ cells: [tariff.id, tariff.supplier, n(String(tariff.homes)), n(perKwh(tariff.import_price)), n(perKwh(tariff.export_price)), make("div.source", tariff.source || "–")] }));
  return make("div.scroll", table(["Tariff", "Supplier", n("Homes"), n("Import per kWh"), n("Export per kWh"), "Source"], rows));
}

function definitions() {
  const meanings = FIGURES.filter(([, , , , meaning]) => meaning).flatMap(([name, , , , meaning]) => [make("dt", name), make("dd", `${capital(meaning)}.`)]);
  return make("dl.columns",
    make("dt", "Without the platform"), make("dd", "Electric vehicles charge on arrival at full power, programmes start at the preferred time, heat follows a thermostat, batteries their inverter’s self-consumption rule. The same services are delivered as in the other cases."),
    make("dt", "Simple rule"), make("dd", "Self-consumption without foresight: it knows what is measured now and what is due when, but neither prices nor weather to come."),
    make("dt", "Planned (use case 1)"), make("dd", "Each home’s best plan for its own tariff. Homes do not trade with one another here, and the grid’s limits are not yet considered."),
    ...(market ? [make("dt", "Local market (use case 2)"), make("dd", "The homes’ boxes and the community’s manager agree on a local price for each step. A home buys from its neighbours what they sell cheaper than its supplier and sells to them what they pay better; a local kWh never costs or brings a home anything outside of what its own supplier asks and pays at that moment. Gains are shared so that nobody pays more than with planning alone.")] : []),
    ...(congestion ? [make("dt", "Within the grid (use case 3)"), make("dd", "The plans of the local market are put through a three-phase power flow. Where they break a limit, the network operator gives each limit a price, the homes agree again, until none is broken. It pays each home what the change costs at its own supplier; then the local market is settled again.")] : []),
    ...meanings,
    make("dt", "Moved energy"), make("dd", "Half the sum of a device’s differences between the two plans, so that a kWh that moves counts once."));
}

function showKnowledge() {
  put("know",
    relaxedSection(),
    compared ? section("How good the plans are", make("p", certificateText())) : null,
    learnedSection(),
    section("Notes on plans and data", orNone(data.notes.map(noteText), "None.")),
    section("Warnings of the run", orNone(data.warnings, "None.")),
    section("Tariffs", tariffTable()),
    section("Where the data is from", orNone(data.sources, "The community file names no sources.")),
    section("What the figures mean", definitions()));
  const times = Object.entries(data.seconds).map(([use, [wall, cpu]]) => `${data.names[use].toLowerCase()} ${quantity(wall, "s", 1)} (${quantity(cpu, "CPU-s", 1)})`);
  put("colophon", `Mas2tering ${data.version}. ${times.length ? `Planning took: ${times.join(", ")}. ` : ""}Power and money are means and sums over steps of ${60 * data.axis.step_hours} minutes; consumption and import count positive.`);
}

function start() {
  showHead();
  showNet();
  showBalance("sources", data.source_names, compared ? data.readings.sources : "");
  showBalance("uses", data.use_names, compared ? data.readings.uses : "");
  showFigures();
  showMarket();
  showGrid();
  showLived();
  showSeason();
  showSavings();
  showTable();
  fillChooser();
  showKnowledge();
  showHomeOfHash();
  document.getElementById("filter").addEventListener("input", showTable);
  window.addEventListener("hashchange", showHomeOfHash);
}

start();
