"""What faults in history cost a forecast, with and without the cleaner: scored against the readings without faults.

python benchmarks/quality_skill.py --days 60
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
from quality_halves import pools

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast import EmpiricalQuantiles, ExpertPool, LoadMethod, SameWeekdays, back_test
from mas2tering.history.quality import FaultKind as K
from mas2tering.study.quality.cleaning import FromCleanedHistory
from mas2tering.study.quality.inject import inject

DATA = Path(os.environ.get("MAS2TERING_DATA", "../shared/data")) / "households"
FAULTS = (K.SCALE, K.STUCK, K.ZERO_RUN, K.SPIKE, K.SPIKE, K.NEGATIVE, K.BACKLOG)


@dataclass(frozen=True)
class From:
    """Forecasts from other histories than those that are scored against."""

    method: LoadMethod
    homes: Sequence[MeasuredSeries]
    name: str

    def forecasts(
        self, known: Sequence[MeasuredSeries], issued_at: datetime, axis: TimeAxis
    ) -> Sequence[Forecast]:
        return self.method.forecasts([home.known_at(issued_at) for home in self.homes], issued_at, axis)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=60)
    asked = parser.parse_args()

    clean = pools("test")[0].homes
    injected = [inject(home, FAULTS, 4001 + k) for k, home in enumerate(clean)]
    faulty = [i.series for i in injected]
    share = np.mean([sum(s.stop - s.first for s in i.spans) / len(i.series.mean_kw) for i in injected])
    first = date(2013, 5, 31) - timedelta(days=asked.days)
    axes = [TimeAxis.of_days(first + timedelta(days=k), "UTC", 30) for k in range(asked.days)]
    print(f"{len(clean)} Dutch homes, {asked.days} days from {first}, {share:.1%} of readings faulty")
    makers: tuple[Callable[[], LoadMethod], ...] = (EmpiricalQuantiles, ExpertPool, SameWeekdays)
    for make in makers:
        figures = {}
        for name, homes, cleaned in (
            ("clean", clean, False),
            ("faulty", faulty, False),
            ("cleaned", faulty, True),
            ("clean, cleaned", clean, True),
        ):
            method = make()
            used = FromCleanedHistory(method) if cleaned else method
            started = time.process_time()
            result = back_test(From(used, homes, method.name), clean, axes)
            boards = [board.scores() for board in result.boards]
            figures[name] = np.mean([[b.ncrps, b.nmae, b.daily_energy_error] for b in boards], axis=0)
            lost = 100 * (figures[name] / figures["clean"] - 1)
            print(
                f"{method.name:<32} {name:<15} nCRPS {figures[name][0]:.4f} ({lost[0]:+.1f} %)  nMAE {figures[name][1]:.4f} ({lost[1]:+.1f} %)  "
                f"daily energy {figures[name][2]:.4f} ({lost[2]:+.1f} %)  {time.process_time() - started:.0f} CPU-s",
                flush=True,
            )


if __name__ == "__main__":
    main()
