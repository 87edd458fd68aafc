"""What a forecaster loses: the empirical quantiles of past days, from a home's own past and from what stands for it."""

import numpy as np

from mas2tering.history.anonymise.panel import FloatArray, HomePanel, without_gaps

LEVELS = np.arange(1, 20) / 20
HISTORY_DAYS, SHORT_HISTORY_DAYS = 42, 28
SCORED_DAYS = 7


def ncrps(
    panel: HomePanel, history_kw: FloatArray, homes: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> float:
    """Twice the mean pinball loss of 19 quantiles over the mean load, the mean over homes, of the last days of a panel.

    The forecast of a step is the quantiles of the same hour, and of an hour around it, on days of the same kind (workday or
    weekend) among the 42 days before (28 where there are fewer).

    Args:
        panel: what is forecast.
        history_kw: what stands for the past of each home, shape (homes, days, steps), on the days of the panel.
        homes: rows of the panel that are scored.

    Raises:
        ValueError: there are fewer than 28 days before those that are scored.
    """
    back = HISTORY_DAYS if panel.days >= HISTORY_DAYS + SCORED_DAYS else SHORT_HISTORY_DAYS
    if panel.days < back + SCORED_DAYS:
        raise ValueError(f"{panel.days} days; {back + SCORED_DAYS} are needed")
    true_kw, past_kw = without_gaps(panel.load_kw)[homes], without_gaps(history_kw)[homes]
    shift = 60 // panel.step_minutes
    shifts = sorted({-shift, -(shift // 2), 0, shift // 2, shift})
    weekend = panel.weekdays >= 5
    loss = np.zeros(len(homes))
    for day in range(panel.days - SCORED_DAYS, panel.days):
        same = [k for k in range(day - back, day) if weekend[k] == weekend[day]]
        past = past_kw[:, same]
        samples = np.concatenate([np.roll(past, by, axis=2) for by in shifts], axis=1)
        quantiles = np.quantile(samples, LEVELS, axis=1)
        error = true_kw[None, :, day] - quantiles
        pinball = np.maximum(LEVELS[:, None, None] * error, (LEVELS[:, None, None] - 1.0) * error)
        loss += 2.0 * pinball.mean(axis=(0, 2))
    mean_kw = np.abs(true_kw[:, panel.days - SCORED_DAYS :]).mean(axis=(1, 2))
    used = mean_kw > 1e-6
    return float(np.mean(loss[used] / SCORED_DAYS / mean_kw[used]))
