"""Forecasts from history that went through the scan first, with what was known when each forecast was made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast import LoadMethod
from mas2tering.history.quality import scan_community


@dataclass(frozen=True)
class FromCleanedHistory:
    """A way to forecast, handed repaired histories.

    Attributes:
        method: who forecasts.
        days_back: how much of each history is scanned and handed on.
    """

    method: LoadMethod
    days_back: int = 70

    @property
    def name(self) -> str:
        """Short name, as in tables."""
        return f"{self.method.name}, from cleaned history"

    def forecasts(
        self, known: Sequence[MeasuredSeries], issued_at: datetime, axis: TimeAxis
    ) -> Sequence[Forecast]:
        """One forecast for each home; see :class:`~mas2tering.forecast.methods.LoadMethod`."""
        recent = [_latest(series.known_at(issued_at), self.days_back) for series in known]
        repaired = [scan.repaired for scan in scan_community(recent)]
        return self.method.forecasts(repaired, issued_at, axis)


def _latest(series: MeasuredSeries, days: int) -> MeasuredSeries:
    steps = min(days * 1440 // series.step_minutes, len(series.mean_kw))
    skipped = len(series.mean_kw) - steps
    return MeasuredSeries(
        series.start + timedelta(minutes=series.step_minutes * skipped),
        series.step_minutes,
        series.zone,
        series.mean_kw[skipped:],
        series.available_at[skipped:],
    )
