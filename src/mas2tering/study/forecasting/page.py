"""The page of a back-test: figures, the fan of some days, reliability, error by hour, and what was not scored."""

import html
from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from mas2tering.forecast import BackTest
from mas2tering.study.forecasting.pictures import by_hour, fan_chart, legend, reliability
from mas2tering.study.forecasting.results import BackTestResult, SetResult

_NAMES = {
    "last_week": "same day last week",
    "four_weekdays": "mean of four same weekdays",
    "empirical_quantiles": "empirical quantiles",
    "model": "model",
    "families_known": "families known",
    "families_unknown": "families unknown",
    "with_measured_weather": "model, were the weather known",
}
_FIGURES = {
    "nmae": "nMAE",
    "nrmse": "nRMSE",
    "daily_energy_error": "daily energy",
    "ncrps": "nCRPS",
    "coverage_80": "80 % band covers",
    "ms_per_home_day": "CPU ms a home-day",
}
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#222;max-width:960px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;overflow-wrap:anywhere}@media(max-width:600px){table{display:block;overflow-x:auto}}
h2{font-size:1.2rem;margin-top:2.2rem}table{border-collapse:collapse;margin:.6rem 0}
td,th{padding:.2rem .7rem;border-bottom:1px solid #ddd;text-align:right;font-variant-numeric:tabular-nums}
td:first-child,th:first-child{text-align:left}.pair{display:flex;flex-wrap:wrap;gap:1rem}.pair svg{flex:1 1 380px}
svg{width:100%;height:auto}.legend svg{width:34px}.legend span{margin-right:1.2rem}li{margin:.2rem 0}
"""


def page_of(result: "BackTestResult") -> str:
    """The page, whole in one text: it needs nothing else, neither beside it nor from a network."""
    summary = result.summary
    title = f"Forecasts of {summary['data']}, looked at afterwards"
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        "<p>Each day was forecast from what was known before it began and scored against what was measured. All figures are "
        "means over homes and divided by a home's mean load: nMAE of the median, nRMSE and daily energy of the mean, nCRPS of 19 "
        "quantiles. Lower is better; the 80 % band should cover 80 %. The table is the mean over the sets.</p>",
        _table(cast("Mapping[str, Mapping[str, float]]", summary["methods"])),
        *(_set_part(each, summary) for each in result.sets),
        *_families_part(
            cast("Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]]", summary.get("families", {}))
        ),
        *_roofs_part(cast("Mapping[str, Mapping[str, Mapping[str, float]]]", summary.get("pv", {}))),
        "<h2>What to know of these figures</h2><ul>",
        *(f"<li>{html.escape(text)}</li>" for text in cast("Sequence[str]", summary["warnings"])),
        "</ul>",
    ]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
    return f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head><body>{"".join(parts)}</body></html>\n'


def _families_part(found: Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]]) -> list[str]:
    if not found:
        return []
    parts = [
        "<h2>Homes of which little is known</h2><p>Forty new homes beside forty that are known, all generated. Size of the dwelling and "
        "occupants explain a share of the differences in base load; how a home is heated shows in its load in any case.</p>"
    ]
    for explained, by_days in found.items():
        share = float(explained.removeprefix("explained_"))
        parts.append(f"<h3>Size and occupants explain {100 * share:.0f} %</h3>")
        for days, by_name in by_days.items():
            parts.append(f"<p>{html.escape(days.replace('_', ' '))} of history</p>{_table(by_name)}")
    return parts


def _rolling_table(rolling: Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]]) -> str:
    """nCRPS of forecasts made through the day, by issue and horizon."""
    head = "<th>issued at</th><th>over the next</th><th>empirical quantiles</th><th>model</th><th>80 % band covers</th>"
    rows = "".join(
        f"<tr><td>{html.escape(issued)}</td><td>{html.escape(horizon.replace('_h', ' h'))}</td>"
        f"<td>{by_name['empirical_quantiles']['ncrps']:.3f}</td><td>{by_name['model']['ncrps']:.3f}</td>"
        f"<td>{100 * by_name['model']['coverage_80']:.1f} %</td></tr>"
        for issued, by_horizon in rolling.items()
        for horizon, by_name in by_horizon.items()
        if {"empirical_quantiles", "model"} <= by_name.keys()
    )
    return f"<table><tr>{head}</tr>{rows}</table>"


def _roofs_part(roofs: Mapping[str, Mapping[str, Mapping[str, float]]]) -> list[str]:
    if not roofs:
        return []
    return [
        "<h2>Roofs</h2>",
        *(f"<p>{html.escape(name)}</p>{_table(found)}" for name, found in roofs.items()),
    ]


def _table(methods: Mapping[str, Mapping[str, float]]) -> str:
    shown = [name for name in _FIGURES if any(name in figures for figures in methods.values())]
    head = "".join(f"<th>{html.escape(_FIGURES[name])}</th>" for name in shown)
    rows = "".join(
        f"<tr><td>{html.escape(_NAMES.get(method, method))}</td>"
        + "".join(f"<td>{_cell(name, figures.get(name))}</td>" for name in shown)
        + "</tr>"
        for method, figures in methods.items()
    )
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name == "coverage_80":
        return f"{100 * value:.1f} %"
    return f"{value:.2f}" if name == "ms_per_home_day" else f"{value:.3f}"


def _set_part(result: "SetResult", summary: Mapping[str, object]) -> str:
    name = result.homes.name
    sets = cast("Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]]", summary["sets"])
    homes, days = len(result.homes.homes), len(result.axes)
    parts = [
        f"<h2>{html.escape(name)}: {homes} {'home' if homes == 1 else 'homes'}, {days} {'day' if days == 1 else 'days'}</h2>",
        _table(sets[name]["methods"]),
    ]
    if sets[name]["community_sum"]:
        parts += ["<p>The sum of all homes, forecast by itself:</p>", _table(sets[name]["community_sum"])]
    rolling = cast(
        "Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]]",
        cast("Mapping[str, Mapping[str, object]]", summary["sets"])[name]["rolling"],
    )
    if rolling:
        parts += ["<p>Forecasts made anew through the day, nCRPS:</p>", _rolling_table(rolling)]
    if result.shown:
        parts.append(
            f"<p>Home {html.escape(result.shown_home)}, the one of middling consumption: measured (black), median (dashed), and the "
            "bands that should hold half, 80 % and 90 % of the steps.</p>"
        )
        parts.append(fan_chart(result.shown, f"forecasts of home {result.shown_home}"))
    parts.append(legend([_NAMES[method] for method in result.tests]))
    lines = reliability(
        {method: _reliability(test) for method, test in result.tests.items()}, f"reliability, {name}"
    )
    hours = by_hour(
        {method: _by_hour(test) for method, test in result.tests.items()}, f"error by hour, {name}"
    )
    parts.append(f'<div class="pair">{lines}{hours}</div>')
    return "".join(parts)


def _reliability(test: BackTest) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    boards = [board for board in test.boards if board.steps]
    if not boards:
        return np.array([0.0, 1.0]), np.array([np.nan, np.nan])
    return boards[0].levels, np.sum([board.below for board in boards], axis=0) / sum(
        board.steps for board in boards
    )


def _by_hour(test: BackTest) -> NDArray[np.float64]:
    crps, steps = np.sum([board.by_hour for board in test.boards], axis=0).T
    return np.where(steps > 0, crps / np.maximum(steps, 1), np.nan)
