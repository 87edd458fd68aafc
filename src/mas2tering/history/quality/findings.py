"""What can be wrong with readings, and what was found: where, what it is called, and why a person may believe it."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.measured_series import MeasuredSeries


class FaultKind(StrEnum):
    """Kinds of faults, by the name that files and summaries use."""

    MISSING = "missing"
    NEGATIVE = "negative"
    SIGN_FLIP = "sign_flip"
    ZERO_RUN = "zero_run"
    STUCK = "stuck"
    BACKLOG = "backlog"
    SPIKE = "spike"
    DUPLICATED_DAY = "duplicated_day"
    SCALE = "scale"
    NIGHT_LOAD = "night_load"
    SHIFT = "shift"
    SHIFT_OF_ALL = "shift_of_all"
    THEFT = "theft"


@dataclass(frozen=True)
class Finding:
    """A stretch of a series that is not to be believed, or not to be learned from.

    Attributes:
        kind: what it looks like.
        first: its first step.
        stop: the step after its last.
        reason: a sentence for a person.
        size: by what the readings are off: a factor (scale, theft), kW (night load), steps (shift, days back for
            a copied day), kWh (backlog); zero where there is nothing to say.
    """

    kind: FaultKind
    first: int
    stop: int
    reason: str
    size: float = 0.0

    @property
    def steps(self) -> NDArray[np.int64]:
        """The steps that it covers."""
        return np.arange(self.first, self.stop)


@dataclass(frozen=True)
class ScannedSeries:
    """A series, what was found in it, and the values to go on with.

    Nothing is deleted: ``series`` holds the readings as they came.

    Attributes:
        series: the readings.
        findings: what was found, by first step.
        kind_of_step: index into ``tuple(FaultKind)`` of the finding that a step belongs to, -1 where there is none,
            shape (steps,). Where findings overlap, the one that is found by the plainer rule. Theft marks no step: it
            is a doubt about the meter, not about a reading.
        repaired_kw: shape (steps,): the readings where nothing was found, else what stands in for them; not a
            number where nothing can.
    """

    series: MeasuredSeries
    findings: tuple[Finding, ...]
    kind_of_step: NDArray[np.int8]
    repaired_kw: NDArray[np.float64]

    @property
    def is_flagged(self) -> NDArray[np.bool_]:
        """Whether a step belongs to a finding, shape (steps,)."""
        return self.kind_of_step >= 0

    @property
    def repaired(self) -> MeasuredSeries:
        """The series with repaired values in place of the flagged ones, known when those were."""
        own = self.series
        return MeasuredSeries(own.start, own.step_minutes, own.zone, self.repaired_kw, own.available_at)

    def reason_of_step(self) -> tuple[str, ...]:
        """The reason for each step, empty where nothing was found."""
        reasons = [""] * len(self.kind_of_step)
        kinds = tuple(FaultKind)
        for finding in self.findings:
            for step in range(finding.first, finding.stop):
                if kinds[self.kind_of_step[step]] is finding.kind and self.kind_of_step[step] >= 0:
                    reasons[step] = finding.reason
        return tuple(reasons)
