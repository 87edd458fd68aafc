"""What is expected of a home's load and generation, as scenarios, corrected by what was measured today.

Forecasts are made for the day ahead; through the day two things that were measured move them. A load that runs
above its forecast goes on to do so for an hour or two. Generation that stands at some place between its quantiles
(a dull or a clear day) stays near it for hours. Both fade.
"""

from dataclasses import dataclass

import numpy as np

from mas2tering.domain.forecasts import Forecast
from mas2tering.home.model import FloatArray

_SAMPLES = 5
"""Values of load in each step, equally likely and independent from step to step."""
_REGIMES = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Places between the quantiles of generation that last the whole day: from dull to clear, equally likely."""
_LOAD_SEEN_HOURS, _LOAD_SHARE, _LOAD_FADES_HOURS = 1.0, 0.6, 1.5
_SUN_SEEN_HOURS, _SUN_SHARE, _SUN_FADES_HOURS = 2.0, 0.9, 6.0
_ENOUGH_SUN_KW = 0.05


@dataclass(frozen=True)
class Outlook:
    """What is expected of one home on an axis, before the day: of its load that nobody shifts, and of its generation (a
    positive number), None where it has none."""

    load: Forecast
    generation: Forecast | None

    def scenarios(self, now: int, load_kw: FloatArray, generation_kw: FloatArray) -> FloatArray:
        """Net load as it may come, from what was measured before step ``now``.

        Args:
            now: the first step that is still to come.
            load_kw: measured load, shape (steps,); what lies at ``now`` and after is not looked at.
            generation_kw: measured generation, likewise.

        Returns:
            shape (regimes, samples, steps): regimes last, samples of a step are independent; all equally likely.

        Raises:
            ValueError: a step before ``now`` is not a number.
        """
        found = self._loads(now, load_kw)[np.newaxis]
        if self.generation is not None:
            found = found - self._generations(self.generation, now, generation_kw)[:, np.newaxis]
        if not np.isfinite(found).all():
            raise ValueError("scenarios stand on a step that was not measured yet")
        return found

    def newest(
        self, now: int, load_kw: FloatArray, generation_kw: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Mean load and mean generation as they are expected from step ``now`` on, each of shape (steps,); arguments as of
        :meth:`scenarios`."""
        load = self._loads(now, load_kw).mean(axis=0)
        if self.generation is None:
            return load, np.zeros(len(load))
        return load, self._generations(self.generation, now, generation_kw).mean(axis=0)

    def expected_kw(self) -> tuple[FloatArray, FloatArray]:
        """Mean load and mean generation, each of shape (steps,)."""
        nothing = np.zeros(self.load.axis.steps)
        return self.load.mean_kw, nothing if self.generation is None else self.generation.mean_kw

    def _loads(self, now: int, load_kw: FloatArray) -> FloatArray:
        """Load in each sample, shape (samples, steps)."""
        forecast, hours = self.load, self.load.axis.step_hours
        samples = _in_groups(forecast.quantiles_kw)
        # What lies beyond the highest quantile: the mean is right, so that energy is.
        samples[-1] += np.maximum(0.0, forecast.mean_kw - samples.mean(axis=0)) * len(samples)
        seen = slice(max(0, now - round(_LOAD_SEEN_HOURS / hours)), now)
        if now > 0:
            missed = float((load_kw[seen] - forecast.mean_kw[seen]).mean())
            ahead = np.maximum(np.arange(forecast.axis.steps) - now, 0) * hours
            samples += _LOAD_SHARE * missed * np.exp(-ahead / _LOAD_FADES_HOURS)
        return np.maximum(samples, min(0.0, float(forecast.quantiles_kw.min())))

    def _generations(self, forecast: Forecast, now: int, generation_kw: FloatArray) -> FloatArray:
        """Generation in each regime, shape (regimes, steps)."""
        hours, steps = forecast.axis.step_hours, forecast.axis.steps
        wanted = np.repeat(np.array(_REGIMES)[:, np.newaxis], steps, axis=1)
        bright = np.flatnonzero(forecast.mean_kw[:now] > _ENOUGH_SUN_KW)[-round(_SUN_SEEN_HOURS / hours) :]
        above: FloatArray = np.ones(steps)
        if len(bright):
            of_levels = forecast.quantiles_kw[:, bright].sum(axis=1)
            measured = float(generation_kw[bright].sum())
            place = float(np.interp(measured, of_levels, forecast.levels))
            brighter = min(max(1.0, measured / max(float(of_levels[-1]), 1e-9)), 1.5)
            ahead = np.maximum(np.arange(steps) - int(bright[-1]), 0) * hours
            share = _SUN_SHARE * np.exp(-ahead / _SUN_FADES_HOURS)
            wanted = share * place + (1 - share) * wanted
            above = 1.0 + (brighter - 1.0) * share
        return _at_levels(forecast, wanted) * above


def _in_groups(quantiles_kw: FloatArray) -> FloatArray:
    """Means of neighbouring quantiles, shape (samples, steps)."""
    return np.array([part.mean(axis=0) for part in np.array_split(quantiles_kw, _SAMPLES)])


def _at_levels(forecast: Forecast, wanted: FloatArray) -> FloatArray:
    """Quantiles between those at hand, for levels that may differ from step to step, shape of ``wanted``."""
    levels = forecast.levels
    upper = np.clip(np.searchsorted(levels, wanted), 1, len(levels) - 1)
    share = np.clip((wanted - levels[upper - 1]) / (levels[upper] - levels[upper - 1]), 0.0, 1.0)
    steps = np.arange(forecast.axis.steps)
    low, high = forecast.quantiles_kw[upper - 1, steps], forecast.quantiles_kw[upper, steps]
    return np.asarray(low + share * (high - low))
