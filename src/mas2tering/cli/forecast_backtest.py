"""``mas2tering forecast backtest``: measured homes in, how well they would have been forecast out."""

import sys
from pathlib import Path
from typing import cast
from zoneinfo import available_timezones

from mas2tering.cli.asked import Asked
from mas2tering.domain.errors import printable
from mas2tering.domain.profiles import Clock
from mas2tering.domain.time_axis import STEP_LENGTHS_MINUTES
from mas2tering.study.forecasting import BackTestRequest, run_back_test
from mas2tering.study.forecasting.families import NAME as FAMILIES
from mas2tering.study.forecasting.families import SEED as FAMILIES_SEED
from mas2tering.study.forecasting.home_sets import OwnFile
from mas2tering.study.forecasting.run import write_back_test

_UNITS, _CLOCKS = ("kW", "kWh", "W"), ("utc", "local")


def forecast_backtest_command(
    data: Path,
    out: Path | None,
    step_minutes: int | None,
    lead_hours: float,
    days: int | None,
    reading: tuple[str | None, str | None, str, str | None],
    seed: int | None,
) -> None:
    """Score forecasts on a data folder or file, print the figures, and write them where that is asked for.

    Args:
        data: folder or file.
        out: folder for the report and the summary.
        step_minutes: steps to forecast; those of the data unless told otherwise.
        lead_hours: how long before local midnight forecasts are issued.
        days: only the last so many days.
        reading: unit, clock, zone and time column of a user's own file.
        seed: of generated families; the usual one unless told otherwise.

    Raises:
        InputError: what is wrong with the options or the data.
    """
    unit, clock, zone, time_column = reading
    asked = Asked("forecast backtest")
    if not data.exists() and str(data) != FAMILIES:
        asked.wrong(
            "DATA",
            f"{data}, which is not there",
            f"a folder of measured homes, a CSV or Parquet file, or {FAMILIES} (generated homes)",
        )
    if step_minutes is not None and step_minutes not in STEP_LENGTHS_MINUTES:
        asked.wrong("--step", f"{step_minutes}", "5, 10, 15, 20, 30 or 60")
    if not 0 <= lead_hours <= 168:
        asked.wrong("--lead", f"{lead_hours:g}", "0 to 168 hours")
    asked.whole_number("--days", days, 1, 3660)
    if unit is not None and unit not in _UNITS:
        asked.wrong("--unit", unit, "kW, kWh or W")
    if clock is not None and clock not in _CLOCKS:
        asked.wrong("--clock", clock, "utc or local")
    if zone not in available_timezones():
        asked.wrong("--zone", zone, "the name of a time zone such as Europe/Brussels")
    asked.whole_number("--seed", seed, 0)
    if out is not None:
        asked.folder("--out", out)
    asked.refuse()
    own = OwnFile(cast("Clock | None", clock), zone, unit, time_column)
    request = BackTestRequest(
        data, step_minutes, lead_hours, days, own, FAMILIES_SEED if seed is None else seed
    )
    result = run_back_test(request, lambda text: print(printable(text), file=sys.stderr, flush=True))
    if out is not None:
        write_back_test(result, out)
    _print(result.summary)


def _print(summary: dict[str, object]) -> None:
    sets = cast("dict[str, dict[str, dict[str, dict[str, float]]]]", summary["sets"])
    for name, found in sets.items():
        print(printable(f"{name}: {found['homes']} homes, {found['days']} days"))
        _print_methods(found["methods"])
    print("mean over the sets")
    _print_methods(cast("dict[str, dict[str, float]]", summary["methods"]))
    if "ncrps_gain_over_empirical_quantiles" in summary:
        gain, unseen = (
            _in_words(cast("float", summary[name]))
            for name in ("ncrps_gain_over_empirical_quantiles", "ncrps_gain_on_homes_not_tuned_on")
        )
        print(
            f"nCRPS of the model against empirical quantiles: {gain}; on homes at which it was not tuned {unseen}"
        )
    for explained, by_days in cast(
        "dict[str, dict[str, dict[str, dict[str, float]]]]", summary.get("families", {})
    ).items():
        for history, by_name in by_days.items():
            print(f"new homes, {explained.replace('_', ' ')}, {history.replace('_', ' ')} of history")
            _print_methods(by_name)
    for roof, by_method in cast("dict[str, dict[str, dict[str, float]]]", summary.get("pv", {})).items():
        print(printable(f"roof {roof}"))
        _print_methods(by_method)
    for warning in cast("list[str]", summary["warnings"]):
        print(printable(f"note: {warning}"))


def _in_words(gain: float) -> str:
    return f"{100 * abs(gain):.1f} % {'better' if gain >= 0 else 'worse'}"


def _print_methods(methods: dict[str, dict[str, float]]) -> None:
    for method, figures in methods.items():
        shown = "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
        print(f"  {method:20} {shown}")
