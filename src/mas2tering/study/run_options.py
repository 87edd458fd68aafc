"""What a run is asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from mas2tering.domain.network import Network
from mas2tering.domain.profiles import ProfileReader
from mas2tering.home.optimise import Budget
from mas2tering.study.lived.outlooks import ForecastKind
from mas2tering.study.results import UseCase

Progress = Callable[[str, int, int], None]
"""Told what is under way, how many homes are done, and of how many."""


@dataclass(frozen=True)
class RunOptions:
    """What a run is asked for; ``notes`` on how its community was made stand first among its warnings. Without a
    ``network`` there is no use case 3. With another ``forecast`` than ``perfect`` days are lived too, from forecasts of what
    was measured before the first day, which ``past`` reads (the days' own reader where it is None); on the
    way to the forecasts what was measured goes through the database at ``history``, where one is named; homes' models go on from
    what is stored in ``models``. On lived days the local market is opened again every ``reopen_minutes``. With ``replan`` they are
    also lived by plans made anew each hour, which takes a multiple of the time."""

    first_day: date
    days: int = 1
    step_minutes: int = 15
    use_cases: tuple[UseCase, ...] = ("none", "rule", "1")
    budget: Budget = field(default_factory=Budget)
    seed: int | None = None
    scenario: str | None = None
    notes: tuple[str, ...] = ()
    network: Network | None = None
    forecast: ForecastKind = "perfect"
    past: ProfileReader | None = None
    history: str | None = None
    reopen_minutes: int = 60
    replan: bool = False
    models: Path | None = None
