"""From rows to values on the steps of a window: pure arithmetic on columns."""

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.history.store.readings import FloatArray, TimeArray, Window
from mas2tering.history.store.rows import Rows

_CELL_MINUTES = 5
"""Every length of step is a multiple of this."""


def standing(rows: Rows) -> Rows:
    """Of each series and instant, the value that became known last; in order of series and instant."""
    ordered = rows.where(np.lexsort((rows.available_at, rows.instant, rows.series)))
    if len(ordered) < 2:
        return ordered
    last = (ordered.series[1:] != ordered.series[:-1]) | (ordered.instant[1:] != ordered.instant[:-1])
    return ordered.where(np.concatenate([last, [True]]))


def on_steps(rows: Rows, window: Window, raw: bool) -> dict[int, MeasuredSeries]:
    """Values of each series that has any, on the steps of a window, by id.

    Args:
        rows: any, the standing ones count; those outside the window are left out.
        window: the steps.
        raw: values as measured; otherwise repaired ones where there is a flag.
    """
    found = standing(rows)
    value_kw = found.raw_kw if raw else np.where(found.flag > 0, found.repaired_kw, found.raw_kw)
    ids, place = np.unique(found.series, return_inverse=True)
    cell = _CELL_MINUTES if (found.step_minutes != window.step_minutes).any() else window.step_minutes
    values, known = _painted(found, value_kw, place, len(ids), window, cell)
    per_step = window.step_minutes // cell
    mean_kw = values.reshape(len(ids), window.steps, per_step).mean(axis=2)
    latest = known.reshape(len(ids), window.steps, per_step).max(axis=2, initial=0)
    start = np.datetime64(window.start.replace(tzinfo=None), "m")
    ends = start + np.arange(1, window.steps + 1) * np.timedelta64(window.step_minutes, "m")
    # Rounded up to whole minutes, so that nobody sees a value before it was there; a gap counts as known at its end.
    minutes = (-(-latest // 60)).astype("datetime64[m]")
    available_at: TimeArray = np.where(np.isnan(mean_kw), ends, minutes)
    return {
        int(id_): MeasuredSeries(
            window.start, window.step_minutes, window.zone, mean_kw[row], available_at[row]
        )
        for row, id_ in enumerate(ids)
        if not np.isnan(mean_kw[row]).all()
    }


def _painted(
    rows: Rows, value_kw: FloatArray, place: NDArray[np.intp], series: int, window: Window, cell_minutes: int
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Values and when they became known (seconds since 1970) on short cells, (series, cells) each.

    Where readings of different steps overlap, the one that became known last holds; of two at once, the shorter.
    """
    cells = window.steps * window.step_minutes // cell_minutes
    values = np.full((series, cells), np.nan)
    known = np.zeros((series, cells), dtype=np.int64)
    order = np.lexsort((-rows.step_minutes.astype(np.int64), rows.available_at))
    wide = np.maximum(rows.step_minutes[order].astype(np.int64) // cell_minutes, 1)
    of_row = np.repeat(order, wide)
    within = np.arange(len(of_row)) - np.repeat(np.cumsum(wide) - wide, wide)
    offset_s = rows.instant.astype(np.int64) - int(window.start.timestamp())
    at = offset_s[of_row] // (60 * cell_minutes) + within
    inside = (at >= 0) & (at < cells)
    # With repeated places the last assignment holds.
    values[place[of_row[inside]], at[inside]] = value_kw[of_row[inside]]
    known[place[of_row[inside]], at[inside]] = rows.available_at.astype(np.int64)[of_row[inside]]
    return values, known
