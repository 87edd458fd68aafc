"""What a way to forecast is: handed what was known of all homes, it answers for each of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis


class LoadMethod(Protocol):
    """A way to forecast the homes of a community together.

    A method may keep what it learned from one call to the next, of the past alone: calls come with issue
    times that do not go back.
    """

    @property
    def name(self) -> str:
        """Short name, as in tables."""
        ...

    def forecasts(
        self, known: Sequence[MeasuredSeries], issued_at: datetime, axis: TimeAxis
    ) -> Sequence[Forecast]:
        """One forecast for each home, in order; always answers.

        Args:
            known: the homes' histories; what they hold beyond ``issued_at`` is not looked at.
            issued_at: the instant in UTC at which the forecast is made.
            axis: the steps to forecast.
        """
        ...


class CommunityForecasts:
    """Forecasts of the homes of one community, made together once for each issue time and axis."""

    def __init__(self, method: LoadMethod, measured: Sequence[MeasuredSeries]) -> None:
        self._method = method
        self._measured = tuple(measured)
        self._made: tuple[datetime, TimeAxis, tuple[Forecast, ...]] | None = None

    def forecasts(self, issued_at: datetime, axis: TimeAxis) -> tuple[Forecast, ...]:
        """One forecast for each home, in order."""
        if self._made is None or self._made[:2] != (issued_at, axis):
            known = [series.known_at(issued_at) for series in self._measured]
            self._made = (issued_at, axis, tuple(self._method.forecasts(known, issued_at, axis)))
        return self._made[2]

    def of_home(self, home: int) -> "HomeForecasts":
        """The :class:`~mas2tering.domain.forecasts.Forecaster` of one home."""
        return HomeForecasts(self, home)


class HomeForecasts:
    """One home's share of :class:`CommunityForecasts`: a :class:`~mas2tering.domain.forecasts.Forecaster`."""

    def __init__(self, community: CommunityForecasts, home: int) -> None:
        self._community, self._home = community, home

    def forecast(self, issued_at: datetime, axis: TimeAxis) -> Forecast:
        """What is expected of the home on ``axis``, from what was known at ``issued_at``."""
        return self._community.forecasts(issued_at, axis)[self._home]
