"""The scan of an energy box: a day at a time, with what is known that evening and nothing later."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.history.quality.findings import Finding, ScannedSeries
from mas2tering.history.quality.scan import scan

DAYS_BACK = 56


@dataclass
class DailyScan:
    """Scans each new day beside the weeks before it, with the code that scans a whole history.

    What an evening says of its day stays, so that a later look cannot change what a forecaster was told.

    Attributes:
        days_back: how many days before the new one are looked at.
    """

    days_back: int = DAYS_BACK
    _scanned_until: datetime | None = None
    _flagged: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    _flagged_from: datetime | None = None

    def look(self, known: MeasuredSeries) -> tuple[ScannedSeries, tuple[Finding, ...]]:
        """Look at what came since the last call.

        Args:
            known: the readings that are known now, of which the last days back and the new ones are used.

        Returns:
            the scan of the window, and the findings in it that touch what is new.
        """
        step = timedelta(minutes=known.step_minutes)
        new_from = self._scanned_until or known.start
        oldest = max(known.start, new_from - timedelta(days=self.days_back))
        skipped = max(int((oldest - known.start) / step), 0)
        window = MeasuredSeries(
            known.start + skipped * step,
            known.step_minutes,
            known.zone,
            known.mean_kw[skipped:],
            known.available_at[skipped:],
        )
        result = scan(window, self._flagged_in(window))
        first_new = max(int((new_from - window.start) / step), 0)
        fresh = tuple(finding for finding in result.findings if finding.stop > first_new)
        flagged = self._flagged_in(window)
        flagged[first_new:] |= result.is_flagged[first_new:]
        self._flagged, self._flagged_from, self._scanned_until = flagged, window.start, window.end
        return result, fresh

    def _flagged_in(self, window: MeasuredSeries) -> NDArray[np.bool_]:
        """What earlier evenings flagged, on the steps of a window."""
        flagged = np.zeros(len(window.mean_kw), bool)
        if self._flagged_from is None:
            return flagged
        away = int((window.start - self._flagged_from) / timedelta(minutes=window.step_minutes))
        old = self._flagged[max(away, 0) :]
        at = max(-away, 0)
        count = min(len(old), len(flagged) - at)
        flagged[at : at + count] = old[:count]
        return flagged
