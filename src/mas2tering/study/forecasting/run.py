"""The back-test of a data folder or file: each method on each set, timed, with what the page shows of it."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mas2tering import __version__
from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast import (
    BackTest,
    EmpiricalQuantiles,
    ForecastChain,
    LoadMethod,
    SameWeekdays,
    Scores,
    back_test,
    summed,
)
from mas2tering.study.forecasting import families
from mas2tering.study.forecasting.home_sets import HomeSet, OwnFile, home_sets
from mas2tering.study.forecasting.page import page_of
from mas2tering.study.forecasting.results import BackTestResult, SetResult
from mas2tering.study.forecasting.rolling import score_rolling
from mas2tering.study.forecasting.roofs import score_roofs

YARDSTICK, MODEL = "empirical_quantiles", "model"
_FIGURES = ("nmae", "nrmse", "daily_energy_error", "ncrps", "coverage_80")
_SHOWN_DAYS = 4


@dataclass(frozen=True)
class BackTestRequest:
    """What is asked: the data, and how its days are forecast.

    Attributes:
        data: a folder of measured sets, or a file.
        step_minutes: steps to forecast; those of the data unless told otherwise.
        lead_hours: how long before local midnight forecasts are issued.
        days: only the last so many days.
        own: how a user's own file is read.
        seed: of the families that are generated; measured data does not depend on it.
    """

    data: Path
    step_minutes: int | None = None
    lead_hours: float = 0.0
    days: int | None = None
    own: OwnFile = field(default_factory=OwnFile)
    seed: int = families.SEED


class _Timed:
    """A method, and the CPU time it took."""

    def __init__(self, method: LoadMethod) -> None:
        self._method, self.seconds = method, 0.0

    @property
    def name(self) -> str:
        return self._method.name

    def forecasts(
        self, known: Sequence[MeasuredSeries], issued_at: datetime, axis: TimeAxis
    ) -> Sequence[Forecast]:
        begin = time.process_time()
        answers = self._method.forecasts(known, issued_at, axis)
        self.seconds += time.process_time() - begin
        return answers


def methods(history_days: int) -> dict[str, LoadMethod]:
    """The yardsticks and the model, new ones that learned nothing yet."""
    days = 28 if history_days == 28 else 42
    return {
        "last_week": SameWeekdays(1, days),
        "four_weekdays": SameWeekdays(4, days),
        YARDSTICK: EmpiricalQuantiles(days),
        MODEL: ForecastChain(),
    }


def run_back_test(request: BackTestRequest, say: Callable[[str], None] = lambda _: None) -> BackTestResult:
    """Score every method on every set.

    Args:
        request: what is asked.
        say: is told what is under way.

    Raises:
        InputError: the data cannot be scored.
    """
    is_generated = str(request.data) == families.NAME and not request.data.exists()
    if is_generated:
        sets, warnings = [families.generated_families(families.LIKELY, request.seed).homes], list[str]()
    else:
        sets, warnings = home_sets(request.data, request.own)
    results = []
    for each in sets:
        say(f"{each.name}: {len(each.homes)} homes")
        results.append(_run_set(each, request))
    summary = _summary(request, results, warnings)
    if is_generated:
        summary["families"] = _new_families(request.seed, say)
    roofs = score_roofs(request.data, request.days, say)
    if roofs.roofs:
        summary["pv"] = {
            roof: {name: averages([scores]) for name, scores in found.items()}
            for roof, found in roofs.roofs.items()
        }
        summary["warnings"] = [*warnings, *_warnings(results), *roofs.notes]
    return BackTestResult(results, summary)


def _new_families(seed: int, say: Callable[[str], None]) -> dict[str, object]:
    """Figures of homes of which little is known, by what families explain, days of history, and what is known of families."""
    found: dict[str, object] = {}
    for explained in families.EXPLAINED:
        say(f"new homes, where families explain {explained:.0%}")
        scored = families.score_families(explained, seed)
        found[f"explained_{explained:g}"] = {
            days: {name: averages([scores]) for name, scores in by_name.items()}
            for days, by_name in scored.items()
        }
    return found


def _run_set(homes: HomeSet, request: BackTestRequest) -> SetResult:
    axes = homes.axes(request.step_minutes, request.days)
    lead = timedelta(hours=request.lead_hours)
    levels = np.array(
        [
            float(np.nanmean(series.mean_kw)) if np.isfinite(series.mean_kw).any() else 0.0
            for series in homes.measured
        ]
    )
    typical = int(np.argsort(levels)[len(levels) // 2])
    shown: list[tuple[Forecast, NDArray[np.float64]]] = []

    def show(home: int, forecast: Forecast, actual_kw: NDArray[np.float64]) -> None:
        if home == typical and forecast.axis in axes[-_SHOWN_DAYS:]:
            shown.append((forecast, actual_kw))

    tests, milliseconds = {}, {}
    for name, method in methods(homes.history_days).items():
        timed = _Timed(method)
        observe = show if name == MODEL else None
        tests[name] = back_test(timed, homes.measured, axes, lead=lead, observe=observe)
        milliseconds[name] = 1e3 * timed.seconds / max(len(homes.homes) * len(axes), 1)
    community = {}
    if len(homes.homes) > 1:
        total = [summed(homes.measured)]
        community = {
            name: back_test(method, total, axes, lead=lead)
            for name, method in methods(homes.history_days).items()
        }
    anew = methods(homes.history_days)
    rolling = score_rolling(homes, axes, {name: anew[name] for name in (YARDSTICK, MODEL)})
    return SetResult(homes, axes, tests, milliseconds, community, rolling, homes.homes[typical], shown)


def averages(scores: Sequence[Scores]) -> dict[str, float]:
    """Means over homes of each figure."""
    return {name: float(np.mean([getattr(score, name) for score in scores])) for name in _FIGURES}


def _scores(test: BackTest, left_out: frozenset[int] = frozenset()) -> list[Scores]:
    found = (board.scores() for k, board in enumerate(test.boards) if k not in left_out)
    return [scores for scores in found if scores is not None]


def _summary(
    request: BackTestRequest, results: Sequence[SetResult], warnings: list[str]
) -> dict[str, object]:
    sets = {result.homes.name: _set_summary(result) for result in results}
    scored = [result for result in results if _scores(result.tests[MODEL])]
    overall = {}
    for name in results[0].tests if scored else ():
        each = [
            {**averages(_scores(result.tests[name])), "ms_per_home_day": result.milliseconds[name]}
            for result in scored
        ]
        overall[name] = {figure: float(np.mean([one[figure] for one in each])) for figure in each[0]}
    gains = [_gain(result, frozenset()) for result in scored]
    unseen = [_gain(result, result.homes.seen) for result in scored]
    summary: dict[str, object] = {
        "data": str(request.data.name),
        "version": __version__,
        "homes": sum(len(result.homes.homes) for result in results),
        "days": sum(len(result.axes) for result in results),
        "step_minutes": request.step_minutes or "as measured",
        "lead_hours": request.lead_hours,
        "methods": overall,
        "sets": sets,
        "warnings": [*warnings, *_warnings(results)],
    }
    if gains:
        summary["ncrps_gain_over_empirical_quantiles"] = float(np.mean(gains))
        summary["ncrps_gain_on_homes_not_tuned_on"] = float(np.mean(unseen))
    return summary


def _gain(result: SetResult, left_out: frozenset[int]) -> float:
    before = averages(_scores(result.tests[YARDSTICK], left_out))["ncrps"]
    return 1.0 - averages(_scores(result.tests[MODEL], left_out))["ncrps"] / before


def _set_summary(result: SetResult) -> dict[str, object]:
    return {
        "homes": len(result.homes.homes),
        "days": len(result.axes),
        "step_minutes": result.axes[0].step_minutes if result.axes else None,
        "methods": {
            name: {
                **(averages(found) if (found := _scores(test)) else {}),
                "ms_per_home_day": result.milliseconds[name],
            }
            for name, test in result.tests.items()
        },
        "methods_on_homes_not_tuned_on": {
            name: averages(found)
            for name, test in result.tests.items()
            if result.homes.seen and (found := _scores(test, result.homes.seen))
        },
        "community_sum": {
            name: averages(found) for name, test in result.community.items() if (found := _scores(test))
        },
        "rolling": {
            issued: {
                horizon: {name: averages([scores]) for name, scores in by_name.items()}
                for horizon, by_name in by_horizon.items()
            }
            for issued, by_horizon in result.rolling.items()
        },
        "spoke": dict(sorted(result.tests[MODEL].spoke.items(), key=lambda item: -item[1])[:20]),
    }


def _warnings(results: Sequence[SetResult]) -> list[str]:
    said = []
    for result in results:
        said += [f"{result.homes.name}: {note}" for note in result.homes.notes]
        silent = sum(board.scores() is None for board in result.tests[MODEL].boards)
        if silent:
            said.append(
                f"{result.homes.name}: {silent} homes drew nothing or were not measured on these days; they are not scored"
            )
        if result.homes.seen:
            said.append(
                f"{result.homes.name}: the model's constants were chosen on {len(result.homes.seen)} of its homes; the others are "
                "scored apart in methods_on_homes_not_tuned_on"
            )
    if any(result.homes.name != families.NAME for result in results):
        said.append(
            "Measured homes come without weather of their places and without family variables: what those add is not scored on them "
            "(`forecast backtest families` scores families on generated homes)."
        )
    said.append(
        "Rolling forecasts are issued at 06:00, 12:00 and 18:00 of the last days, and scored over the next 1, 6 and 24 hours."
    )
    return said


def write_back_test(result: BackTestResult, out: Path) -> None:
    """Write ``summary.json`` and ``report.html`` into a folder.

    Raises:
        OSError: they cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("summary.json", json.dumps(result.summary, indent=2, allow_nan=False) + "\n"),
        ("report.html", page_of(result)),
    ):
        partial = out / f"{name}.partial"
        partial.write_text(text, encoding="utf-8")
        partial.replace(out / name)
