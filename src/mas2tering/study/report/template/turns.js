// How a home's plan adapted: what was foreseen and what came, planned and lived, and the moments of surprise.

const TURNS = {
  band: { color: "rgba(86,180,233,0.35)", dash: "solid", width: 8 },
  came: { color: "#1b232b", dash: "solid", width: 2 },
  planned: { color: "#d55e00", dash: "dash", width: 2 },
  lived: { color: "#0072b2", dash: "solid", width: 2.4 },
  surprise: { color: "#a3386c", dash: "dot", width: 2 },
};

function showTurns() {
  if (!lived.turns.length) {
    document.getElementById("turns").remove();
    return;
  }
  const select = put("turns-home", ...lived.turns.map((home, k) => {
    const option = make("option", shortened(home.home, 60));
    option.value = String(k);
    return option;
  }));
  const most = lived.turns.reduce((best, home, k) => (home.surprises.length > lived.turns[best].surprises.length ? k : best), 0);
  select.value = String(most);
  select.addEventListener("change", () => showTurnsOf(lived.turns[Number(select.value)]));
  showTurnsOf(lived.turns[most]);
}

function showTurnsOf(home) {
  const marks = home.surprises.map(([step]) => step);
  const chart = (heading, kind, keys, traces, unitText) => {
    const holder = make(kind);
    draw(holder, (width) => [traces(), layout({
      xaxis: timeAxis(width), yaxis: valueAxis(), shapes: marks.map(markOf),
      annotations: [unit(unitText), ...numbersOf(marks)], margin: { l: 46, r: 20, t: 38, b: 30 },
    })], `${heading}: ${home.home}`);
    return make("div", make("h4", heading), make("div.legend", ...keys), holder);
  };
  const key = (name, style) => lineKey(name, TURNS[style]);
  const stores = home.stores.map((store) => chart(
    `${capital(store.name)}: what it held`, "div.chart.low", [key("planned the evening before", "planned"), key("lived", "lived")],
    () => [contentOf(store.planned, "planned", "planned"), contentOf(store.lived, "lived", "lived")], "kWh",
  ));
  const told = home.surprises.map(([step, words], k) => make("li", make("strong", `${k + 1} `), `${places[step]}: ${words}`));
  put("turns-charts",
    told.length ? make("ul.to-know-list", ...told) : make("p.note", "Nothing turned out otherwise than was foreseen."),
    chart("Load that nobody shifts, less sun and wind", "div.chart", [key("foreseen (8 values in 10)", "band"), key("came", "came"), ...(told.length ? [key("surprise", "surprise")] : [])],
      () => [...bandOf(home), line(scaled(home.came), "came", TURNS.came, "kW")], "kW, import positive"),
    chart("At the meter", "div.chart", [key("planned the evening before", "planned"), key("lived", "lived")],
      () => [line(scaled(home.planned), "planned", TURNS.planned, "kW"), line(scaled(home.lived), "lived", TURNS.lived, "kW")], "kW, import positive"),
    ...stores);
}

function bandOf(home) {
  const edge = { color: "rgba(0,114,178,0.45)", dash: "solid", width: 0.7 };
  return [
    line(scaled(home.low), "foreseen, low", edge, "kW"),
    line(scaled(home.high), "foreseen, high", edge, "kW", { fill: "tonexty", fillcolor: TURNS.band.color }),
  ];
}

// Content is known at the end of each step.
function contentOf(series, name, style) {
  const { color, dash, width } = TURNS[style];
  const trace = line(scaled(series), name, TURNS[style], "kWh");
  return { ...trace, x: places.slice(1), y: scaled(series), connectgaps: false, line: { shape: "linear", color, dash, width } };
}

function markOf(step) {
  const { color, dash, width } = TURNS.surprise;
  return { type: "line", xref: "x", yref: "paper", x0: step, x1: step, y0: 0, y1: 1, line: { color, dash, width: width - 0.5 } };
}

function numbersOf(marks) {
  return marks.map((step, k) => ({ text: String(k + 1), x: step, xref: "x", y: 1, yref: "paper", yanchor: "bottom", showarrow: false, font: { size: 12, color: TURNS.surprise.color } }));
}
