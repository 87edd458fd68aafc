// Colours are those of Okabe and Ito; a mark and a dash say the same without colour.
const { summary, groups } = page;
const BLUE = "#0072b2", ORANGE = "#d55e00", GREEN = "#00795a", INK = "#1b232b", SOFT = "#55616d";
const levels = summary.levels, released = summary.product === "released";
const el = (id) => document.getElementById(id);
const percent = (share) => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
const named = (level) => (level.k_asked === 1 ? "pseudonyms<br>alone" : `k = ${level.k_asked}`);
const chosen = (level) => (released ? level.k_asked === summary.group_size_asked : level.k_asked === 1);

el("kicker").textContent = released ? "Released data set" : "Service view";
el("headline").textContent = released
  ? `An attacker who knows a week of a home names its row with a chance of ${percent(summary.attack_top1)}; 1/k is ${percent(1 / summary.k_asked)}`
  : `Readings are as they are: who knows a week of a home finds it with a chance of ${percent(summary.attack_top1)}`;
el("facts").textContent = [`${summary.data}`, `${summary.homes} homes`, `${summary.days} days of ${summary.step_minutes} min`,
  `k = ${summary.k}`, `l = ${summary.l}`, released ? `${summary.groups} groups` : `${summary.epochs.length} epochs`].join(" · ");

const layout = (more) => ({
  font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: INK }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
  margin: { l: 52, r: 58, t: 66, b: 48 }, legend: { orientation: "h", x: 0, y: 1.03, yanchor: "bottom" }, hovermode: "x unified", ...more });
const config = { displayModeBar: false, responsive: true };
const line = (name, y, color, symbol, dash, more = {}) => ({ name, x: levels.map(named), y, mode: "lines+markers", line: { color, dash, width: 2.4 }, marker: { color, symbol, size: 9 }, ...more });

Plotly.newPlot("attack", [
  line("five guesses", levels.map((l) => 100 * l.attack_top5), ORANGE, "square", "dash"),
  line("one guess", levels.map((l) => 100 * l.attack_top1), BLUE, "circle", "solid"),
  line("one guess, week not published", levels.map((l) => 100 * l.attack_top1_week_outside), GREEN, "diamond", "dashdot"),
  { name: "1/k", x: levels.map(named), y: levels.map((l) => 100 / l.k_asked), mode: "markers", marker: { symbol: "line-ew", size: 30, line: { width: 2, color: INK } } },
], layout({ yaxis: { title: { text: "% of homes" }, range: [0, 104], gridcolor: "#e6eaed" }, xaxis: { type: "category" }, margin: { l: 52, r: 12, t: 66, b: 48 } }), config);

const skill = levels.every((l) => l.forecast_skill_lost !== undefined);
Plotly.newPlot("loss", [
  line("typical day (kW, left)", levels.map((l) => l.profile_rmse_kw), BLUE, "circle", "solid"),
  ...(skill ? [line("forecast error (nCRPS, right)", levels.map((l) => l.ncrps), ORANGE, "square", "dash", { yaxis: "y2" })] : []),
], layout({ yaxis: { title: { text: "kW" }, rangemode: "tozero", tickformat: ".2f", gridcolor: "#e6eaed" }, xaxis: { type: "category" },
  yaxis2: { title: { text: "nCRPS" }, overlaying: "y", side: "right", rangemode: "tozero", tickformat: ".2f", showgrid: false } }), config);

function table(id, head, rows, marked = []) {
  const made = document.createElement("table"), first = made.createTHead().insertRow(), body = made.createTBody();
  for (const text of head) { const cell = document.createElement("th"); cell.textContent = text; first.append(cell); }
  rows.forEach((row, at) => {
    const line = body.insertRow();
    if (marked[at]) line.className = "chosen";
    for (const text of row) line.insertCell().textContent = text;
  });
  el(id).append(made);
}
table("levels", ["level", "groups", "k, l reached", "one guess", "five guesses", "one guess, week not published", "typical day, kW", "nCRPS", "forecast skill lost"],
  levels.map((l) => [named(l).replace("<br>", " "), l.groups, `${l.k}, ${l.l}`, percent(l.attack_top1), percent(l.attack_top5), percent(l.attack_top1_week_outside),
    l.profile_rmse_kw.toFixed(3), l.ncrps === undefined ? "–" : l.ncrps.toFixed(3), l.forecast_skill_lost === undefined ? "–" : percent(l.forecast_skill_lost)]),
  levels.map(chosen));
const own = levels[0], at = levels.find(chosen);
el("reading").textContent = released
  ? `With pseudonyms alone ${percent(own.attack_top1)} of homes are found. In groups of ${at.k} or more it is ${percent(at.attack_top1)}, since within a group only lots can be drawn; in exchange the typical day of a home is told with an error of ${at.profile_rmse_kw.toFixed(3)} kW.`
  : `Pseudonyms hide names, not habits: ${percent(own.attack_top1)} of homes are found by a week that is among the readings, ${percent(own.attack_top1_week_outside)} by one that is not, whatever key made the pseudonym. Forecasts lose nothing. What groups would bring and cost stands beside it.`;

const kinds = { week_within: "week published", week_outside: "week not published" };
table("distances", ["attacker", "distance", "one guess", "five guesses"],
  Object.entries(kinds).flatMap(([kind, text]) => Object.entries(summary.attack[kind]?.by_distance ?? {}).map(([name, [one, five]]) => [text, name, percent(one), percent(five)])));

if (groups.length) {
  const steps = groups[0].kw[0].length, clock = [...Array(steps).keys()].map((k) => `${String(Math.floor((k * 24) / steps)).padStart(2, "0")}:${String(((k * 1440) / steps) % 60).padStart(2, "0")}`);
  const colors = [BLUE, ORANGE, GREEN, "#cc79a7", "#e69f00", "#56b4e9"], dashes = ["solid", "dash", "dot", "dashdot"];
  el("groups-reading").textContent = `The typical workday of each group${page.of > groups.length ? ` (the first ${groups.length} of ${page.of})` : ""}; the data set holds the mean load of every step of every day.`;
  Plotly.newPlot("groups", groups.map((group, k) => ({ name: `group ${k + 1}: ${group.homes} homes`, x: clock, y: group.kw[0], mode: "lines", line: { color: colors[k % 6], dash: dashes[Math.floor(k / 3) % 4], width: 2 } })),
    layout({ yaxis: { title: { text: "kW" }, rangemode: "tozero", gridcolor: "#e6eaed" }, xaxis: { type: "category", tickvals: clock.filter((text) => text.endsWith(":00") && Number(text.slice(0, 2)) % (innerWidth < 700 ? 6 : 3) === 0), tickangle: 0 }, hovermode: "closest", ...(innerWidth < 700 ? {} : { legend: { orientation: "v" }, margin: { l: 52, r: 12, t: 12, b: 40 } }) }), config);
} else el("groups-part").hidden = true;

if (summary.attributes && Object.keys(summary.attributes.levels).length) {
  const a = summary.attributes;
  table("attributes", ["", ""], [...Object.entries(a.levels).map(([name, level]) => [`${name}: level`, level]), ["homes of which nothing is told", a.hidden_homes],
    ["information lost", percent(a.information_lost)], ["found by attributes as they are", percent(a.attack_top1_as_known)], ["found by attributes as told, mean", percent(a.attack_top1_as_told)], ["found by attributes as told, worst", percent(a.attack_worst_as_told)]]);
} else el("attributes-part").hidden = true;
for (const text of summary.warnings) { const item = document.createElement("li"); item.textContent = text; el("warnings").append(item); }
